"""People who sign in: accounts, one-time links, sessions, and what keeps guessing from working."""
