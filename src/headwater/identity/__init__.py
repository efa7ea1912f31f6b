"""Accounts, credentials, sessions and self-service flows, as Ory's clients expect them.

Speaks SQL through `store` and owes the log its events through the outbox; it sends nothing itself: what leaves,
leaves through the room `actions`.
"""
