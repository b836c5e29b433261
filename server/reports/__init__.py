"""Reports: what an officer saw, received as evidence and matched to the place it shows."""
