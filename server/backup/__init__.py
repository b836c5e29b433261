"""Backup and restore: the database to any moment, its photos and keys, and the proof that all of it is there."""
