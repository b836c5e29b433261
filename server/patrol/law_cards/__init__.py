"""Law cards by trade: what an officer shows or hands over on a door visit, as sets with a first day."""
