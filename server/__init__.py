"""The Frontage server: one package a feature, imports in one direction (pyproject.toml, import-linter)."""
