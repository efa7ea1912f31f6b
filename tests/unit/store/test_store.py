"""The core database and the data folder keep their promises."""

import os
import stat
import subprocess
import sys

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import insert, select, text

from fresh_database import fresh_database
from headwater.core.errors import FolderInUseError
from headwater.core.secrets import Sealer, UnsealError
from headwater.store import migrate, tables
from headwater.store.database import Database, announce, sqlite_url
from headwater.store.errors import DatabaseError
from headwater.store.folder import DataFolder, FolderError, ServerInfo
from headwater.workspace import sources
from headwater.workspace.configuration import Source


@pytest.fixture
def database(tmp_path):
    database = fresh_database(tmp_path / "core.db")
    yield database
    database.close()


@pytest.fixture
def migrated(tmp_path):
    """A database that has lived through every release."""
    database = Database(sqlite_url(tmp_path / "migrated.db"))
    config = Config()
    config.set_main_option("script_location", str(migrate.MIGRATIONS))
    with database.engine.connect() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
    yield database
    database.close()


def shape(database):
    """Return what SQLite says of every table: columns, keys, what they lead to, indexes with their columns."""
    with database.engine.connect() as connection:

        def ask(pragma, name):
            return connection.exec_driver_sql(f"PRAGMA {pragma}('{name}')").fetchall()

        found = {}
        for (name,) in connection.exec_driver_sql("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall():
            if name.startswith("sqlite_"):
                continue
            columns = sorted((row[1], row[2], row[3], row[4], row[5] > 0) for row in ask("table_info", name))
            keys = sorted(tuple(row[2:]) for row in ask("foreign_key_list", name))
            indexes = sorted(
                (row[2], row[4], tuple(column[2] for column in ask("index_info", row[1])))
                for row in ask("index_list", name)
            )
            found[name] = (columns, keys, indexes)
        return found


def test_the_migrations_make_exactly_the_tables_we_write_to(migrated):
    with migrated.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})

        assert [] == compare_metadata(context, tables.metadata)


def test_a_new_database_is_what_a_migrated_one_has_become(database, migrated):
    assert shape(database) == shape(migrated)
    assert migrate.current_revision(database.engine) == migrate.current_revision(migrated.engine)


def test_the_head_revision_known_without_alembic_is_the_real_one():
    head = ScriptDirectory(str(migrate.MIGRATIONS)).get_current_head()

    assert head == migrate.HEAD_REVISION


def test_an_outbox_id_is_never_used_twice_even_when_the_table_was_emptied(database):
    with database.engine.begin() as connection:
        connection.execute(insert(tables.outbox).values(record=b"1"))
        connection.execute(tables.outbox.delete())
        connection.execute(insert(tables.outbox).values(record=b"2"))
        (used,) = connection.execute(select(tables.outbox.c.id)).scalars()

    assert 2 == used


def test_a_database_of_a_newer_release_is_refused_in_one_sentence(database):
    with database.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = 'from the future'"))

    with pytest.raises(migrate.NewerDatabaseError, match="newer release"):
        migrate.migrate(database.engine)


async def test_a_transaction_that_fails_leaves_nothing_and_announces_nothing(database):
    heard = []

    async def listen(topic):
        heard.append(topic)

    database.on_commit(listen)

    def broken(connection):
        connection.execute(insert(tables.outbox).values(record=b"x"))
        announce(connection, "outbox")
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await database.write(broken)
    rows = await database.read(lambda connection: connection.execute(select(tables.outbox)).all())

    assert ([], []) == (rows, heard)


async def test_a_listener_has_heard_before_the_writer_gets_its_result(database):
    heard = []

    async def listen(topic):
        heard.append(topic)

    database.on_commit(listen)
    await database.write(lambda connection: announce(connection, "configuration"))

    assert ["configuration"] == heard


def test_the_folder_is_its_owners_alone(tmp_path):
    folder = DataFolder(tmp_path / "data")
    folder.lock()
    folder.sealing_key()
    folder.publish_server(ServerInfo(url="http://127.0.0.1:1", token="t", pid=os.getpid()))
    folder.unlock()

    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in [folder.path, *folder.path.iterdir()]}

    assert {"data": 0o700, "lock": 0o600, "secret.key": 0o600, "server.json": 0o600} == modes


