"""Places: zones of all kinds and their versions, categories, and which body answers for a place."""
