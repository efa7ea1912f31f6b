"""Where the identify Action goes in an identity-config, and which URL it gets."""

import pytest

from headwater.cli import connect_places, connect_url
from headwater.cli.output import Output
from headwater.cli.session import Session
from headwater.cli.usage import UsageError
from headwater.workspace import identify_action, json_patch
from headwater.workspace.json_patch import PatchError

ACTION = identify_action.document("new-key", source_slug="website")
OLD = {**ACTION, "config": {**ACTION["config"], "auth": "secret://1"}}
OTHER = identify_action.document("k", source_slug="app")
SESSION = {"hook": "session"}
BY_HAND = {"hook": "web_hook", "config": {"url": "https://api.segment.io/v1/identify"}}
CRM = {"hook": "web_hook", "config": {"url": "https://crm.example.com/"}}


def config_of(**lists):
    after = {"hooks": lists.pop("every", [])} | {method: {"hooks": hooks} for method, hooks in lists.items()}
    return {"selfservice": {"flows": {"registration": {"after": after}}}}


def patched(config, *methods):
    document = {"services": {"identity": {"config": config}}}
    operations = connect_places.patch(config, ACTION, methods=methods)
    return json_patch.apply(document, operations)["services"]["identity"]["config"]


@pytest.mark.parametrize(
    ("before", "methods", "expected"),
    [
        (config_of(), [], config_of(every=[ACTION])),
        (config_of(every=[CRM, OTHER]), [], config_of(every=[ACTION, CRM, OTHER])),
        (config_of(every=[CRM, OLD, OTHER]), [], config_of(every=[CRM, ACTION, OTHER])),
        (config_of(every=[OLD, CRM, OLD]), [], config_of(every=[ACTION, CRM])),
        (
            config_of(password=[SESSION]),
            ["password", "code"],
            config_of(password=[ACTION, SESSION], code=[ACTION]),
        ),
        (config_of(password=[OLD, SESSION]), [], config_of(every=[ACTION], password=[SESSION])),
        (config_of(every=[OLD]), ["oidc"], config_of(oidc=[ACTION])),
        ({}, [], {"selfservice": {"flows": {"registration": {"after": {"hooks": [ACTION]}}}}}),
        (config_of(every=["no hook", {"config": 7}]), [], config_of(every=[ACTION, "no hook", {"config": 7}])),
    ],
)
def test_stands_once_where_it_is_wanted_and_nothing_else_moves(before, methods, expected):
    once = patched(before, *methods)

    assert expected == once
    assert once == patched(once, *methods)


def test_a_list_that_somebody_changed_meanwhile_is_not_overwritten():
    operations = connect_places.patch(config_of(every=[CRM]), ACTION, methods=[])
    meanwhile = {"services": {"identity": {"config": config_of(every=[CRM, OTHER])}}}

    with pytest.raises(PatchError, match="not there"):
        json_patch.apply(meanwhile, operations)


def test_only_an_unmarked_identify_call_looks_like_ours():
    config = config_of(every=[ACTION, OTHER, CRM, BY_HAND], password=[SESSION])

    assert ["/selfservice/flows/registration/after/hooks/3"] == connect_places.lookalikes(config, ACTION)
    assert ["/selfservice/flows/registration/after/hooks/0"] == connect_places.standing(config, ACTION)


def choose(*, url="http://127.0.0.1:4433", is_aliased=False, alias=None, tracking_url=None, **environ):
    status = {"url": url, "workspace": {"tracking_aliases": is_aliased}}
    at = Session(environ=environ, output=Output())
    return connect_url.choose(status, alias=alias, tracking_url=tracking_url, at=at)


@pytest.mark.parametrize(
    ("given", "url"),
    [
        ({}, "http://127.0.0.1:4433/v1/identify"),
        ({"is_aliased": True}, identify_action.SEGMENT_URL),
        ({"is_aliased": True, "alias": False}, "http://127.0.0.1:4433/v1/identify"),
        ({"alias": True}, identify_action.SEGMENT_URL),
        ({"tracking_url": "https://t.example.com/", "is_aliased": True}, "https://t.example.com/v1/identify"),
        ({"tracking_url": "https://t.example.com/v1"}, "https://t.example.com/v1/identify"),
        ({"url": None, "HEADWATER_LISTEN": "127.0.0.1:9"}, "http://127.0.0.1:9/v1/identify"),
        ({"url": None, "HEADWATER_LISTEN": "[::1]:9"}, "http://[::1]:9/v1/identify"),
    ],
)
def test_the_action_calls_this_server_unless_it_answers_for_segment(given, url):
    assert url == choose(**given).url


def test_an_alias_that_nobody_answers_says_where_people_would_be_sent():
    assert "goes to Segment itself" in choose(alias=True).why
    assert "answers itself" in choose(is_aliased=True).why


@pytest.mark.parametrize(
    "given",
    [
        {"url": "http://0.0.0.0:4433"},  # an address that no Action may call
        {"url": "http://[::]:4433"},
        {"url": None, "HEADWATER_LISTEN": "127.0.0.1:0"},
        {"tracking_url": "t.example.com"},
    ],
)
def test_an_address_that_can_not_be_called_is_refused(given):
    with pytest.raises(UsageError):
        choose(**given)
