"""Measurements of mitk on distributions of known mutual information; run from the checkout root."""
