"""The identity-config as it may be written: its JSON Schema, and what is said of a document that doesn't fit."""
