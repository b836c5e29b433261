"""What the public may see: statistics and decisions without persons, plates and exact places."""
