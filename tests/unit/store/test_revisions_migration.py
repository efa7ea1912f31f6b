"""What an earlier release has left is not lost on the way: documents become revisions, keys stay good."""

from alembic import command
from alembic.config import Config
from sqlalchemy import select, text

from headwater.core import ids
from headwater.core.secrets import fingerprint
from headwater.store import migrate, tables
from headwater.store.database import Database, sqlite_url


def test_a_project_and_a_key_of_the_release_before_come_along(tmp_path):
    database = Database(sqlite_url(tmp_path / "core.db"))
    config = Config()
    config.set_main_option("script_location", str(migrate.MIGRATIONS))
    with database.engine.connect() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0005")
    with database.engine.begin() as connection:
        connection.execute(text("INSERT INTO projects VALUES ('p', 'slug', 'n', 'dev', 'r', '{}', 1, 7)"))
        connection.execute(
            text("INSERT INTO keys VALUES ('key_0123', 'ci', 'admin', NULL, :hash, 1)"), {"hash": fingerprint("token")}
        )
    migrate.migrate(database.engine)
    with database.engine.connect() as connection:
        project = connection.execute(select(tables.projects)).one()
        revision = connection.execute(select(tables.revisions)).one()
        key = connection.execute(select(tables.keys)).one()
    database.close()

    assert "global" == project.home_region
    assert ("r", "p", 1, "{}", 2, 7) == (
        revision.id,
        revision.project_id,
        revision.number,
        revision.document,
        revision.size_bytes,
        revision.created_at_ms,
    )
    assert ids.is_uuid(key.id)
    assert (fingerprint("token"), None, None) == (key.token_sha256, key.expires_at_ms, key.revoked_at_ms)
