"""Further kinds of places: service points with their hours, and the codes of grid cells."""
