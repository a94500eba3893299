"""The HTTP API: one door for Grafana, phones and programs."""
