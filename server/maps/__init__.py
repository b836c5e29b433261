"""Maps: vector tiles of zones, reports and cases, and counts for low zooms."""
