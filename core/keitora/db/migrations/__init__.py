"""Alembic scripts and their SQL."""
