"""Go's template language, as much of it as mail needs, interpreted with bounded work."""
