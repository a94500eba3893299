"""Upkeep: what is due, and what was done."""
