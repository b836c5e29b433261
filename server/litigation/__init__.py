"""Applications to court, reconsiderations and lawsuits, and what came of them."""
