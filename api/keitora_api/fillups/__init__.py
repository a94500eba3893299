"""`/v1/fill-ups`."""
