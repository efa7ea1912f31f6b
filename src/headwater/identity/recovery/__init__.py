"""Getting back in without credentials: the flow, and what operators issue for others."""
