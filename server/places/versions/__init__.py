"""Zones through time: the difference of two dates, and the history of one code."""
