"""The words every room speaks: events, outcomes, errors, time, ids, secrets. No input, no output."""
