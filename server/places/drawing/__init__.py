"""Drawing frontage strips from files of buildings and streets; the result is an import like any other."""
