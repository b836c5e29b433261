"""Re-matching past reports against the zones now valid for their day: listed first, then added, never moved."""
