"""Drivers: the people at the wheel."""
