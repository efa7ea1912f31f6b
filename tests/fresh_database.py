"""A core database of today's shape with nothing in it: migrated once per process, then copied for each test.

What migrations do is shown in tests/unit/store; everybody else pays for a copied file, not for Alembic.
"""

import functools
import shutil
import tempfile
from pathlib import Path

from headwater.store.database import Database, sqlite_url
from headwater.store.migrate import migrate


@functools.cache
def _migrated() -> bytes:
    folder = Path(tempfile.mkdtemp(prefix="headwater-fresh-"))
    database = Database(sqlite_url(folder / "core.db"))
    migrate(database.engine)
    database.close()  # the last connection leaves one file, with no log beside it
    content = (folder / "core.db").read_bytes()
    shutil.rmtree(folder)
    return content


def put_fresh_core(path: Path) -> None:
    """Lay a fresh core database at `path`, for whoever opens it there. Raises FileExistsError if there is one."""
    with path.open("xb") as file:
        file.write(_migrated())


def fresh_database(path: Path) -> Database:
    """Return a fresh core database at `path`, open."""
    put_fresh_core(path)
    return Database(sqlite_url(path))
