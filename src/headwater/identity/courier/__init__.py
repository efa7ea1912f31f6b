"""The courier: mail to people, queued with the change that causes it, delivered at least once."""
