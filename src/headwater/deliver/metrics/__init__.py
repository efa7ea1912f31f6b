"""What a destination's deliveries add up to: counted in the ledger for good, and of late in memory."""
