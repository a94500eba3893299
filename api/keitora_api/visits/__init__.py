"""Visits to places, and what was driven on the farm."""
