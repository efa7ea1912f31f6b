"""From hook and ctx to the request: the rows of reference 1.4."""

import json

import msgspec
import pytest
from actions_stage import IDENTIFY, Stage, base64_body, occasion, web_hook
from aiohttp import web

from headwater.actions.errors import UnusableHookError
from headwater.actions.requests import build_or_none
from headwater.actions.templates import EMBEDDED, Templates
from headwater.core.clock import SystemClock
from headwater.mapping import sources
from headwater.mapping.evaluation import MappingCancelledError, MappingRuntimeError
from headwater.mapping.sources import Sources
from headwater.mapping.template_files import TemplateFiles
from headwater.net.address_rules import AddressRules

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@pytest.fixture
def build(evaluator):
    async def run(jsonnet=IDENTIFY, **config):
        hook = web_hook(**{"body": base64_body(jsonnet), **config})
        return await build_or_none(hook, occasion().context, evaluator=evaluator, templates=EMBEDDED)

    return run


def header(request, name):
    return [value for key, value in request.headers if key == name]


async def test_sends_what_the_jsonnet_gives(build):
    request = await build()

    assert (request.method, request.url) == ("POST", "https://receiver.test/hook")
    assert json.loads(request.body) == {"userId": "ada-id", "traits": {"email": "ada@example.org"}}
    assert request.body.startswith(b"{\n   ")
    assert header(request, "Content-Type") == ["application/json"]
    assert request.timeout_seconds == 30


@pytest.mark.parametrize("method", ["GET", "DELETE", "PUT", "OPTIONS", "purge"])
async def test_every_other_method_carries_the_body_too(build, method):
    request = await build(method=method)

    assert request.method == method
    assert request.body


async def test_trace_has_no_body_and_runs_no_jsonnet(build):
    request = await build("function(ctx) error 'never run'", method="TRACE", headers={"Content-Type": "text/plain"})

    assert request.body == b""


@pytest.mark.parametrize(
    "content_type",
    [
        "application/json; charset=utf-8",
        "Application/JSON",
        "application/json ",
        "text/plain",
        "",
        "multipart/form-data",
    ],
)
async def test_refuses_any_content_type_but_the_two_exact_ones(build, content_type):
    with pytest.raises(UnusableHookError, match="exactly"):
        await build(headers={"content-type": content_type})


@pytest.mark.parametrize("name", ["Content-Type", "content-type", "CONTENT-TYPE"])
async def test_a_content_type_of_ones_own_replaces_ours_whatever_its_case(build, name):
    request = await build("function(ctx) {a: 'b'}", headers={name: FORM["Content-Type"]})

    assert header(request, "Content-Type") == ["application/x-www-form-urlencoded"]


async def test_a_form_is_encoded_with_sorted_keys(build):
    request = await build("function(ctx) {b: 'x y&z', a: 'ü', 'k=': '~-_.'}", headers=FORM)

    assert request.body == b"a=%C3%BC&b=x+y%26z&k%3D=~-_."


@pytest.mark.parametrize("value", ["1", "null", "true", "{}", "['x']"])
async def test_a_form_refuses_values_that_are_no_texts(build, value):
    with pytest.raises(UnusableHookError, match="object of texts"):
        await build(f"function(ctx) {{a: {value}}}", headers=FORM)


async def test_a_form_refuses_a_list(build):
    with pytest.raises(UnusableHookError, match="object of texts"):
        await build("function(ctx) ['a']", headers=FORM)


async def test_cancel_means_no_request_at_all(build):
    assert await build("function(ctx) error 'cancel'") is None


async def test_a_form_can_not_be_cancelled(build):
    with pytest.raises(MappingCancelledError):
        await build("function(ctx) error 'cancel'", headers=FORM)


async def test_a_missing_key_is_an_error_not_an_empty_body(build):
    with pytest.raises(MappingRuntimeError):
        await build("function(ctx) ctx.identity.traits.consent.newsletter")


@pytest.mark.parametrize("body", ["", "function(ctx) {}", "base64://%%%", "http://x.test/t.jsonnet"])
async def test_refuses_a_body_that_is_no_embedded_jsonnet(build, body):
    with pytest.raises(UnusableHookError):
        await build(body=body)


async def test_basic_auth_as_in_the_guide_with_an_empty_password(build):
    request = await build(auth={"type": "basic_auth", "config": {"user": "wk", "password": ""}})

    assert header(request, "Authorization") == ["Basic d2s6"]


