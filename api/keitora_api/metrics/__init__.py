"""Numbers about the service, for Prometheus."""
