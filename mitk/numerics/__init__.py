"""Pure functions on arrays that several estimators share."""
