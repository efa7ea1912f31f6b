"""What may be wrong with a lake's depot, the storage that it lives in. Each says what to do."""

from headwater.core.errors import HeadwaterError, UnavailableError


class DepotError(UnavailableError):
    """The lake's storage can't be reached, or says no. Nothing is lost: it is tried again."""

    code = "lake_depot_unavailable"


class DepotUnreadError(UnavailableError):
    """What the lake has was not read from HEADWATER_LAKE_URL yet. Try again in a moment; see `headwater get lake`."""

    code = "lake_depot_unread"
    retry_after_seconds = 2


class DepotLostError(HeadwaterError):
    """The lake's storage has no such bucket, or has lost an object. `headwater rebuild lake` makes lost tables anew."""

    code = "lake_depot_lost"


class DepotTakenError(HeadwaterError):
    """Another server has taken over the lake at HEADWATER_LAKE_URL. Give each server a prefix of its own.

    To take it back, stop the other one and remove the folder lake/ from this data folder.
    """

    code = "lake_depot_taken"
    status = 409


class DepotMismatchError(HeadwaterError):
    """This data folder's lake and the one at HEADWATER_LAKE_URL are two. Choose a prefix with nothing in it.

    Or remove the folder lake/ from this data folder: what it has is then given up for what is there.
    """

    code = "lake_depot_mismatch"
    status = 409


class DepotUnsetError(HeadwaterError):
    """The lake of this data folder is in a storage: set HEADWATER_LAKE_URL to where it is."""

    code = "lake_depot_unset"
    status = 409


class DepotLibraryError(HeadwaterError):
    """HEADWATER_LAKE_URL needs obstore, which isn't installed: pip install 'headwater[s3]'."""

    code = "lake_depot_library"
    status = 501


class CacheTooSmallError(HeadwaterError):
    """The query needs more of the lake's files at once than HEADWATER_LAKE_CACHE may keep here."""

    code = "lake_cache_too_small"
    status = 422
