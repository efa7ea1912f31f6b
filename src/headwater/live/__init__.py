"""What an operator sees of the events: their schema (names, properties, types, counts), and a live tail."""
