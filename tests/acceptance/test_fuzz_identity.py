"""The whole identity API under fuzz, over real HTTP: nothing is a 5xx, nothing hangs, every refusal is in Ory's words.

Deterministic. A longer run: `HEADWATER_FUZZ_EXAMPLES=200 pytest tests/acceptance/test_fuzz_identity.py`.
"""

import itertools
import os
from contextlib import closing
from zlib import crc32

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.config import (
    CoveragePhaseConfig,
    GenerationConfig,
    PhasesConfig,
    ProjectConfig,
    ProjectsConfig,
    SchemathesisConfig,
)
from schemathesis.generation import GenerationMode

from acceptance import identity_surface as surface
from acceptance.conftest import Headwater

EXAMPLES = int(os.environ.get("HEADWATER_FUZZ_EXAMPLES", "18"))
SLOW_SECONDS = 2.0
INTERNAL, NOT_IMPLEMENTED = 500, 501
LOCAL = "/services/identity/config"
ALL_ON = {
    "/hashers": {"algorithm": "bcrypt", "bcrypt": {"cost": 4}},
    "/selfservice/methods/code/passwordless_enabled": True,
    "/selfservice/methods/link/enabled": True,
    "/selfservice/flows/recovery/enabled": True,
    "/selfservice/flows/verification/enabled": True,
}
# Where what is asked for has to be there.
PLACED = {
    "/sessions/{id}": {"id": "session"},
    "/admin/identities/{id}": {"id": "person"},
    "/admin/identities/{id}/credentials/{type}": {"id": "person"},
    "/admin/identities/{id}/sessions": {"id": "person"},
    "/admin/sessions/{id}": {"id": "session"},
    "/admin/sessions/{id}/extend": {"id": "session"},
    "/admin/courier/messages/{id}": {"id": "mail"},
}
BODY_STAND_INS = {
    "/admin/recovery/code": ("identity_id", "person"),
    "/admin/recovery/link": ("identity_id", "person"),
    "/self-service/logout/api": ("session_token", "token"),
}
WITH_SESSION = ("/sessions", "/self-service/settings", "/ui/settings", "/self-service/logout", "/ui/welcome")
MISSES = 5  # one case in so many keeps its made-up ids


def document():
    generation = GenerationConfig(modes=[GenerationMode.POSITIVE, GenerationMode.NEGATIVE], deterministic=True)
    phases = PhasesConfig(coverage=CoveragePhaseConfig(enabled=EXAMPLES > 100))
    project = ProjectConfig(generation=generation, phases=phases)
    config = SchemathesisConfig(projects=ProjectsConfig(default=project))
    return schemathesis.openapi.from_dict(surface.document(), config=config)


api = document()


class Target:
    """The server under fire, and what stands in for its flows, people and sessions."""

    def __init__(self, server):
        self.server = server
        self._number = itertools.count(1)
        self._kept = {}

    def dressed(self, case):
        """Aim most cases at what exists: with made-up ids all end at a 404. Return cookies and headers to send."""
        is_operators = case.path.startswith("/admin")
        headers = self._operator() if is_operators else {"X-Forwarded-For": self._address()}
        if not is_aimed(case):
            return {}, headers
        for name, stand_in in PLACED.get(case.path, {}).items():
            case.path_parameters[name] = self._stand_in(stand_in)
        if not is_operators and needs_session(case):
            case.headers["X-Session-Token"] = self._stand_in("token")
        if case.path in BODY_STAND_INS and isinstance(case.body, dict):
            name, stand_in = BODY_STAND_INS[case.path]
            case.body[name] = self._stand_in(stand_in)
        if asks_for_flow(case):
            return self._aim_at_flow(case), headers
        return {}, headers

    def _aim_at_flow(self, case):
        flow, cookies = self._flow(case)
        case.query["id" if case.path.endswith("/flows") else "flow"] = flow["id"]
        if cookies and isinstance(case.body, dict):
            case.body["csrf_token"] = csrf_token(flow)
        return cookies

    def forget(self):
        """Begin with other people: these may be gone."""
        self._kept.clear()

    def log(self):
        return (self.server.data.parent / "server.log").read_text()

    def _stand_in(self, name):
        if name not in self._kept:
            self._kept[name] = getattr(self, f"_new_{name}")()
        return self._kept[name]

    def _new_token(self):
        return self.server.register(f"fuzzed{next(self._number)}@example.org")["session_token"]

    def _new_person(self):
        traits = {"email": f"made{next(self._number)}@example.org"}
        return self.server.api("POST", "/admin/identities", {"traits": traits}, status=201)["id"]

    def _new_session(self):
        token = self._stand_in("token")
        return httpx.get(self.server.url + "/sessions/whoami", headers={"X-Session-Token": token}).json()["id"]

    def _new_mail(self):
        mails = self.server.api("GET", "/admin/courier/messages")
        return mails[0]["id"] if mails else "none"

    def _flow(self, case):
        """Begin a flow of the case's kind: a browser's for who reads pages, a native one for others."""
        kind = case.path.split("/")[2]
        is_browser = (case.headers or {}).get("Accept") == "text/html"
        headers = {"Accept": "application/json", "X-Forwarded-For": self._address()}
        if kind == "settings":
            headers["X-Session-Token"] = self._stand_in("token")
        how = "browser" if is_browser else "api"
        begun = httpx.get(f"{self.server.url}/self-service/{kind}/{how}", headers=headers)
        assert begun.status_code == 200, begun.text
        return begun.json(), dict(begun.cookies)

    def _operator(self):
        if "key" not in self._kept:
            self._kept["key"] = self.server.api("POST", "/api/keys", {"role": "admin", "name": "fuzz"}, status=201)[
                "key"
            ]
        return {"Authorization": f"Bearer {self._kept['key']}"}

    def _address(self):
        """Return an address nobody had before: guessing is limited by address."""
        number = next(self._number)
        return f"198.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"


