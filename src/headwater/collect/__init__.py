"""Segment's tracking API: what comes in is authenticated, checked, normalised and appended to the log."""
