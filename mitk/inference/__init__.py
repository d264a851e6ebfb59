"""Intervals and tests: they work on a callable of the rows and know no estimator."""
