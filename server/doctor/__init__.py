"""What `frontage doctor` looks at: each check yields lines with a mark and what to do."""
