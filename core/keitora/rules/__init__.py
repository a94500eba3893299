"""Setting the rules of episodes from the command line."""
