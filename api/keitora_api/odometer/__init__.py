"""The own odometer and engine hours of a truck."""
