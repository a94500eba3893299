"""Writes that may be repeated and count once."""
