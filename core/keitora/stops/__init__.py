"""Stops between trips, and idling: what a truck did while it stood."""
