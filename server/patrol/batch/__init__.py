"""Batch: months of tracks and reports worked out on files, by the same functions of geo, on any number of machines."""
