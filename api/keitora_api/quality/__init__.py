"""How well devices deliver."""
