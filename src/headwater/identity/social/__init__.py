"""Social sign-in: leaving a flow for a provider, coming back to it, and what becomes of who comes back."""
