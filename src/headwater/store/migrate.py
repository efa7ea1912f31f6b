"""Brings a core database to the shape of `tables.py`, or says why it can't."""

from pathlib import Path

from sqlalchemy import Column, Connection, Engine, MetaData, String, Table, inspect, text

from headwater.core.errors import HeadwaterError
from headwater.store import tables
from headwater.store.writer import NEAR

# The newest file in migrations/versions; a test keeps it true. Known here so that a start
# with an up-to-date database needn't load Alembic (0.3 s).
HEAD_REVISION = "0017"

MIGRATIONS = Path(__file__).parent / "migrations"


class NewerDatabaseError(HeadwaterError):
    """This data folder was written by a newer release of Headwater. Install that release, or use another folder."""

    code = "newer_database"
    status = 409


# Alembic's own table, as it makes it.
_VERSIONS = Table("alembic_version", MetaData(), Column("version_num", String(32), primary_key=True, nullable=False))


def migrate(engine: Engine) -> None:
    """Run what migrations are missing; a new database is made as it is today.

    Raises NewerDatabaseError for a revision this release doesn't know.
    """
    revision = current_revision(engine)
    if revision == HEAD_REVISION:
        return
    if revision is None:
        _make(engine)
        return
    # Loaded here because it is slow and rarely needed.
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415
    from alembic.script import ScriptDirectory  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if revision is not None and revision not in known:
        raise NewerDatabaseError
    with engine.connect() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def _is_empty(connection: Connection) -> bool:
    """Tell whether nothing is in it yet: somebody else may have made it meanwhile."""
    return not inspect(connection).get_table_names()


def _make(engine: Engine) -> None:
    """Make every table at once, all or none: to run all that ever changed takes twenty times as long."""
    with engine.connect() as connection, connection.begin():
        if connection.dialect.name == NEAR:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        if _is_empty(connection):
            tables.metadata.create_all(connection)
            _VERSIONS.create(connection)
            connection.execute(_VERSIONS.insert().values(version_num=HEAD_REVISION))


def current_revision(engine: Engine) -> str | None:
    """Return the database's revision, None while it is empty."""
    with engine.connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return None
        return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
