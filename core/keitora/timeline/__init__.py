"""What each truck was doing, moment by moment: trips, stops, charges, idlings and silences laid over each other."""
