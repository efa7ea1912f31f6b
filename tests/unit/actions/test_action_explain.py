"""`explain`: the chain as it runs, said in order, and what never will; compared with the chains that really run."""

import pytest
from actions_stage import GLOBAL, PASSWORD, document, item

from headwater.actions.explain import explain
from headwater.actions.known_hooks import FLOWS
from headwater.core.errors import BadRequestError

SESSION = {"hook": "session"}
VERIFIES = {"enabled": True}


def flow_document(flow, after, **more):
    return {"selfservice": {"flows": {flow: {"after": after, **more}}}}


def one(config, flow, method=None, moment="after"):
    chains = explain(config, flow=flow, method=method).chains
    [found] = [chain for chain in chains if chain.moment == moment]
    return found


def said(chain):
    return [(step.phase, step.kind, step.path or step.list) for step in chain.steps]


def test_under_mitigate_it_says_that_nobody_waits_for_what_is_told_of_new_people_only():
    config = document(password=[item(id="told"), item(id="asked", response={"parse": True})])
    config["security"] = {"account_enumeration": {"mitigate": True}}

    asked, told = one(config, "registration", "password").steps
    assert (asked.phase, told.phase) == ("before_stored", "queued")
    assert "mitigate" in told.note


def test_the_order_is_that_of_the_flow_not_that_of_the_list():
    """`session` first in the list, the asking one behind: who reads the list from the top would be wrong."""
    hooks = [
        SESSION,
        {"hook": "show_verification_ui"},
        item(id="later", response={"ignore": True}),
        item(id="told"),
        item(id="asked", response={"parse": True}, can_interrupt=True),
        item(id="patient", response={"on_error": "queue"}),
    ]
    config = document(password=hooks)
    config["selfservice"]["flows"]["verification"] = VERIFIES

    assert [
        ("before_stored", "blocking: parse, can_interrupt", f"{PASSWORD}/4"),
        ("after", "built in", "implicit"),
        ("queued", "ignore", f"{PASSWORD}/2"),
        ("after", "inline", f"{PASSWORD}/3"),
        ("after", "inline, on_error: queue", f"{PASSWORD}/5"),
        ("last", "built in", f"{PASSWORD}/1"),
        ("last", "built in", f"{PASSWORD}/0"),
    ] == said(one(config, "registration", "password"))


def test_each_step_says_where_it_comes_from():
    config = document(shared=[item(id="everywhere")], password=[SESSION])
    web_hook, session = one(config, "registration", "password").steps

    assert ("global", "everywhere", "https://receiver.test/hook") == (web_hook.list, web_hook.id, web_hook.url)
    assert ("password", "session", None) == (session.list, session.hook, session.url)


@pytest.mark.parametrize(
    ("flow", "method", "when"),
    [
        ("login", "password", "before the session is issued"),
        ("registration", "password", "before the identity is stored"),
        ("settings", "profile", "before the identity is stored"),
        ("recovery", None, "before the session is issued"),
        ("verification", None, "before the address is verified"),
    ],
)
def test_what_is_asked_is_asked_before_there_is_something_to_undo(flow, method, when):
    config = flow_document(flow, {"hooks": [item(can_interrupt=True)]})

    assert [when] == [step.when for step in one(config, flow, method).steps]


def test_a_login_waits_for_every_web_hook_before_its_session():
    config = flow_document(
        "login", {"hooks": [item(), {"hook": "revoke_active_sessions"}, {"hook": "require_verified_address"}]}
    )
    steps = one(config, "login", "password").steps

    assert ["require_verified_address", "web_hook", "revoke_active_sessions"] == [step.hook for step in steps]
    assert ["before_stored", "before_stored", "after"] == [step.phase for step in steps]


def test_before_a_flow_web_hooks_alone_run_and_it_says_of_the_others_that_they_don_t():
    config = flow_document("login", {}, before={"hooks": [item(), SESSION]})
    chain = one(config, "login", "password", moment="before")

    assert [("before_flow", "inline")] == [(step.phase, step.kind) for step in chain.steps]
    assert ["/selfservice/flows/login/before/hooks/1"] == [dead.path for dead in chain.dead]


def test_what_never_runs_is_there_with_its_reason_and_its_name():
    config = document(shared=[item(id="hidden")], password=[item(id="own")])
    by_password, by_code = one(config, "registration", "password"), one(config, "registration", "code")

    [dead] = by_password.dead
    assert ("hidden", f"{GLOBAL}/0") == (dead.id, dead.path)
    assert "password has a web_hook" in dead.why
    assert () == by_code.dead


def test_the_verification_that_nobody_configured_is_told_only_where_it_happens():
    config = flow_document("registration", {})
    assert () == one(config, "registration", "password").steps

    config["selfservice"]["flows"]["verification"] = VERIFIES
    found = {flow: [step.hook for chain in explain(config, flow=flow).chains for step in chain.steps] for flow in FLOWS}
    assert {"verification"} == set(found["registration"]) == set(found["settings"])
    assert [] == found["login"] + found["recovery"] + found["verification"]


def test_a_page_for_a_verification_that_is_off_is_said_to_do_nothing():
    config = document(password=[{"hook": "show_verification_ui"}])

    [step] = one(config, "registration", "password").steps
    assert "does nothing: /selfservice/flows/verification/enabled isn't true" == step.note


def test_a_list_that_nothing_reads_is_noted():
    config = flow_document("login", {}, before={"password": {"hooks": [item()]}})

    assert ["/selfservice/flows/login/before/password/hooks is read by nothing: its hooks never run."] == list(
        explain(config).notes
    )


def test_hooks_that_kratos_s_rule_keeps_from_a_method_are_noted():
    """As `import kratos-config` leaves a file whose global list was silenced for `password`."""
    hook = item(id="crm")
    config = document(password=[SESSION], code=[hook], oidc=[hook])

    [note] = explain(config).notes
    assert note.startswith("crm runs after registration by oidc, code, not by password: as in Kratos")
    assert not explain(document(shared=[hook], password=[SESSION])).notes


@pytest.mark.parametrize(
    ("flow", "method", "names"),
    [("logn", None, "login"), ("login", "profile", "password"), ("recovery", "code", "together"), (None, "x", "oidc")],
)
def test_a_way_that_nobody_can_go_is_refused_with_the_ways_there_are(flow, method, names):
    with pytest.raises(BadRequestError, match=names):
        explain({}, flow=flow, method=method)


def test_a_method_alone_means_every_flow_that_has_it():
    assert {("settings", "profile")} == {
        (chain.flow, chain.method) for chain in explain({}, method="profile").chains if chain.moment == "after"
    }
