"""The differentiable twin of statistics and network, in JAX."""
