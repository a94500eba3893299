"""What each truck was doing, moment by moment."""
