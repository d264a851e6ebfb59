"""Many pairs of columns: reading them once, answering them together, and what comes out."""
