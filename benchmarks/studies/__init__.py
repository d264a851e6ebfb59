"""Studies that a document reports once."""
