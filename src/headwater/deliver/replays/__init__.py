"""Replays: a stretch of the log sent again, along its destination's own route, by a lane of its own."""
