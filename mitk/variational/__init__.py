"""Variational and neural estimators: critics, densities and flows that are trained on the data at hand."""
