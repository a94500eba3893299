"""The device simulator: trucks, loggers, and replay of recorded drives."""
