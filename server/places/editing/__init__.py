"""Editing zones: draw, replace, split, merge, move a border, close, undo; every edit a new version, and recorded."""
