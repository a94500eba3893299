"""The database: migrations, connections, and what the server's edition can do."""
