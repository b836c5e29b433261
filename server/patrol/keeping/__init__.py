"""What is kept of tracks and how long: coarse after a while, then gone, unless a hold keeps it."""
