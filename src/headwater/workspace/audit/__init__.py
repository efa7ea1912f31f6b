"""The audit log in the core database: entries, and what was there before and after each, sealed."""
