"""HTTP twins of the wire formats: for phones and loggers without MQTT."""
