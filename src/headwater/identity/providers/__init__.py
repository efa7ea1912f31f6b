"""OpenID Connect and OAuth 2 providers: going there, and what they say of who comes back. It knows nothing of flows."""
