"""What is configured: sources, write keys, destinations, keys and roles, projects and their documents."""
