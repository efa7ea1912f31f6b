"""Accounts, their credentials and addresses, and the schema their traits fit."""
