"""What Ory's user interfaces say, by the range of its ids. Ids, texts and context keys are the contract."""
