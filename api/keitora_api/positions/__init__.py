"""Where the trucks are."""
