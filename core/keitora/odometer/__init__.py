"""The own odometer and engine hours of a truck: anchored by readings, carried on by what was driven since."""
