"""Which device is on which truck: moved, taken off, with the samples that follow."""
