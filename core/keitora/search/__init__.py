"""Search: things of a fleet, found by a word."""
