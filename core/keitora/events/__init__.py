"""What devices say has happened: a crash, a trouble code, a driver's card."""
