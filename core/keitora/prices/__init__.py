"""Prices: what a litre and a kilowatt-hour cost and when, and the CO2 they stand for."""
