"""Which hooks run after a registration: reference 1.2, with DESIGN's differences."""

import pytest
from actions_stage import GLOBAL, PASSWORD, document, item

from headwater.actions.chain import Trigger, after
from headwater.net.address_rules import AddressRules

SESSION = {"hook": "session"}
VERIFY = {"hook": "show_verification_ui"}
BY_PASSWORD = Trigger(flow="registration", method="password")


def paths(hooks) -> list[str]:
    return [hook.path for hook in hooks]


@pytest.mark.parametrize("flow", ["login", "recovery", "settings"])
def test_mitigate_lets_other_flows_wait_as_before(flow):
    config = {"selfservice": {"flows": {flow: {"after": {"hooks": [item()]}}}}}
    config["security"] = {"account_enumeration": {"mitigate": True}}

    assert len(after(config, Trigger(flow=flow)).inline) == 1


def test_runs_the_global_web_hook_although_the_method_list_has_session():
    chain = after(document(shared=[item()], password=[SESSION]), BY_PASSWORD)

    assert paths(chain.inline) == [f"{GLOBAL}/0"]
    assert chain.issues_session
    assert chain.dead == ()


def test_a_web_hook_of_the_method_hides_the_global_ones_and_says_so():
    chain = after(document(shared=[item(), item(id="b")], password=[item(id="c"), SESSION]), BY_PASSWORD)

    assert paths(chain.inline) == [f"{PASSWORD}/0"]
    assert [dead.hook.path for dead in chain.dead] == [f"{GLOBAL}/0", f"{GLOBAL}/1"]
    assert "hides the global ones" in chain.dead[0].why


def test_a_web_hook_of_another_method_hides_nothing():
    chain = after(document(shared=[item()], oidc=[item(id="b")]), BY_PASSWORD)

    assert paths(chain.inline) == [f"{GLOBAL}/0"]


def test_show_verification_ui_in_the_method_list_does_not_hide_the_global_web_hook():
    chain = after(document(shared=[item()], password=[VERIFY, SESSION]), BY_PASSWORD)

    assert paths(chain.inline) == [f"{GLOBAL}/0"]


@pytest.mark.parametrize("order", [[SESSION, item()], [item(), SESSION]])
def test_session_is_issued_wherever_it_stands_in_the_list(order):
    chain = after(document(password=order), BY_PASSWORD)

    assert chain.issues_session
    assert len(chain.inline) == 1


def test_session_of_the_global_list_counts_for_a_method_without_hooks():
    assert after(document(shared=[SESSION], password=[]), BY_PASSWORD).issues_session


def test_session_of_the_global_list_does_not_count_beside_hooks_of_the_method():
    chain = after(document(shared=[SESSION], password=[item()]), BY_PASSWORD)

    assert not chain.issues_session
    assert "hooks of its own" in chain.dead[0].why


def test_keeps_the_order_of_the_configuration():
    chain = after(document(shared=[item(id=name) for name in "abc"]), BY_PASSWORD)

    assert [hook.config["id"] for hook in chain.inline] == ["a", "b", "c"]


@pytest.mark.parametrize(
    ("config", "where"),
    [
        ({}, "inline"),
        ({"response": {}}, "inline"),
        ({"response": {"ignore": False}}, "inline"),
        ({"response": {"on_error": "queue"}}, "inline"),
        ({"response": {"ignore": True}}, "queued"),
        ({"response": {"parse": True}}, "blocking"),
        ({"can_interrupt": True}, "blocking"),
        # Never valid; but if it gets here, the reading that keeps people out wins.
        ({"response": {"ignore": True, "parse": True}}, "blocking"),
    ],
)
def test_each_web_hook_stands_in_exactly_one_list(config, where):
    chain = after(document(password=[item(**config)]), BY_PASSWORD)

    counted = {name: len(getattr(chain, name)) for name in ("inline", "queued", "blocking")}
    assert counted == {"inline": 0, "queued": 0, "blocking": 0, where: 1}


def test_a_blocking_hook_of_the_global_list_is_not_lost_as_in_ory():
    chain = after(document(shared=[item(response={"parse": True})], password=[SESSION]), BY_PASSWORD)

    assert paths(chain.blocking) == [f"{GLOBAL}/0"]


def test_says_why_a_hook_of_another_flow_never_runs_here():
    chain = after(document(password=[{"hook": "revoke_active_sessions"}], shared=[SESSION]), BY_PASSWORD)

    assert "runs after login, recovery, settings only" in chain.dead[0].why.lower()
    assert chain.issues_session, "a hook that can't run here hides nothing"


def test_says_that_a_hook_is_not_run_by_this_release():
    (dead,) = after(document(password=[{"hook": "two_step_registration"}]), BY_PASSWORD).dead
    assert "doesn't run two_step_registration after registration yet" in dead.why


def test_names_the_hooks_that_the_flow_itself_runs():
    chain = after(document(password=[VERIFY]), BY_PASSWORD)
    assert set(chain.built_in) == {"show_verification_ui"}
    assert chain.dead == ()


@pytest.mark.parametrize(
    "broken",
    [
        {},
        {"selfservice": None},
        {"selfservice": {"flows": []}},
        {"selfservice": {"flows": {"registration": {"after": {"password": 1, "hooks": "x"}}}}},
        {"selfservice": {"flows": {"registration": {"after": {"hooks": ["x", 1, None]}}}}},
    ],
)
def test_a_document_without_lists_has_an_empty_chain(broken):
    chain = after(broken, BY_PASSWORD)

    assert (chain.inline, chain.queued, chain.blocking, chain.issues_session) == ((), (), (), False)


@pytest.mark.parametrize(
    ("http", "rules"),
    [
        ({}, AddressRules()),
        ({"disallow_private_ip_ranges": False}, AddressRules()),
        ({"disallow_private_ip_ranges": True}, AddressRules(refuses_private=True)),
        ({"private_ip_exception_urls": ["http://a/**"]}, AddressRules(exceptions=("http://a/**",))),
        # Stored before anybody looked: what can't be read allows nothing.
        ({"disallow_private_ip_ranges": "yes"}, AddressRules(refuses_private=True)),
        ({"private_ip_exception_urls": ["http://[", 7, "http://a/"]}, AddressRules(exceptions=("http://a/",))),
        ({"private_ip_exception_urls": "http://a/"}, AddressRules()),
        (["x"], AddressRules()),
    ],
)
def test_a_hook_carries_its_projects_rules_about_addresses(http, rules):
    (hook,) = after({**document(password=[item()]), "clients": {"http": http}}, BY_PASSWORD).inline

    assert hook.rules == rules
