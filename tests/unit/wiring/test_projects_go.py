"""A project that is deleted is gone with all that was kept under it, and nothing of another one is."""

import asyncio
import base64
from contextlib import asynccontextmanager

import httpx
import pytest
from sqlalchemy import func, inspect, select

from headwater.store import tables
from unit.wiring.projects_stage import OPERATOR, Stage, begun, signed_up

ADA = "ada@example.org"
# What may stay: the log's own business, and what is the workspace's.
NOT_A_PROJECTS = {
    "alembic_version",
    "workspaces",
    "sources",
    "write_keys",
    "destinations",
    "destination_sources",
    "rejections",
    "rejection_volume",
    "outbox",
    "held",
    "audit",  # what was done stays known; what is known of people goes with them
    "audit_documents",
}
GROWN = {
    "projects",
    "revisions",
    "keys",
    "secrets",
    "identities",
    "credentials",
    "identifiers",
    "addresses",
    "sessions",
    "flows",
    "challenges",
    "courier_messages",
    "courier_dispatches",
}


@pytest.fixture
async def stage(tmp_path):
    async with Stage(tmp_path) as opened:
        yield opened


async def lived_in(stage, project):
    """Let somebody sign up at a project, leave mail, flows and an unfinished recovery, and a secret."""
    async with stage.at(project) as client:
        person = await signed_up(client, ADA)
        flow = await begun(client, "recovery")
        body = {"method": "code", "email": ADA}
        await client.post("/self-service/recovery", params={"flow": flow["id"]}, json=body)
        await begun(client, "login")
    hook = {
        "hook": "web_hook",
        "config": {
            "url": "https://receiver.example/",
            "method": "POST",
            "auth": {"type": "basic_auth", "config": {"user": "hush", "password": ""}},
            "body": "base64://" + base64.b64encode(b"function(ctx) {}").decode(),
            "response": {"ignore": True},
        },
    }
    await stage.patched(project, {"op": "add", "path": "/selfservice/flows/recovery/after/hooks/0", "value": hook})
    return person


async def counted(stage, *, but=None):
    """Return how many rows each table has; `but` is a project that isn't lived in yet, and not counted."""
    fresh = {} if but is None else {"projects": 1, "revisions": 1}

    def count(connection):
        names = set(inspect(connection).get_table_names()) - NOT_A_PROJECTS
        return {
            name: connection.execute(select(func.count()).select_from(tables.metadata.tables[name])).scalar_one()
            - fresh.get(name, 0)
            for name in names
        }

    return await stage.rooms.database.read(count)


def captured(stage):
    return sorted(path.name for path in stage.rooms.folder.mail.glob("*"))


@asynccontextmanager
async def delivering(stage):
    """Deliver mail meanwhile, as a running server does."""
    running = asyncio.create_task(stage.rooms.projects.run())
    try:
        yield
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def all_sent(stage, project):
    async with asyncio.timeout(10), stage.at(project, **OPERATOR) as client:
        while {"sent"} != {one["status"] for one in (await client.get("/admin/courier/messages")).json()}:  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def test_everything_that_was_a_projects_goes_with_it(stage):
    doomed, key = await stage.new_project("doomed"), await stage.key_of(stage.default)
    async with delivering(stage):
        await lived_in(stage, stage.default)
        await all_sent(stage, stage.default)
        kept = await counted(stage, but=doomed), captured(stage)
        await stage.key_of(doomed)
        person = await lived_in(stage, doomed)
        await all_sent(stage, doomed)
    more, mails = await counted(stage), captured(stage)
    async with stage.at(**OPERATOR) as client:
        answer = await client.delete(f"/projects/{doomed.slug}")
        again = await client.delete(f"/projects/{doomed.id}")
        mine = await client.get("/projects", headers=key)
    async with stage.at(doomed) as client:
        whoami = await client.get("/sessions/whoami", headers={"x-session-token": person["session_token"]})

    assert (204, 404, 200) == (answer.status_code, again.status_code, mine.status_code)
    assert kept == (await counted(stage), captured(stage))
    assert GROWN <= {name for name in more if more[name] > kept[0][name]}
    assert len(mails) > len(kept[1])
    assert httpx.codes.NOT_FOUND == whoami.status_code
