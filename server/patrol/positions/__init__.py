"""Positions: what phones and trackers record of an officer on duty, taken in once and kept as it was said."""
