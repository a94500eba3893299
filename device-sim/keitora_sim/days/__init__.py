"""Days of work: what a truck does from the morning to the evening, and which day of the year is which."""
