"""What `estimate` does when no method is named: several readings of the same rows, combined into one answer."""
