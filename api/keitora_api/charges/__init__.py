"""Charges, batteries and tariffs of electric trucks."""
