"""The settings: their sources, their checks, and the account's credentials."""
