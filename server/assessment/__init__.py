"""Assessment: indicators whose formulas are data, and samples of closed cases drawn for a second look."""
