"""What goes wrong between a truck and the server, by name and probability."""
