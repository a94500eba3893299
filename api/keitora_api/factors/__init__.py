"""What fill-ups have taught of a truck's fuel."""
