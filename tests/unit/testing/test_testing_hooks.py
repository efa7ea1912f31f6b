import base64

import pytest

from headwater.testing import hooks

HOOK = {"hook": "web_hook"}


def appended(config, **trigger):
    return list(hooks.appended(config, HOOK, **{"method": None, **trigger}))


def test_a_hook_stands_behind_those_that_are_there():
    config = {"selfservice": {"flows": {"registration": {"after": {"hooks": []}}}}}
    path = "/selfservice/flows/registration/after/hooks/-"

    assert [{"op": "add", "path": path, "value": HOOK}] == appended(config, trigger="after/registration")


def test_what_is_missing_on_the_way_is_made():
    config = {"selfservice": {"flows": {"login": {"after": {}}}}}

    assert [{"op": "add", "path": "/selfservice/flows/login/before", "value": {"hooks": [HOOK]}}] == appended(
        config, trigger="before/login"
    )
    assert [{"op": "add", "path": "/selfservice/flows/login/after/oidc", "value": {"hooks": [HOOK]}}] == appended(
        config, trigger="after/login", method="oidc"
    )


@pytest.mark.parametrize("trigger", ["after/registration/password", "registration/after/password"])
def test_flow_and_moment_may_stand_either_way_and_name_the_method(trigger):
    (operation,) = appended({}, trigger=trigger)

    assert operation["value"] == {"flows": {"registration": {"after": {"password": {"hooks": [HOOK]}}}}}


@pytest.mark.parametrize("trigger", ["registration", "after", "later/registration"])
def test_refuses_a_trigger_that_is_none(trigger):
    with pytest.raises(ValueError, match=r"is no trigger\. Write the moment and the flow"):
        appended({}, trigger=trigger)


def test_a_web_hook_carries_its_jsonnet_and_its_key():
    made = hooks.web_hook("function(ctx) {}", url="https://x.example.com", verb="PUT", auth=hooks.key_auth("k"))

    assert base64.b64decode(made["config"]["body"].removeprefix("base64://")) == b"function(ctx) {}"
    assert made["config"]["auth"] == {"type": "basic_auth", "config": {"user": "k", "password": ""}}
