"""Trips: movement, distance, the rows of drives."""
