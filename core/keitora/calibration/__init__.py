"""Calibration: one factor per truck and method, learnt from full tanks."""
