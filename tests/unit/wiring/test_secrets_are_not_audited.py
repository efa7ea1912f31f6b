"""No entry of the audit log holds a secret: neither what an answer shows once, nor what somebody sent."""

import base64
import json

import pytest
from sqlalchemy import select

from fresh_rooms import client_of, fresh_rooms
from headwater.store import tables
from headwater.workspace.audit import entries

CHANGING = {"POST", "PUT", "PATCH", "DELETE"}
CONFIG = "/services/identity/config"
BODY = "base64://" + base64.b64encode(b"function(ctx) {}").decode()
ADA = {
    "schema_id": "preset://email",
    "traits": {"email": "ada@example.com"},
    "credentials": {"password": {"config": {"password": "hunter2 hunter2 horse"}}},
}

# What shows a secret once, with what asks for it, and where in the answer it is.
SHOW_ONCE = {
    "POST /api/keys": ({"role": "viewer"}, ("key",)),
    "POST /projects/{id_or_slug}/tokens": ({"name": "deploy"}, ("value",)),
    "POST /workspaces/{workspace_id}/tokens": ({"name": "deploy"}, ("value",)),
    "POST /admin/recovery/code": ({"identity_id": "{identity_id}"}, ("recovery_code", "recovery_link")),
    "POST /admin/recovery/link": ({"identity_id": "{identity_id}"}, ("recovery_link",)),
}

# What takes a secret, which no answer shows.
HOOK = {
    "hook": "web_hook",
    "config": {
        "url": "https://crm.example/",
        "method": "POST",
        "body": BODY,
        "auth": {"type": "basic_auth", "config": {"user": "hunter2-user", "password": "hunter2-password"}},
    },
}
STREAM = {
    "type": "https",
    "https_endpoint": "https://receiver.example/",
    "https_auth_type": "bearer",
    "https_auth_secret": "hunter2",
}
PATCHES = [{"op": "add", "path": f"{CONFIG}/selfservice/flows/login/after/hooks/0", "value": HOOK}]
SETTINGS = {"url": "https://t.example/", "headers": {"X-Key": "hunter2-header"}}
TAKE = [
    ("PATCH", "/projects/{id_or_slug}", PATCHES),
    ("POST", "/projects/{id_or_slug}/eventstreams", STREAM),
    ("POST", "/api/sources", {"name": "Website"}),
    ("POST", "/api/destinations", {"kind": "webhook", "sources": ["website"], "settings": SETTINGS}),
    (
        "POST",
        "/api/warehouses",
        {
            "name": "w",
            "kind": "postgres",
            "settings": {"url": "postgresql://loader@db.example/x", "password": "hunter2"},
        },
    ),
    ("PATCH", "/admin/identities", {"identities": [{"create": {**ADA, "traits": {"email": "bob@example.com"}}}]}),
]

