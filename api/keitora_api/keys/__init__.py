"""Keys for programs, screens and Grafana."""
