"""What a hook's Jsonnet may see: reference 1.5, and what mallory's receiver must never see."""

import uuid

import pytest
from actions_stage import GLOBAL, web_hook

from headwater.actions import occasion as occasions
from headwater.actions.chain import Hook, Trigger
from headwater.actions.occasion import DEFAULT_HEADER_ALLOWLIST, InboundRequest, Occasion, context, header_allowlist
from headwater.core.secrets import Sealer, new_key

OWN = frozenset({"ory_kratos_session", "csrf_token_1"})
FLOW = {"id": "flow-1", "ui": {"nodes": []}}
IDENTITY = {"id": "ada-id", "traits": {}, "credentials": {"password": "$argon2"}, "metadata_admin": {"note": "vip"}}


def request(**parts) -> InboundRequest:
    return InboundRequest(**{"method": "POST", "url": "https://example.org/x", **parts})


def ctx(**parts):
    base = {"flow": FLOW, "identity": None, "session": None, "request": request(), "own_cookies": OWN}
    return context(**{**base, **parts})


def test_leaves_out_what_is_not_there_so_that_object_has_can_tell():
    assert set(ctx()) == {"flow", "request_headers", "request_method", "request_url", "request_cookies"}


def test_says_who_asked_and_how():
    shown = ctx(identity=IDENTITY, session={"id": "s"})

    assert (shown["request_method"], shown["request_url"]) == ("POST", "https://example.org/x")
    assert (shown["identity"]["id"], shown["session"], shown["flow"]) == ("ada-id", {"id": "s"}, FLOW)


@pytest.mark.parametrize("holder", ["identity", "session", "flow"])
def test_never_shows_credentials_or_admin_metadata(holder):
    parts = {"identity": IDENTITY} if holder == "identity" else {holder: {"id": "x", "identity": IDENTITY}}

    assert "argon2" not in str(ctx(**parts))
    assert "vip" not in str(ctx(**parts))


@pytest.mark.parametrize(
    ("name", "shown_as"),
    [
        ("user-agent", "User-Agent"),
        ("USER-AGENT", "User-Agent"),
        ("sec-ch-ua-platform", "Sec-Ch-Ua-Platform"),
        ("true-client-ip", "True-Client-Ip"),
        ("authorization", None),
        ("cookie", None),
        ("x-forwarded-for", None),
        ("x-session-token", None),
        ("accept\nx", None),
    ],
)
def test_shows_only_headers_of_the_allow_list_in_gos_spelling(name, shown_as):
    shown = ctx(request=request(headers={name: ["v"]}))["request_headers"]

    assert shown == ({shown_as: ["v"]} if shown_as else {})


def test_the_default_allow_list_is_orys_seventeen():
    assert len(set(DEFAULT_HEADER_ALLOWLIST)) == 17


def test_an_allow_list_of_ones_own_replaces_the_default_whatever_its_case():
    headers = {"x-forwarded-for": ["1.2.3.4"], "X-Forwarded-For": ["5.6.7.8"], "user-agent": ["curl"]}

    shown = ctx(request=request(headers=headers), header_allowlist=["x-FORWARDED-for"])["request_headers"]

    assert shown == {"X-Forwarded-For": ["1.2.3.4", "5.6.7.8"]}


@pytest.mark.parametrize("section", ["clients", "actions"])
def test_reads_the_allow_list_under_both_of_orys_names(section):
    assert header_allowlist({section: {"web_hook": {"header_allowlist": ["X-One"]}}}) == ("X-One",)


@pytest.mark.parametrize("document", [{}, {"clients": None}, {"clients": {"web_hook": {"header_allowlist": None}}}])
def test_without_an_allow_list_the_default_holds(document):
    assert header_allowlist(document) == DEFAULT_HEADER_ALLOWLIST


def test_withholds_our_own_session_and_csrf_cookies():
    cookies = {"ory_kratos_session": "live", "csrf_token_1": "c", "_ga": "GA1"}

    assert ctx(request=request(cookies=cookies))["request_cookies"] == {"_ga": "GA1"}


def test_an_allow_listed_cookie_header_does_not_bring_the_session_back():
    header = {"cookie": ["_ga=GA1; ory_kratos_session=live; csrf_token_1=c", "ory_kratos_session=live"]}

    shown = ctx(request=request(headers=header), header_allowlist=["Cookie"])["request_headers"]

    assert shown == {"Cookie": ["_ga=GA1"]}


def test_exposes_the_session_cookie_to_those_who_insist():
    cookies = {"ory_kratos_session": "live"}

    assert ctx(request=request(cookies=cookies), expose_session_cookie=True)["request_cookies"] == cookies


def at(flow_id="flow-1", identity_id="ada-id", flow="registration") -> Occasion:
    shown = ctx(flow={"id": flow_id}) if flow_id else ctx(flow={})
    return Occasion(
        project_id="p", identity_id=identity_id, trigger=Trigger(flow=flow, method="password"), context=shown
    )


OURS = Sealer(new_key())


def trigger_id(occasion: Occasion, hook: Hook, *, sealer: Sealer = OURS) -> str:
    return occasions.trigger_id(occasion, hook, sealer=sealer, new_id=lambda: "random")


def test_the_same_sign_up_tried_again_fires_under_the_same_trigger_id():
    assert trigger_id(at(), web_hook()) == trigger_id(at(), web_hook())


def test_another_person_flow_or_hook_fires_under_another_trigger_id():
    other_hook = Hook(path=f"{GLOBAL}/1", name="web_hook")
    ids = [
        trigger_id(at(), web_hook()),
        trigger_id(at(identity_id="mallory-id"), web_hook()),
        trigger_id(at("flow-2"), web_hook()),
        trigger_id(at(), other_hook),
    ]

    assert len(set(ids)) == 4


def test_mallory_who_knows_all_of_an_occasion_cant_work_out_its_trigger_id_without_our_key():
    guessed = trigger_id(at(), web_hook(), sealer=Sealer(new_key()))

    assert guessed != trigger_id(at(), web_hook())


def test_a_trigger_id_survives_a_restart_and_is_a_uuid():
    key = new_key()
    before, after = (trigger_id(at(), web_hook(), sealer=Sealer(key)) for _ in range(2))

    assert before == after == str(uuid.UUID(before))


@pytest.mark.parametrize("occasion", [at(flow="settings"), at(flow_id=None)])
def test_a_flow_that_may_succeed_twice_never_reuses_a_trigger_id(occasion):
    assert trigger_id(occasion, web_hook()) == "random"
