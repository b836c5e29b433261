"""Parking areas: what is known of a bay, whether it is legal to stand there now, and where bays are missing."""
