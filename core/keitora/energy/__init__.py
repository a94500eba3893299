"""Energy of electric trucks: what the battery holds, charging and what it cost, how far it will go."""
