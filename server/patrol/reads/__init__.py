"""Who looked at where officers were and at who complained: the record as the bureau's admin reads it."""