async def test_basic_auth_survives_letters_beyond_ascii(build):
    request = await build(auth={"type": "basic_auth", "config": {"user": "ü", "password": "p:w"}})

    assert header(request, "Authorization") == ["Basic w7w6cDp3"]


async def test_an_api_key_goes_under_the_name_that_was_chosen(build):
    request = await build(auth={"type": "api_key", "config": {"name": "x-api-key", "value": "k", "in": "header"}})

    assert header(request, "X-Api-Key") == ["k"]


async def test_an_api_key_in_a_cookie_joins_the_ones_configured(build):
    auth = {"type": "api_key", "config": {"name": "sid", "value": "k", "in": "cookie"}}

    assert header(await build(auth=auth), "Cookie") == ["sid=k"]
    assert header(await build(auth=auth, headers={"cookie": "a=b"}), "Cookie") == ["a=b; sid=k"]


async def test_auth_wins_over_a_header_of_the_same_name(build):
    auth = {"type": "basic_auth", "config": {"user": "wk", "password": ""}}

    assert header(await build(auth=auth, headers={"authorization": "Bearer x"}), "Authorization") == ["Basic d2s6"]


@pytest.mark.parametrize(
    ("auth", "named"),
    [
        ({}, set()),
        ({"type": "basic_auth", "config": {"user": "wk", "password": ""}}, {"authorization"}),
        ({"type": "api_key", "config": {"name": "X-Tenant", "value": "k", "in": "header"}}, {"x-tenant"}),
        ({"type": "api_key", "config": {"name": "sid", "value": "k", "in": "cookie"}}, {"cookie"}),
    ],
)
async def test_a_request_names_the_headers_that_are_credentials(build, auth, named):
    assert (await build(auth=auth)).secret_headers == named


async def test_an_auth_type_from_elsewhere_sends_nothing(build):
    with pytest.raises(UnusableHookError, match="oauth2"):
        await build(auth={"type": "oauth2", "config": {}})


def test_base64_may_be_wrapped_as_gnu_base64_does():
    wrapped = base64_body(IDENTIFY * 3)

    lines = "\r\n".join([wrapped[:40], wrapped[40:76], wrapped[76:], ""])

    assert sources.embedded(lines, name="x").text == IDENTIFY * 3


async def test_the_wire_carries_what_was_built(stage: Stage, receiver):
    await stage.play(web_hook(receiver.url, headers={"x-team": "growth"}))

    call = receiver.calls[0]
    assert (call.method, call.path, call.headers["X-Team"]) == ("POST", "/hook", "growth")
    assert call.json["userId"] == "ada-id"


@pytest.fixture
def anywhere(outbound, tmp_path):
    """Templates as a server has them that was given a folder."""
    files = TemplateFiles(tmp_path)
    return Templates(Sources(sender=outbound, clock=SystemClock(), files=files))


async def test_a_hook_runs_the_jsonnet_that_its_operators_server_has(evaluator, receiver, anywhere):
    receiver.script = [web.Response(body=IDENTIFY.encode())]
    hook = web_hook(body=f"{receiver.url}.jsonnet")

    for _ in range(3):
        request = await build_or_none(hook, occasion().context, evaluator=evaluator, templates=anywhere)
        assert json.loads(request.body)["userId"] == "ada-id"

    assert [(call.method, call.path) for call in receiver.calls] == [("GET", "/hook.jsonnet")]


async def test_a_hook_whose_jsonnet_is_at_a_private_address_keeps_to_its_projects_rules(evaluator, receiver, anywhere):
    receiver.script = [web.Response(body=IDENTIFY.encode())]
    hook = msgspec.structs.replace(web_hook(body=receiver.url), rules=AddressRules(refuses_private=True))

    with pytest.raises(UnusableHookError, match="may not be called from here"):
        await build_or_none(hook, occasion().context, evaluator=evaluator, templates=anywhere)
    assert receiver.calls == []


async def test_a_hook_runs_the_jsonnet_of_a_file_that_the_server_may_read(evaluator, tmp_path, anywhere):
    (tmp_path / "hook.jsonnet").write_text(IDENTIFY)
    hook = web_hook(body="file://hook.jsonnet")

    request = await build_or_none(hook, occasion().context, evaluator=evaluator, templates=anywhere)

    assert json.loads(request.body)["userId"] == "ada-id"


async def test_a_trace_arrives_without_a_body_and_nobody_is_asked_for_its_jsonnet(stage: Stage, receiver):
    await stage.play(web_hook(receiver.url, method="TRACE", body="https://nobody.test/hook.jsonnet"))

    assert [(call.method, call.body) for call in receiver.calls] == [("TRACE", b"")]
