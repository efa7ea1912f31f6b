"""The same command line typed to the real `ory` and to ours, at the same server: the same is printed and stored."""

import json
import re

import pytest
import yaml

from acceptance.ory_cli import NONE_HERE, Ory, binary_or_none

pytestmark = pytest.mark.skipif(binary_or_none() is None, reason=NONE_HERE)

SECOND = re.compile(r"(?<=:\d\d)(\.\d+)Z")
HOOK = '{"hook":"web_hook","config":{"url":"https://example.org/","method":"TRACE","response":{"ignore":true}}}'


@pytest.fixture(scope="module")
def ory(shared_headwater, tmp_path_factory):
    return Ory(shared_headwater, tmp_path_factory.mktemp("ory"), "--project-key")


@pytest.fixture
def both(shared_headwater, ory):
    """Type to both; gives what each printed."""
    return lambda *arguments: (ory(*arguments).stdout, shared_headwater.cli(*arguments).stdout)


@pytest.fixture
def both_change(shared_headwater, ory):
    """The same for what changes the config: each finds it as it was, and so do others afterwards."""
    before = ory.home / "before.json"
    before.write_text(shared_headwater.cli("get", "identity-config", "--format", "json").stdout)
    restore = ("update", "identity-config", "--file", str(before))

    def typed(*arguments):
        theirs = ory(*arguments).stdout
        shared_headwater.cli(*restore)
        return theirs, shared_headwater.cli(*arguments).stdout

    yield typed
    shared_headwater.cli(*restore)


def alike(both, *arguments, read=json.loads):
    theirs, ours = (read(printed) for printed in both(*arguments))
    assert theirs == ours
    return ours


@pytest.mark.parametrize(
    ("form", "read"), [("json", json.loads), ("json-pretty", json.loads), ("yaml", yaml.safe_load)]
)
def test_a_config_is_printed_alike(both, form, read):
    config = alike(both, "get", "identity-config", "--format", form, read=read)

    assert "selfservice" in config


@pytest.mark.parametrize("form", ["json", "json-pretty", "yaml"])
def test_a_config_is_printed_in_the_same_order(both, form):
    theirs, ours = both("get", "identity-config", "--format", form)

    assert keys(theirs, form) == keys(ours, form)


def keys(printed, form):
    document = yaml.safe_load(printed) if form == "yaml" else json.loads(printed)

    def walk(value):
        if isinstance(value, dict):
            return [[key, walk(inner)] for key, inner in value.items()]
        return [walk(inner) for inner in value] if isinstance(value, list) else None

    return walk(document)


@pytest.mark.parametrize(
    "place",
    [
        "jsonpath=selfservice.methods",
        "jsonpath=identity.schemas.#",
        "jsonpath=identity.schemas.#.id",
        'jsonpath=identity.schemas.#(id%"*")',
        'jsonpath=identity.schemas.#(id!="nobody")#.id',
        "jsonpath=selfserv*.flows.login",
        "jsonpointer=/selfservice/methods",
        "jsonpointer=/identity/schemas/0",
        "jsonpointer=",
    ],
)
def test_a_place_in_a_config_is_printed_alike(both, place):
    alike(both, "get", "identity-config", "--format", place)


@pytest.mark.parametrize(
    "flags",
    [
        ("--add", '/session/lifespan="7h"', "--replace", '/session/whoami={"required_aal":"aal1"}'),
        ("--add", f"/selfservice/flows/registration/after/hooks/0={HOOK}"),
        ("--add", f"/selfservice/flows/login/after/hooks=[{HOOK}]"),
        ("--replace", '/courier/smtp={"from_name":"Shop = we"}'),
        ("--remove", "/selfservice/methods/code", "--add", '/selfservice/methods/code={"enabled":false}'),
    ],
    ids=lambda flags: flags[1][:40],
)
def test_a_patch_has_the_same_outcome(both_change, flags):
    alike(both_change, "patch", "identity-config", *flags, "--format", "json")


def test_files_are_merged_alike(both_change, ory, shared_headwater):
    config = json.loads(shared_headwater.cli("get", "ic", "--format", "json").stdout)
    first, second = ory.home / "first.json", ory.home / "second.yaml"
    first.write_text(json.dumps(config | {"session": {"lifespan": "1h", "cookie": {"persistent": True}}}))
    second.write_text(
        "session: {lifespan: 2h, cookie: {persistent: false}}\n"
        "selfservice: {allowed_return_urls: ['https://a.example.org/', 'https://b.example.org/']}\n"
    )

    files = ("--file", str(first), "--file", str(second))
    merged = alike(both_change, "update", "identity-config", *files, "--format", "yaml", read=yaml.safe_load)

    assert {"lifespan": "2h", "cookie": {"persistent": False}} == merged["session"]


def given(printed):
    """Ory's client leaves out what is null and a second's last zeros, and lets a member of its own slip out."""

    def walk(value):
        if isinstance(value, dict):
            return {key: walk(value[key]) for key in value if value[key] is not None and key != "AdditionalProperties"}
        return [walk(inner) for inner in value] if isinstance(value, list) else value

    return walk(json.loads(SECOND.sub(lambda second: second[1].rstrip("0").removesuffix(".") + "Z", printed)))


def test_people_are_listed_and_got_alike(both, shared_headwater):
    made = [{"traits": {"email": f"{name}@example.org"}} for name in ("ada", "grace")]
    people = [shared_headwater.api("POST", "/admin/identities", one, status=201)["id"] for one in made]

    listed = alike(both, "list", "identities", "--format", "json", read=given)
    alike(both, "list", "identities", "--page-size", "1", "--consistency", "strong", "--format", "json", read=given)
    alike(both, "get", "identity", people[0], "--format", "json", read=given)
    alike(both, "get", "identity", *people, "--format", "json", read=given)
    alike(both, "get", "identity", people[0], "-i", "oidc", "--format", "json", read=given)
    theirs, ours = both("list", "identities", "-q")

    assert set(people) <= {one["id"] for one in listed["identities"]}
    assert set(people) <= {*ours.split()}
    assert {*ours.split()} == {*theirs.partition("NEXT PAGE TOKEN")[0].split()}  # theirs says that in between
