"""The settings flow: people change their traits and how they sign in."""
