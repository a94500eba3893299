"""Devices: loggers and phones, and which truck they are on."""
