"""Trips and their tracks."""
