"""How the installation fares: processes, queue, database and disk."""
