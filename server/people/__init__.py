"""People: organisations, accounts, sessions, and who may sign in."""
