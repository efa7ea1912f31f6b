"""The app that `serve` runs, and a configuration in it with something of everything."""

import base64
import json

import pytest

from fresh_rooms import client_of
from lent_rooms import LENDER, lenders_runner, runner_of_each_test  # noqa: F401  fixtures

SCHEMA = {
    "$id": "https://example.org/person.json",
    "type": "object",
    "properties": {
        "traits": {
            "type": "object",
            "properties": {
                "email": {
                    "type": "string",
                    "format": "email",
                    "ory.sh/kratos": {"credentials": {"password": {"identifier": True}}},
                },
                "name": {"type": "string"},
            },
        }
    },
}
AFTER = "/services/identity/config/selfservice/flows/registration/after/hooks"
SCHEMAS = "/services/identity/config/identity/schemas"


def encoded(text):
    return "base64://" + base64.b64encode(text.encode()).decode()


def hook(body="function(ctx) {id: ctx.identity.id}", **more):
    config = {"url": "https://crm.test/people", "method": "POST", "body": encoded(body), "response": {"ignore": True}}
    return {"hook": "web_hook", "config": {**config, **more}}


SECRET_HOOK = hook(id="crm", auth={"type": "api_key", "config": {"name": "X-Key", "value": "hunter2", "in": "header"}})


class Api:
    """Asks the app, as an administrator unless told otherwise."""

    def __init__(self, client):
        self.client = client

    async def __call__(self, method, path, body=None, *, status=200, key="token"):
        headers = {"authorization": f"Bearer {key}"}
        answer = await self.client.request(method, path, json=body, headers=headers)
        assert status == answer.status_code, answer.text
        return answer.json() if answer.content else None

    async def document(self):
        return await self("GET", "/api/config")

    async def plan(self, document, *, status=200, **more):
        return await self("POST", "/api/config/plan", {"document": document, **more}, status=status)

    async def apply(self, document, *, status=200, **more):
        return await self("POST", "/api/config/apply", {"document": document, **more}, status=status)

    async def refusal(self, document, **more):
        """Return what is said of a document that can't be planned, after seeing that it can't be applied either."""
        before = await self.document()
        planned = await self.plan(document, status=400, **more)
        assert planned == await self.apply(document, status=400, **more)
        assert before == await self.document()
        return planned["error"]["reason"]


@pytest.fixture
async def rooms():
    async with LENDER.lent(CRM_KEY="hush", HEADWATER_SECRET_ENV="CRM_KEY") as lent:
        yield lent


@pytest.fixture
async def api(rooms):
    async with client_of(rooms) as client:
        yield Api(client)


@pytest.fixture
def slug(rooms):
    return rooms.installation.project.slug


@pytest.fixture
async def rich(api, rooms):
    """Sources, destinations with secrets, a project with a schema and an Action, and a second project."""
    await api("POST", "/api/sources", {"name": "Website", "kind": "website", "strict": True}, status=201)
    await api("POST", "/api/sources", {"name": "Shop", "rate_limit": 50}, status=201)
    await api("POST", "/api/sources", {"name": "Old"}, status=201)
    await api("DELETE", "/api/sources/old", status=204)
    settings = {
        "url": "https://ada:pw@crm.test/in?key=hunter2",
        "headers": {"Authorization": "hunter2"},
        "shared_secret": "hunter2",
        "proxy": "http://ada:hunter2@proxy.test:3128",
    }
    crm = {"kind": "webhook", "name": "CRM", "sources": ["shop", "website"], "settings": settings}
    made = await api("POST", "/api/destinations", crm, status=201)
    twin = {"kind": "webhook", "sources": ["shop"], "settings": {"url": "https://twin.test/"}}
    for _ in range(2):
        await api("POST", "/api/destinations", twin, status=201)
    await api("PATCH", f"/api/destinations/{made['id']}", {"enabled": False})
    patch = [
        {"op": "add", "path": f"{AFTER}/0", "value": SECRET_HOOK},
        {"op": "add", "path": f"{SCHEMAS}/-", "value": {"id": "person", "url": encoded(json.dumps(SCHEMA))}},
        {"op": "replace", "path": "/cors_public/enabled", "value": True},
    ]
    await api("PATCH", f"/projects/{rooms.installation.project.id}", patch)
    await api("POST", "/projects", {"name": "Second", "environment": "stage"}, status=201)
    return await api.document()
