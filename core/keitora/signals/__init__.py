"""The registry of signals: one place to add one."""
