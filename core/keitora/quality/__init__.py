"""How well devices deliver: counts a day, missing numbers, and a word for it."""
