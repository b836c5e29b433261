"""Certificates of officers: which number, from when to when; shown and checked whenever they enforce."""
