"""Headwater: people's data from sign-up to every tool."""

__version__ = "0.1.0"
