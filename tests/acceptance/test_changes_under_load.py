"""A change of configuration while people come: nobody meets half of it, and whoever comes after it meets all of it."""

import base64
import json
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import httpx
import pytest

from acceptance.conftest import Headwater

ROUNDS = 16
VISITORS = 4
CONFIG = "/services/identity/config"
# Each look of the project in two places of its document: what is asked, and for how long.
LOOKS = {"nickname": "1h0m0s", "pet": "2h0m0s"}
SECONDS = {"1h0m0s": 3600, "2h0m0s": 7200}


@pytest.fixture
def installation(tmp_path):
    installation = Headwater(tmp_path / "data")
    installation.start()
    yield installation
    installation.close()


@pytest.fixture
def project(installation):
    status = installation.api("GET", "/api/status")
    return "/projects/" + status["project"]["id"]


def schema(trait):
    properties = {
        "email": {"type": "string", "format": "email", "title": "E-Mail"},
        trait: {"type": "string", "title": trait},
    }
    properties["email"]["ory.sh/kratos"] = {"credentials": {"password": {"identifier": True}}}
    traits = {"type": "object", "properties": properties, "required": ["email"], "additionalProperties": False}
    document = {"type": "object", "properties": {"traits": traits}}
    return "base64://" + base64.b64encode(json.dumps(document).encode()).decode()


def look(trait):
    """Return the patch after which the project asks for `trait`."""
    return [
        {"op": "replace", "path": f"{CONFIG}/identity/default_schema_id", "value": trait},
        {"op": "replace", "path": f"{CONFIG}/identity/schemas", "value": [{"id": trait, "url": schema(trait)}]},
        {"op": "replace", "path": f"{CONFIG}/selfservice/flows/registration/lifespan", "value": LOOKS[trait]},
    ]


def seen(client):
    """Return which trait a new flow asks for, and for how many seconds it is there."""
    flow = client.get("/self-service/registration/api").raise_for_status().json()
    (trait,) = [
        name.removeprefix("traits.")
        for node in flow["ui"]["nodes"]
        if (name := node["attributes"]["name"]).startswith("traits.") and name != "traits.email"
    ]
    return trait, round(_moment(flow["expires_at"]) - _moment(flow["issued_at"]))


def _moment(text):
    return datetime.fromisoformat(text).timestamp()


def whole(sight):
    trait, seconds = sight
    return SECONDS[LOOKS[trait]] == seconds


class Visitors:
    """People who keep coming until they are told to stop; what each met is kept."""

    def __init__(self, url):
        self.sights = []
        self._over = threading.Event()
        self._pool = ThreadPoolExecutor(VISITORS)
        self._visits = [self._pool.submit(self._keep_coming, url) for _ in range(VISITORS)]

    def stop(self):
        """Return what they met. Raises what went wrong for one of them."""
        self._over.set()
        for visit in self._visits:
            visit.result()
        self._pool.shutdown()
        return self.sights

    def _keep_coming(self, url):
        with httpx.Client(base_url=url, timeout=30) as client:
            while not self._over.is_set():
                self.sights.append(seen(client))


def test_patches_and_rollbacks_under_load_are_met_whole_and_at_once(installation, project):
    installation.api("PATCH", project, look("nickname"))
    visitors = Visitors(installation.url)
    with httpx.Client(base_url=installation.url, timeout=30) as client:
        for number in range(ROUNDS):
            if number % 2 == 0:
                installation.api("PATCH", project, look("pet"))
                assert ("pet", 7200) == seen(client)
            else:
                installation.api("POST", f"{project}/revisions/previous/rollback", {})
                assert ("nickname", 3600) == seen(client)
    sights = visitors.stop()

    assert {("nickname", 3600), ("pet", 7200)} == set(sights)
    assert all(map(whole, sights))


def test_two_writers_at_once_both_land_each_time_and_nothing_of_either_is_lost(installation, project):
    def write(who):
        for number in range(ROUNDS):
            value = [
                {
                    "op": "add",
                    "path": f"{CONFIG}/selfservice/allowed_return_urls/-",
                    "value": f"https://{who}{number}.example.org",
                }
            ]
            installation.api("PATCH", project, value)

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(write, ("ada", "grace")))
    config = installation.api("GET", project)["services"]["identity"]["config"]
    urls = config["selfservice"]["allowed_return_urls"]

    for who in ("ada", "grace"):
        assert [f"https://{who}{number}.example.org" for number in range(ROUNDS)] == [one for one in urls if who in one]


def test_whoever_names_the_revision_they_saw_is_told_that_it_moved(installation, project):
    before = installation.api("GET", project)["revision_id"]
    change = [{"op": "replace", "path": "/name", "value": "first"}]
    installation.api("PATCH", f"{project}/revision/{before}", change)
    told = installation.api("PATCH", f"{project}/revision/{before}", [change[0] | {"value": "second"}], status=409)

    assert before in told["error"]["message"]
    assert "first" == installation.api("GET", project)["name"]