@pytest.fixture
def held_folder(tmp_path):
    folder = DataFolder(tmp_path / "data")
    folder.lock()
    yield folder.path
    folder.unlock()


def test_a_second_process_is_refused_the_folder(held_folder):
    program = (
        "import sys; from pathlib import Path; from headwater.store.folder import DataFolder\n"
        "DataFolder(Path(sys.argv[1])).lock()"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(held_folder)], capture_output=True, text=True, check=False
    )

    assert "Another headwater process holds" in done.stderr


def test_the_same_process_is_refused_twice_too(held_folder):
    with pytest.raises(FolderInUseError, match="--data"):
        DataFolder(held_folder).lock()


def test_a_server_file_left_by_a_killed_server_counts_as_none(tmp_path):
    folder = DataFolder(tmp_path)
    with subprocess.Popen([sys.executable, "-c", ""]) as gone:
        gone.wait()
    folder.publish_server(ServerInfo(url="http://127.0.0.1:1", token="t", pid=gone.pid))

    assert folder.running_server() is None


def test_a_path_that_is_a_file_is_refused_with_a_reason(tmp_path):
    (tmp_path / "data").write_text("not a folder")

    with pytest.raises(FolderError, match="can't be used"):
        DataFolder(tmp_path / "data").lock()


def test_asking_for_a_server_makes_no_folder(tmp_path):
    assert DataFolder(tmp_path / "data").running_server() is None
    assert [] == list(tmp_path.iterdir())


def test_what_was_sealed_as_one_thing_does_not_open_as_another():
    sealer = Sealer(b"k" * 32)
    sealed = sealer.seal(b"s3cret", context="hook")

    assert b"s3cret" == sealer.unseal(sealed, context="hook")
    assert b"s3cret" not in sealed
    with pytest.raises(UnsealError):
        sealer.unseal(sealed, context="destination")


async def test_a_failing_statement_does_not_carry_its_values_into_the_logger(database):
    def broken(connection):
        connection.execute(text("INSERT INTO nowhere VALUES (:hash)"), {"hash": "$argon2id$secret"})

    with pytest.raises(DatabaseError) as caught:
        await database.write(broken)

    assert "secret" not in str(caught.value) + str(caught.value.__cause__)


async def test_a_source_made_by_the_first_release_is_lenient_unlimited_and_alive_after_the_migration(tmp_path):
    database = Database(sqlite_url(tmp_path / "core.db"))
    config = Config()
    config.set_main_option("script_location", str(migrate.MIGRATIONS))
    with database.engine.connect() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
    with database.engine.begin() as connection:
        connection.execute(text("INSERT INTO sources VALUES ('src_1', 'website', 'Website', 'server', 1, 7)"))
    migrate.migrate(database.engine)
    (found,) = await database.read(sources.every)
    database.close()

    assert Source(id="src_1", slug="website", name="Website", kind="server", enabled=True, created_at_ms=7) == found
    assert (False, None, None) == (found.strict, found.rate_limit, found.deleted_at_ms)


def test_the_previous_releases_code_can_still_make_a_source(database):
    columns = "id, slug, name, kind, enabled, created_at_ms"
    with database.engine.begin() as connection:
        connection.execute(text(f"INSERT INTO sources ({columns}) VALUES ('s', 's', 's', 'server', 1, 7)"))  # noqa: S608  constant
        (strict,) = connection.execute(select(tables.sources.c.strict)).scalars()

    assert strict is False


def note(connection):
    connection.execute(insert(tables.outbox).values(record=b"ada"))


def noted(connection):
    return connection.execute(select(tables.outbox.c.record)).scalar()


async def test_a_glance_sees_what_was_just_written(database):
    assert await database.glance(noted) is None
    await database.write(note)

    assert b"ada" == await database.glance(noted)


async def test_a_glance_that_fails_is_over(database):
    def fail(connection):
        noted(connection)
        raise KeyError

    with pytest.raises(KeyError):
        await database.glance(fail)
    await database.write(note)

    assert b"ada" == await database.glance(noted)
