"""Places the fleet has named."""
