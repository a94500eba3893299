"""Vehicles: the trucks."""
