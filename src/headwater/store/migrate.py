"""Brings a core database to the shape of `tables.py`, or says why it can't."""

from pathlib import Path

from sqlalchemy import Engine, inspect, text

from headwater.core.errors import HeadwaterError

# The newest file in migrations/versions; a test keeps it true. Known here so that a start
# with an up-to-date database needn't load Alembic (0.3 s).
HEAD_REVISION = "0010"

MIGRATIONS = Path(__file__).parent / "migrations"


class NewerDatabaseError(HeadwaterError):
    """This data folder was written by a newer release of Headwater. Install that release, or use another folder."""

    code = "newer_database"
    status = 409


def migrate(engine: Engine) -> None:
    """Run what migrations are missing. Raises NewerDatabaseError for a revision this release doesn't know."""
    revision = current_revision(engine)
    if revision == HEAD_REVISION:
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


def current_revision(engine: Engine) -> str | None:
    """Return the database's revision, None while it is empty."""
    with engine.connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return None
        return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
