"""What people say of trips."""
