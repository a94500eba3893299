"""What really happened: written beside every run, and compared with what the product makes of its rows."""
