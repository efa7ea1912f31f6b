"""Ory's admin API: what operators do with people, sessions and mail."""
