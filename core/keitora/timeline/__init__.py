"""What each truck was doing, moment by moment: trips, stops, idlings and silences laid over each other."""
