"""Schema of the database, step by step; `frontage db migrate` runs what is missing."""
