"""From a recipe to a model: simulation, training, calibration, report."""
