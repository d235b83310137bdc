"""Commands around a migration: the demo and its steps."""
