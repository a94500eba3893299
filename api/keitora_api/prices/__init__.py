"""Prices of fuel, and what a litre and a kilowatt-hour cost."""
