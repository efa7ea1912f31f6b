"""The login flow: from somebody unknown to a session, and from a session to a fresh proof of who it belongs to."""
