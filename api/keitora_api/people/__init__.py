"""People of the fleet, and the one-time links that let them in."""
