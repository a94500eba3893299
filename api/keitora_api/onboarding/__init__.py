"""Adding a truck, and letting its loggers in."""
