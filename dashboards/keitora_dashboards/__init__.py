"""Dashboards as code, and how they reach a Grafana."""
