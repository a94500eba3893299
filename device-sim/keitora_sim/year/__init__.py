"""A year of a fleet, quickly: days computed once, and lived again with other dates, odometers and tanks."""
