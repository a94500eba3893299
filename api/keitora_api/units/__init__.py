"""Answers in the units of the United States, for those who ask for them."""
