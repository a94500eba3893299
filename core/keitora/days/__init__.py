"""Days: a truck's local days."""
