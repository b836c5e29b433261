"""Trackers people already have, enrolled by a QR code and known by a token: OwnTracks, Traccar Client, Overland."""
