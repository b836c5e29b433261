"""Deadline tables as versioned data, and where the clocks of a case stand."""
