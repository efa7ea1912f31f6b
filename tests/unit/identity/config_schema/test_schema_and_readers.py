"""The schema and the readers of the document agree: what is read is known, and what is said to work is read."""

import msgspec
import pytest
from whole_document import Choice, whole

from headwater.actions import client_rules, password_migration, web_hook_shape
from headwater.actions import config as actions
from headwater.actions.known_hooks import CHANGES, CLOSED_EDITION_METHODS, METHODS, RECIPIENTS
from headwater.actions.places import HOOKS, RETURN_URL
from headwater.core.clock import SystemClock
from headwater.identity.config import doubts, tree
from headwater.identity.config.defaults import default_document
from headwater.identity.config.section import Section
from headwater.identity.config_schema import check, keys
from headwater.identity.config_schema.nodes import WITHOUT_EFFECT
from headwater.identity.courier import check as courier
from headwater.identity.courier import overrides
from headwater.identity.pages import theme
from headwater.identity.recovery import onward
from headwater.mapping.sandbox import Sandbox

# Refused, with what to do instead.
REFUSED = {("courier", "template_override_path")}
# Nothing that a hook may have which nobody waits for.
OF_CHANGES = {
    ("after", change, "hooks", "*", "config", key)
    for change in CHANGES
    for key in ("response", "can_interrupt", "expose_session_cookie")
}
# Of another hook than the one that all lists hold here.
OF_NOTIFY = {("hooks", "*", "config", "recipients")}
BASIC = {("auth", "config", key) for key in ("user", "password")}
API_KEY = {("auth", "config", key) for key in ("name", "value", "in")}
# Lists that are kept, and refused as soon as something stands in them.
OF_LATER = {("after", name, "hooks") for name in CLOSED_EDITION_METHODS}
ALWAYS = REFUSED | OF_CHANGES | OF_NOTIFY | OF_LATER
# What is in two places is asked for in the second one only if the first has none.
FIRST_PLACES = {("session", "cookie"), ("clients", "web_hook")}
AUTH, STRATEGY = ("auth", "type"), ("courier", "delivery_strategy")

# All documents together hold everything.
CHOICES = [
    Choice(without=frozenset(ALWAYS | BASIC), values={AUTH: "api_key", STRATEGY: "captured"}),
    Choice(without=frozenset(ALWAYS | API_KEY | FIRST_PLACES), values={AUTH: "basic_auth", STRATEGY: "smtp"}),
    Choice(without=frozenset(ALWAYS | BASIC), values={AUTH: "api_key", STRATEGY: "http"}),
]

# Read by the session's own route, when somebody extends one.
READ_LATER = {("feature_flags", "faster_session_extend")}
METHODS_LATER = {("selfservice", "methods", name) for name in doubts.LATER}


# Where a hook's table says which keys there are; `test_a_table_of_the_hooks_...` compares it.
BY_TABLE = {"hooks", "request_config", "migrate_hook"}
CONFIG = ("selfservice", "flows", "registration", "after", "hooks", "*", "config")
MIGRATION = tuple(password_migration.STEPS)
TABLES = [
    (CONFIG[:-1], actions.ITEM_KEYS),
    (CONFIG, {**web_hook_shape.KEYS, RECIPIENTS: str}),
    ((*CONFIG, "response"), web_hook_shape.RESPONSE_KEYS),
    ((*CONFIG, "auth"), web_hook_shape.AUTH_KEYS),
    ((*CONFIG, "auth", "config"), {**web_hook_shape.BASIC_AUTH_KEYS, **web_hook_shape.API_KEY_KEYS}),
    ((*CONFIG, "signing"), web_hook_shape.SIGNING_KEYS),
    (MIGRATION, password_migration.KEYS),
    ((*MIGRATION, "config"), password_migration.CONFIG_KEYS),
    (client_rules.STEPS, client_rules.KEYS),
]
NAMES_OF_TYPES = {str: "string", dict: "object", list: "array", bool: "boolean"}


@pytest.fixture(scope="module")
def asked():
    """Every place that anybody asks for, of documents that hold everything."""
    for choice in CHOICES:
        document = whole(keys.ROOT, choice)
        choice.asked.clear()
        config = tree.parse(document, project_id="", public_url="https://people.example.org")
        tree.check(document)
        overrides.parse(document["courier"]["templates"])
        theme.parse(Section(document).section("pages"))
        onward.uses_continue_with(config)
        list(doubts.find(document))
    return set().union(*(choice.asked for choice in CHOICES))


@pytest.mark.parametrize("choice", CHOICES, ids=lambda choice: choice.values[STRATEGY])
async def test_whoever_checks_hooks_and_mail_takes_every_key(choice):
    document = msgspec.json.decode(msgspec.json.encode(whole(keys.ROOT, choice)))
    sandbox = Sandbox(clock=SystemClock())
    await sandbox.start()

    try:
        courier.check(Section(document).section("courier"))
        await actions.check(document, evaluator=sandbox)
    finally:
        await sandbox.close()


@pytest.mark.parametrize(("steps", "table"), TABLES)
def test_a_table_of_the_hooks_has_the_keys_and_types_of_the_schema(steps, table):
    following = keys.at(steps).following

    assert {key: NAMES_OF_TYPES[kind] for key, kind in table.items()} == {
        name: key.node["type"] for name, key in following.items()
    }


def test_the_lists_of_hooks_stand_where_they_are_looked_for():
    for flow, methods in METHODS.items():
        after = keys.at(("selfservice", "flows", flow, "after")).following
        assert {HOOKS, RETURN_URL, *methods, *CLOSED_EDITION_METHODS} == set(after)
        assert {HOOKS} == set(keys.at(("selfservice", "flows", flow, "before")).following)
    assert set(CHANGES) == set(keys.at(("identity", "after")).following)


def test_a_new_projects_document_fits():
    check.check(default_document())


@pytest.mark.parametrize("choice", CHOICES, ids=lambda choice: choice.values[STRATEGY])
def test_a_document_with_every_key_fits(choice):
    check.check(whole(keys.ROOT, choice))


def known(steps):
    try:
        return keys.at(steps)
    except KeyError:
        return None


def test_whatever_is_read_is_in_the_schema(asked):
    """An SMS is asked for the parts of a mail, too, after it was refused every other key than its own."""
    assert len(asked) > 300
    assert [] == sorted("/".join(steps) for steps in asked if known(steps) is None and "sms" not in steps)


def test_whatever_the_schema_says_has_effect_is_read(asked):
    """The enemy is a key that is taken without a word and followed by nothing."""
    silent = [steps for steps, key in keys.every(keys.ROOT) if not key.following and not is_idle(steps)]
    left = [steps for steps in silent if not is_read_elsewhere(steps) and not was_asked(steps, asked)]

    assert [] == ["/".join(steps) for steps in left]


def is_idle(steps):
    return any(WITHOUT_EFFECT in keys.at(steps[:depth]).node for depth in range(1, len(steps) + 1))


def is_read_elsewhere(steps):
    ends = [steps[:length] for length in range(1, len(steps) + 1)]
    is_left_out = any(end[-len(left_out) :] == left_out for end in ends for left_out in ALWAYS)
    return is_left_out or BY_TABLE & set(steps) or steps in READ_LATER or steps[:3] in METHODS_LATER


def was_asked(steps, asked):
    """What stands in a list, or under a name, is read with the list or the object."""
    named = tuple("Any" if step == "*" else step for step in steps)
    return steps in asked or named in asked or (steps[-1] == "*" and (steps[:-1] in asked or named[:-1] in asked))
