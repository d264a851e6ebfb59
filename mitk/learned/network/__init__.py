"""The network, its forward pass without jax, and the file that it ships in."""
