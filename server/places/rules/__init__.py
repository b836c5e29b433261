"""Routing rules: which body answers for what, where and when, as versioned data that can be tried before it counts."""
