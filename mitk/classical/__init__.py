"""Estimators without training: neighbours, bins, tables, Gaussians, kernels."""
