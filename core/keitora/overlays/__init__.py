"""What people say of trips, laid over what was derived: purpose, driver, note; merged, split, corrected trips."""
