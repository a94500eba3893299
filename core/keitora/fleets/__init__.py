"""Fleets: the businesses and farms that share one installation, and the keys to their data."""
