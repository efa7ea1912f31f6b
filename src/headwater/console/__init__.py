"""The operator's pages at `/console`, rendered here, of what the API says. No business rules."""
