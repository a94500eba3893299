"""Search over what belongs to a fleet."""
