"""Trips nobody has named a driver for."""
