"""Routing: one reader per destination, from the log to the world. The only writer of `deliver.db`."""
