"""Jsonnet: the sandbox it runs in, and what comes before and after a run."""
