"""Refuels and losses by the tank's level, and the balance of fuel."""
