"""The guide's Action works for whatever identity schema a project has, and can be pasted into a shell."""

import json
import shlex
from base64 import b64decode

import _gojsonnet
import pytest

from headwater.actions.web_hook_shape import check
from headwater.workspace import identify_action

KEY = "k" * 32


def identify(traits):
    action = identify_action.document(KEY, source_slug="website")
    snippet = b64decode(action["config"]["body"].removeprefix("base64://")).decode()
    ctx = json.dumps({"identity": {"id": "ada", "traits": traits}})
    return json.loads(_gojsonnet.evaluate_snippet("body", snippet, tla_codes={"ctx": ctx}))


def test_the_guides_identity_becomes_the_guides_identify_call():
    traits = {"email": "ada@example.com", "name": "Ada", "consent": {"newsletter": False}, "shoe_size": 38}

    assert {
        "userId": "ada",
        "traits": {"email": "ada@example.com", "name": "Ada", "newsletterConsent": False},
    } == identify(traits)


@pytest.mark.parametrize(
    ("traits", "expected"),
    [
        ({}, {}),
        ({"username": "ada"}, {}),
        ({"email": "ada@example.com"}, {"email": "ada@example.com"}),
        ({"email": "a@b.c", "consent": {}}, {"email": "a@b.c"}),
        ({"email": "a@b.c", "consent": "yes"}, {"email": "a@b.c"}),
    ],
)
def test_a_schema_without_these_traits_does_not_fail_the_sign_up(traits, expected):
    assert {"userId": "ada", "traits": expected} == identify(traits)


def test_the_action_is_one_that_headwater_accepts():
    check(identify_action.document(KEY, source_slug="website")["config"], path="/x")


def test_the_command_lines_survive_a_shell_and_carry_the_whole_action():
    action = identify_action.document(KEY, source_slug="website")
    lines = identify_action.patch_commands(action)

    for program in ("headwater", "ory"):
        words = shlex.split(lines[program])
        pointer, _, value = words[-1].partition("=")
        assert [program, "patch", "identity-config"] == words[:3]
        assert ("--add", "/selfservice/flows/registration/after/hooks/0", action) == (
            words[-2],
            pointer,
            json.loads(value),
        )
