"""What is taken with a word: an operator must not believe in a door that isn't there."""

import pytest
from identity_stage import document

from headwater.identity.config import doubts, tree


def said(change):
    whole = document()
    change(whole["selfservice"])
    tree.check(whole)
    return [(warning.code, warning.message) for warning in doubts.find(whole)]


def test_a_new_project_is_not_doubtful():
    assert said(lambda _selfservice: None) == []


@pytest.mark.parametrize("method", doubts.LATER)
def test_a_second_factor_that_nobody_is_asked_for_is_named(method):
    ((code, message),) = said(lambda selfservice: selfservice["methods"].update({method: {"enabled": True}}))

    assert code == "method_not_offered"
    assert message.startswith(f"/selfservice/methods/{method} ")


@pytest.mark.parametrize("flow", ["recovery", "verification"])
@pytest.mark.parametrize("use", ["link", "code"])
def test_a_flow_without_its_method_is_named(flow, use):
    def change(selfservice):
        selfservice["methods"]["code"]["enabled"] = use != "code"
        for kind in ("recovery", "verification"):
            selfservice["flows"][kind]["enabled"] = kind == flow
        selfservice["flows"][flow]["use"] = use

    ((code, message),) = said(change)
    assert code == "flow_without_method"
    assert f"/selfservice/methods/{use}/enabled" in message


@pytest.mark.parametrize(
    ("url", "codes"),
    [
        ("http://old.example.org/check", ["plain_http"]),
        ("https://old.example.org/check", []),
        ("http://localhost:1", []),
    ],
)
def test_passwords_on_their_way_in_clear_are_named(url, codes):
    hook = {"enabled": True, "config": {"url": url}}
    found = said(lambda selfservice: selfservice["methods"]["password"].update(config={"migrate_hook": hook}))

    assert [code for code, _ in found] == codes