@pytest.fixture(scope="module")
def target(tmp_path_factory):
    with closing(Headwater(tmp_path_factory.mktemp("fuzz") / "data", "--trusted-proxy", "127.0.0.1")) as server:
        server.start()
        server.patch(*({"op": "add", "path": LOCAL + path, "value": value} for path, value in ALL_ON.items()))
        server.register(surface.EMAIL)
        yield Target(server)


def each(examples):
    return settings(
        max_examples=examples,
        derandomize=True,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )


@api.include(method="GET").parametrize()
@each(max(1, EXAMPLES // 3))
def test_no_question_breaks_the_identity_api(case, target):
    fire(case, target)


@api.exclude(method="GET").parametrize()
@each(EXAMPLES)
def test_no_change_breaks_the_identity_api(case, target):
    fire(case, target)
    target.forget()  # the people and sessions may be gone


def fire(case, target):
    cookies, headers = target.dressed(case)
    answer = case.call(base_url=target.server.url, cookies=cookies, headers=headers, allow_redirects=False)
    seconds = answer.elapsed
    if seconds > SLOW_SECONDS:  # a busy machine is slow once, a hostile request is slow again
        again = case.call(base_url=target.server.url, cookies=cookies, headers=headers, allow_redirects=False)
        seconds = min(seconds, again.elapsed)

    assert seconds <= SLOW_SECONDS
    assert_refusals_are_in_orys_words(answer)


def is_aimed(case):
    return crc32(repr((case.path_parameters, case.query, case.body)).encode()) % MISSES != 0


def needs_session(case):
    return case.path.startswith(WITH_SESSION)


def asks_for_flow(case):
    parts = case.path.split("/")
    if parts[1] == "ui":
        return parts[2] in surface.FORMS
    return parts[1] == "self-service" and parts[2] in surface.FORMS and (len(parts) == 3 or parts[3] == "flows")


def assert_refusals_are_in_orys_words(answer):
    body = answer.json() if "json" in answer.headers.get("content-type", [""])[0] and answer.content else {}
    error = body.get("error", {}) if isinstance(body, dict) else {}
    assert "Traceback" not in answer.text
    if answer.status_code >= INTERNAL:
        assert (NOT_IMPLEMENTED, "not_supported_yet") == (answer.status_code, error.get("id")), answer.text
    if answer.status_code >= 400 and not is_page(answer) and "ui" not in body:
        assert answer.status_code == error.get("code"), answer.text
        assert "" not in (error.get("message", ""), error.get("status", "")), answer.text


def is_page(answer):
    return "html" in answer.headers.get("content-type", [""])[0]


def csrf_token(flow):
    values = {node["attributes"].get("name"): node["attributes"].get("value") for node in flow["ui"]["nodes"]}
    return values.get("csrf_token", "")


def test_after_it_all_the_server_is_alive_and_has_logged_no_error(target):
    target.server.register("survivor@example.org")

    assert 200 == httpx.get(target.server.url + "/health/ready").status_code
    assert "Traceback" not in target.log()
