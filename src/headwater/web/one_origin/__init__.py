"""An app and Headwater behind one origin, for a developer's machine: what `headwater proxy` runs."""
