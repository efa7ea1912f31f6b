"""A server holds a bounded number of projects: each takes memory once somebody has been there."""

from datetime import UTC, datetime

import pytest

from fresh_database import fresh_database
from headwater.core.clock import ManualClock
from headwater.core.errors import ConflictError
from headwater.identity.config.defaults import default_document
from headwater.workspace import projects


async def test_one_project_too_many_is_refused_and_a_deleted_one_makes_room(tmp_path):
    database, clock = fresh_database(tmp_path / "core.db"), ManualClock(datetime(2026, 11, 28, tzinfo=UTC))

    def create(connection):
        return projects.create(connection, "a project", identity_config=default_document(), clock=clock)

    def create_all(connection):
        return [create(connection) for _ in range(projects.MAX_PROJECTS)]

    *_, last = await database.write(create_all)
    with pytest.raises(ConflictError, match="at most 500 projects"):
        await database.write(create)
    await database.write(lambda connection: projects.remove(connection, last))

    await database.write(create)
    database.close()
