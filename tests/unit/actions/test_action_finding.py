"""What operators call an Action, and which hook is meant by it."""

import pytest
from actions_stage import GLOBAL, PASSWORD, document, item

from headwater.actions.chain import Trigger
from headwater.actions.finding import find, full_path, trigger_for, trigger_of
from headwater.core.errors import BadRequestError, NotFoundError

SESSION = {"hook": "session"}
BEFORE = "/selfservice/flows/login/before/hooks"


def config():
    whole = document(shared=[item(id="everywhere")], password=[SESSION, item(id="own")])
    whole["selfservice"]["flows"]["login"] = {"before": {"hooks": [item(id="early")]}}
    return whole


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("everywhere", f"{GLOBAL}/0"),
        ("own", f"{PASSWORD}/1"),
        ("early", f"{BEFORE}/0"),
        (f"{PASSWORD}/1", f"{PASSWORD}/1"),
        ("registration/after/password/hooks/1", f"{PASSWORD}/1"),
        ("/registration/after/password/1", f"{PASSWORD}/1"),
        ("registration/after/0", f"{GLOBAL}/0"),
        ("login/before/0", f"{BEFORE}/0"),
    ],
)
def test_an_id_or_a_path_however_short(name, path):
    assert path == find(config(), name).path


def test_what_is_not_there_is_answered_with_what_is():
    with pytest.raises(NotFoundError, match=r"There are early, everywhere, own\."):
        find(config(), "evrywhere")
    with pytest.raises(NotFoundError, match="no Actions yet"):
        find({}, "registration/after/0")


def test_two_of_one_id_are_told_apart_by_their_paths_never_guessed():
    twice = document(password=[item(id="crm", url="https://a.test/")], code=[item(id="crm", url="https://b.test/")])

    with pytest.raises(BadRequestError, match=f"{PASSWORD}/0"):
        find(twice, "crm")


def test_only_a_web_hook_sends_anything():
    with pytest.raises(BadRequestError, match="is session, which sends nothing"):
        find(config(), "registration/after/password/0")


@pytest.mark.parametrize("name", ["/", "//", "hooks", "/selfservice/flows", "registration/after/password/99", "a/../b"])
def test_a_path_that_leads_nowhere_finds_nothing(name):
    with pytest.raises(NotFoundError):
        find(config(), name)


def test_a_full_path_stays_what_it_is():
    assert f"{PASSWORD}/1" == full_path(f"{PASSWORD}/1")


@pytest.mark.parametrize(
    ("name", "method", "expected"),
    [
        ("everywhere", None, ("registration", "webauthn", "after")),  # password's own web hook hides it there
        ("everywhere", "oidc", ("registration", "oidc", "after")),
        ("own", None, ("registration", "password", "after")),
        ("early", None, ("login", None, "before")),
    ],
)
def test_it_is_tried_where_it_runs(name, method, expected):
    found = trigger_of(config(), find(config(), name), method=method)

    assert expected == (found.flow, found.method, found.moment)


@pytest.mark.parametrize(("name", "method"), [("own", "oidc"), ("everywhere", "profile")])
def test_it_is_not_tried_where_it_can_t_stand(name, method):
    with pytest.raises(BadRequestError, match="doesn't run after"):
        trigger_of(config(), find(config(), name), method=method)


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ((None, None, None), ("registration", "password", "after")),
        (("recovery", None, None), ("recovery", None, "after")),
        (("login", "totp", "after"), ("login", "totp", "after")),
        (("login", None, "before"), ("login", None, "before")),
    ],
)
def test_a_hook_of_no_configuration_is_tried_after_a_registration_unless_told(asked, expected):
    found = trigger_for(*asked)

    assert expected == (found.flow, found.method, found.moment)


@pytest.mark.parametrize("asked", [("signup", None, None), (None, "profile", None), (None, None, "during")])
def test_a_trigger_that_does_not_exist_is_refused(asked):
    with pytest.raises(BadRequestError):
        trigger_for(*asked)


def test_hooks_of_operators_changes_are_found_and_tried_there():
    whole = {"identity": {"after": {"deleted": {"hooks": [item(id="gone")]}}}}
    path = "/identity/after/deleted/hooks/0"
    assert [path] * 3 == [find(whole, name).path for name in ("gone", path, "identity/after/deleted/0")]
    hook = find(whole, "gone")
    assert (
        Trigger(flow="identity", method="deleted")
        == trigger_of(whole, hook)
        == trigger_for("identity", "deleted", None)
    )
    assert hook.is_queued
    for wrong in (lambda: trigger_of(whole, hook, method="created"), lambda: trigger_for("identity", "password", None)):
        with pytest.raises(BadRequestError):
            wrong()
