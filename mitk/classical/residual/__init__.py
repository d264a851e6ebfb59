"""Entropy of one side less that of what the other leaves of it, and what that takes."""
