"""HTTP for operators: Ory's console API and the workspace's resources. Thin: rooms below do the work."""
