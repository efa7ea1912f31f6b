"""The delivery log of Actions: every firing of every hook, inline ones too, kept in `actions.db` beside the log."""
