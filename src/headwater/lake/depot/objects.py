"""Objects of a bucket, by their paths below the lake's prefix: put, got, listed, removed. The only user of obstore.

obstore tries again what may be, for as long as PATIENCE says. Its words about what failed are handed on, without what
they say for programmers.
"""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from headwater.lake.depot.depot_errors import DepotError, DepotLibraryError, DepotLostError
from headwater.lake.depot.place import Place

PIECE_BYTES = 1 << 20
TIMEOUT = "60s"  # of one request
CONNECT_TIMEOUT = "5s"
PATIENCE = timedelta(seconds=20)
RETRIES = 4
MOST_SAID = 400
ENDPOINT, REGION, DEFAULT_REGION = "AWS_ENDPOINT", "AWS_REGION", "us-east-1"


class Objects:
    """Those of one place. Every method raises DepotError where the storage can't, or won't."""

    def __init__(self, place: Place) -> None:
        self._obstore, self._store = _opened(place)
        self._url = place.url

    def put(self, path: str, file: Path) -> None:
        """Store a file; it is there whole, or not at all."""
        with self._told():
            self._obstore.put(self._store, path, file)

    def put_bytes(self, path: str, content: bytes) -> None:
        with self._told():
            self._obstore.put(self._store, path, content)

    def get(self, path: str, target: Path) -> None:
        """Bring an object to disk. Raises DepotLostError where there is none."""
        with self._told(), target.open("wb") as file:
            for piece in self._obstore.get(self._store, path).stream(PIECE_BYTES):
                file.write(piece)
            file.flush()
            os.fsync(file.fileno())

    def read(self, path: str) -> tuple[bytes, str | None] | None:
        """Return a small object, and the tag of just this state of it; None where there is none."""
        try:
            with self._told():
                found = self._obstore.get(self._store, path)
                return bytes(found.bytes()), found.meta["e_tag"]
        except DepotLostError:
            return None

    def replace(self, path: str, content: bytes, *, tag: str | None) -> str | None:
        """Replace the state of an object that has `tag`, or make it where it is None; return the new tag.

        Where somebody was quicker (or this one, whose answer got lost) the next look at it says who.
        """
        mode: Any = "create" if tag is None else {"e_tag": tag}
        errors = self._obstore.exceptions
        with self._told():
            try:
                made = self._obstore.put(self._store, path, content, mode=mode)
            except (errors.PreconditionError, errors.AlreadyExistsError) as error:
                raise DepotError(f"{self._url}/{path} was changed meanwhile. It is looked at again.") from error
        tag = made["e_tag"]
        return None if tag is None else str(tag)

    def paths(self, folder: str) -> set[str]:
        """Return what there is below a folder."""
        with self._told():
            return {one["path"] for some in self._obstore.list(self._store, folder) for one in some}

    def remove(self, paths: Sequence[str]) -> None:
        """Remove objects; those that are gone already are well gone."""
        with self._told():
            if paths:
                self._obstore.delete(self._store, list(paths))

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except FileNotFoundError as error:
            raise DepotLostError(f"{DepotLostError().message} {self._url}: {_said(error)}") from None
        except (self._obstore.exceptions.BaseError, PermissionError) as error:
            raise DepotError(f"{DepotError().message} {self._url}: {_said(error)}") from None


def _opened(place: Place) -> tuple[Any, Any]:
    # Here, not above: it is of an extra, and of no use to whoever has the lake in a folder.
    try:
        import obstore  # noqa: PLC0415
        from obstore.store import S3Store  # noqa: PLC0415
    except ImportError as error:
        raise DepotLibraryError from error
    options: Any = {name: text for name, text in place.options.items() if not name.startswith("AWS_ENDPOINT")}
    options.setdefault(REGION, options.pop("AWS_DEFAULT_REGION", DEFAULT_REGION))
    if place.endpoint is not None:
        options[ENDPOINT] = place.endpoint
    store = S3Store(
        place.bucket,
        prefix=place.prefix or None,
        config=options,
        client_options={
            "allow_http": (place.endpoint or "").startswith("http://"),
            "timeout": TIMEOUT,
            "connect_timeout": CONNECT_TIMEOUT,
        },
        retry_config={"max_retries": RETRIES, "retry_timeout": PATIENCE},
    )
    return obstore, store


def _said(error: Exception) -> str:
    return " ".join(str(error).partition("Debug source:")[0].split())[:MOST_SAID]
