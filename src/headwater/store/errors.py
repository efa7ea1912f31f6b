"""What the core database says no with."""

from headwater.core.errors import UnavailableError


class DatabaseError(UnavailableError):
    """The database can't be read or written just now (is the disk full?); nothing was changed. Try again soon."""

    code = "database_unavailable"