# Every other route that changes something. A new one belongs here, or to those above, or it isn't audited.
SHOW_NONE = {
    "PATCH /admin/identities",
    "POST /admin/identities",
    "PATCH /admin/identities/{identity_id}",
    "PUT /admin/identities/{identity_id}",
    "DELETE /admin/identities/{identity_id}",
    "DELETE /admin/identities/{identity_id}/credentials/{type_}",
    "DELETE /admin/identities/{identity_id}/sessions",
    "DELETE /admin/sessions/{session_id}",
    "PATCH /admin/sessions/{session_id}/extend",
    "POST /projects",
    "DELETE /projects/{id_or_slug}",
    "PUT /projects/{id_or_slug}",
    "PATCH /projects/{id_or_slug}",
    "PUT /api/operators/{identity_id}",
    "DELETE /api/operators/{identity_id}",
    "PATCH /projects/{id_or_slug}/revision/{revision_id}",
    "POST /projects/{id_or_slug}/identity-schemas",
    "PUT /projects/{id_or_slug}/identity-schemas/{schema_id}",
    "DELETE /projects/{id_or_slug}/identity-schemas/{schema_id}",
    "DELETE /projects/{id_or_slug}/tokens/{token_id}",
    "DELETE /workspaces/{workspace_id}/tokens/{token_id}",
    "POST /projects/{id_or_slug}/revisions/{revision}/rollback",
    "POST /projects/{id_or_slug}/organizations",
    "DELETE /projects/{id_or_slug}/organizations/{organization_id}",
    "PUT /projects/{id_or_slug}/organizations/{organization_id}",
    "POST /projects/{id_or_slug}/eventstreams",
    "DELETE /projects/{id_or_slug}/eventstreams/{stream_id}",
    "PUT /projects/{id_or_slug}/eventstreams/{stream_id}",
    "POST /workspaces",
    "DELETE /api/keys/{key_id}",
    "POST /api/sources",
    "DELETE /api/sources/{id_or_slug}",
    "PATCH /api/sources/{id_or_slug}",
    "POST /api/sources/{id_or_slug}/write-keys",  # write keys are public
    "DELETE /api/sources/{id_or_slug}/write-keys/{key_id}",
    "POST /api/destinations",
    "DELETE /api/destinations/{destination_id}",
    "PATCH /api/destinations/{destination_id}",
    "POST /api/saved-queries",
    "PUT /api/saved-queries/{query_id}",
    "DELETE /api/saved-queries/{query_id}",
    "POST /api/suppressions",
    "POST /api/suppressions/delete",
    "PATCH /api/workspace",
    "POST /api/config/apply",
    "POST /api/dead-letters/redrive",
    "POST /api/dead-letters/keep",
    "POST /api/dead-letters/discard",
    "POST /api/replays",
    "POST /api/replays/{replay_id}/cancel",
    "POST /api/replays/{replay_id}/pause",
    "POST /api/replays/{replay_id}/resume",
    "POST /api/lake/rebuild",
    "POST /api/lake/erasures",
    "POST /api/warehouses",
    "DELETE /api/warehouses/{name}",
    "PATCH /api/warehouses/{name}",
    "POST /api/warehouses/{name}/syncs",
    "POST /api/log/trim",
    "POST /api/backup",
}
CHANGE_NOTHING = {
    "POST /projects/{id_or_slug}/identity-config/check",
    "POST /projects/{id_or_slug}/identity-schema-check",
    "POST /projects/{id_or_slug}/actions/test",
    "POST /api/destinations/{destination_id}/test",
    "POST /api/config/plan",
    "POST /api/query",
}


@pytest.fixture
async def rooms(disk_path):
    async with fresh_rooms(disk_path) as built:
        yield built


@pytest.fixture
async def client(rooms):
    async with client_of(rooms, authorization="Bearer token") as made:
        yield made


def everything(rooms):
    """Return all that the audit log holds, unsealed, as one text."""
    with rooms.database.engine.connect() as connection:
        rows = connection.execute(select(tables.audit)).fetchall()
        opened = [entries.documents_of(connection, row.number, sealer=rooms.sealer) for row in rows]
    assert rows
    return repr(rows) + json.dumps([[side and side.value for side in one or ()] for one in opened])


async def test_no_entry_holds_what_an_answer_shows_once(client, rooms):
    ada = (await client.post("/admin/identities", json=ADA)).json()["id"]
    named = {
        "{id_or_slug}": rooms.installation.project.id,
        "{workspace_id}": rooms.installation.workspace.id,
        "{identity_id}": ada,
    }
    project = rooms.installation.project.id
    links = {"op": "add", "path": f"{CONFIG}/selfservice/methods/link/enabled", "value": True}
    assert (await client.patch(f"/projects/{project}", json=[links])).is_success
    shown = []
    for route, (body, places) in SHOW_ONCE.items():
        asked = f"{route} {json.dumps(body)}"
        for name, value in named.items():
            asked = asked.replace(name, value)
        method, path, sent = asked.split(" ", 2)
        answer = await client.request(method, path, json=json.loads(sent))
        assert answer.is_success, answer.text
        shown += [answer.json()[place] for place in places]

    held = everything(rooms)

    assert len(SHOW_ONCE) <= held.count("(withheld)")
    assert [] == [secret for secret in shown if secret in held]


async def test_no_entry_holds_a_secret_that_was_sent(client, rooms):
    for method, path, body in TAKE:
        answer = await client.request(method, path.replace("{id_or_slug}", rooms.installation.project.id), json=body)
        assert answer.is_success, answer.text
    await client.post("/admin/identities", json=ADA)

    held = everything(rooms)

    assert "secret://" in held
    assert "hunter2" not in held


def test_of_each_route_that_changes_something_it_is_known_whether_it_shows_a_secret(rooms):
    guarded = {
        f"{method} {route.path_format}"
        for route in rooms.app.routes
        for handler in getattr(route, "route_handlers", ())
        if handler.resolve_guards()
        for method in CHANGING & set(handler.http_methods)
    }

    assert guarded == SHOW_NONE | SHOW_ONCE.keys() | CHANGE_NOTHING
