"""Documents made to be slow, to be huge, or to have a secret said aloud."""

import time

import msgspec
import pytest
from documents import changed, provider, web_hook
from whole_document import Choice, whole

from headwater.actions.problems import ConfigProblem
from headwater.core.errors import HeadwaterError
from headwater.identity.config_schema import check, idle_keys, keys
from headwater.identity.config_schema.nodes import SECRET
from headwater.workspace import json_patch

HOOKS = "/selfservice/flows/registration/after/hooks"
AN_ORDINARY_LOOK_SECONDS = 0.05
LOVELACE = "lovelace-1815"

HUGE = {
    "one text": lambda: ("/courier/smtp/from_name", "x" * 10_000_000),
    "a list of texts": lambda: ("/selfservice/allowed_return_urls", ["https://a.example"] * 600_000),
    "a list of hooks": lambda: (HOOKS, [{"hook": "session"}] * 600_000),
    "keys": lambda: ("/feature_flags", {f"flag-{number}": True for number in range(600_000)}),
    "one key": lambda: ("/feature_flags", {"x" * 10_000_000: True}),
    "an empty object in another": lambda: ("/session", nested(60_000)),
}


def nested(depth):
    value = {}
    for _ in range(depth):
        value = {"session": value}
    return value


@pytest.mark.parametrize("name", HUGE)
def test_ten_megabytes_are_refused_in_a_line_and_at_once(name):
    path, value = HUGE[name]()
    operations = [{"op": "add", "path": path, "value": value}]

    begun = time.process_time()
    with pytest.raises(HeadwaterError) as refused:
        json_patch.apply(changed(), operations)
    took = time.process_time() - begun

    assert "The document would" in refused.value.message
    assert len(refused.value.message) < 200
    assert took < 1


def just_small_enough():
    """Return what a patch just lets through, and the schema doesn't."""
    return [
        changed((HOOKS, [{"hook": "web_hok"}] * 20_000)),
        changed((HOOKS, [{"hook": "session", "x": 1}] * 15_000)),
        changed(("/feature_flags", {f"flag-{number}": True for number in range(45_000)})),
        changed(("/feature_flags", {"x" * 7_000_000: True})),
        changed(("/session/lifespan", "9" * 7_000_000)),
        changed(("/session/lifespan", "1h" * 3_000_000)),
        changed(("/cookies/same_site", "Lax" * 2_000_000)),
        changed(("/session/whoami", nested(50))),
        changed(("/selfservice/allowed_return_urls", [7] * 45_000)),
        changed(("/identity/schemas", [{}] * 45_000)),
    ]


@pytest.mark.parametrize("number", range(10))
def test_whatever_a_patch_lets_through_is_refused_in_a_line_and_at_once(number):
    document = json_patch.apply(just_small_enough()[number], [])

    begun = time.process_time()
    with pytest.raises(ConfigProblem) as refused:
        check.check(document)
    took = time.process_time() - begun

    assert len(refused.value.message) < 1000
    assert took < 1


def test_an_ordinary_document_is_looked_at_in_milliseconds():
    document = changed(*[(f"{HOOKS}/-", web_hook(id=str(number))) for number in range(50)])
    document["selfservice"]["methods"]["oidc"]["config"]["providers"] = [provider(id=f"p{n}") for n in range(50)]

    begun = time.process_time()
    check.check(document)
    list(idle_keys.find(document))

    assert time.process_time() - begun < AN_ORDINARY_LOOK_SECONDS


LIST_OF_HOOKS = ("selfservice", "flows", "registration", "after", "hooks")
AUTHS = ({("auth", "config", key) for key in ("user", "password")}, {("auth", "config", key) for key in ("name", "in")})
CHOICES = [
    Choice(without=frozenset(AUTHS[0] | {("auth", "config", "user"), ("config", "recipients")})),
    Choice(
        without=frozenset(AUTHS[1] | {("auth", "config", "value"), ("config", "recipients")}),
        values={("auth", "type"): "basic_auth"},
    ),
]


def secret_places():
    """Every place whose value no message may quote, and all objects and lists that have such a place inside."""
    secret = [steps for steps, key in keys.every(keys.ROOT) if key.node.get(SECRET)]
    held = sorted({steps[:depth] for steps in secret for depth in range(1, len(steps) + 1)})
    return [steps for steps in held if "hooks" not in steps or steps[: len(LIST_OF_HOOKS)] == LIST_OF_HOOKS]


def with_value(document, steps, value):
    """Put `value` at `steps`, if there is such a place."""
    place = document
    for step in steps[:-1]:
        place = place[0] if isinstance(place, list) else place.get("Any" if step == "*" else step, {})
    if isinstance(place, list):
        place[0] = value
    else:
        place["Any" if steps[-1] == "*" else steps[-1]] = value
    return document


@pytest.mark.parametrize("steps", secret_places(), ids="/".join)
def test_no_secret_is_said_aloud_however_it_was_misplaced(steps):
    said = []
    for choice in CHOICES:
        for value in (LOVELACE, 1815.1815, [LOVELACE], {"config": LOVELACE}, [{"config": {"value": LOVELACE}}]):
            document = msgspec.json.decode(msgspec.json.encode(whole(keys.ROOT, choice)))
            try:
                check.check(with_value(document, steps, value))
            except ConfigProblem as refused:
                said.append(f"{refused.message} {refused.context}")

    assert said
    assert [] == [text for text in said if LOVELACE in text or "1815.1815" in text]
