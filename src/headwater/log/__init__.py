"""The durable event log and the outbox: the only meeting place of writers and readers."""
