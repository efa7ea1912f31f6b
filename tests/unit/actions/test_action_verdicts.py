"""What an answer means, for each kind of hook that waits for it: the tables of reference 1.7, row by row."""

import json

import pytest
from actions_stage import Stage, base64_body, web_hook
from aiohttp import web

from headwater.actions import reply
from headwater.actions.errors import ActionFailedError, ActionInterruptedError, AnswerNotReadError
from headwater.actions.reply import BadReplyError

NEITHER = {}
CAN_INTERRUPT = {"can_interrupt": True}
PARSE = {"response": {"parse": True}}
KINDS = {"neither": NEITHER, "can_interrupt": CAN_INTERRUPT, "parse": PARSE}
ASKING = {"can_interrupt": CAN_INTERRUPT, "parse": PARSE}

CHANGE = json.dumps({"identity": {"traits": {"email": "new@example.org"}}})
MESSAGE = {"id": 1234, "text": "No robots.", "type": "error", "context": {"score": 0.1}}
REFUSAL = json.dumps({"messages": [{"instance_ptr": "#/traits/email", "messages": [MESSAGE]}]})


def kinds(table):
    return pytest.mark.parametrize("config", table.values(), ids=table)


def says(receiver, status, body=""):
    receiver.script = [web.Response(status=status, body=body.encode())]


async def asked(stage, receiver, config):
    """Return what changed, as the identity room gets it."""
    return await stage.ask(web_hook(receiver.url, **config))


@kinds(KINDS)
@pytest.mark.parametrize("status", [201, 204, 299, 300, 399])
@pytest.mark.parametrize("body", ["", "not JSON", CHANGE])
async def test_other_answers_below_400_let_people_through_unread(stage: Stage, receiver, config, status, body):
    says(receiver, status, body)

    assert await asked(stage, receiver, config) == {}


@kinds({"neither": NEITHER, "can_interrupt": CAN_INTERRUPT})
@pytest.mark.parametrize("body", ["", "not JSON", CHANGE])
async def test_only_parse_reads_a_200(stage: Stage, receiver, config, body):
    says(receiver, 200, body)

    assert await asked(stage, receiver, config) == {}


async def test_parse_reads_a_200(stage: Stage, receiver):
    says(receiver, 200, CHANGE)

    assert await asked(stage, receiver, PARSE) == {"traits": {"email": "new@example.org"}}


@pytest.mark.parametrize("body", ["", "not JSON", "[]", '{"identity": []}', '{"identity": {"traits": "ada"}}'])
async def test_parse_fails_on_a_200_that_is_not_what_it_reads(stage: Stage, receiver, body):
    says(receiver, 200, body)

    with pytest.raises(ActionFailedError) as caught:
        await asked(stage, receiver, PARSE)
    assert isinstance(caught.value.__cause__, BadReplyError)


@kinds(ASKING)
@pytest.mark.parametrize("status", [400, 401, 403, 422, 499, 501])
async def test_a_refusal_with_messages_reaches_the_person(stage: Stage, receiver, config, status):
    says(receiver, status, REFUSAL)

    with pytest.raises(ActionInterruptedError) as caught:
        await asked(stage, receiver, config)
    (said,) = caught.value.said
    (message,) = said.messages
    assert (said.node, message.id, message.text, message.type) == ("traits.email", 1234, "No robots.", "error")
    assert message.context == {"score": 0.1}


@pytest.mark.parametrize("status", [400, 403, 501])
async def test_a_hook_that_may_not_interrupt_just_fails(stage: Stage, receiver, status):
    says(receiver, status, REFUSAL)

    with pytest.raises(ActionFailedError, match=str(status)):
        await asked(stage, receiver, NEITHER)


@kinds(ASKING)
@pytest.mark.parametrize("body", ["", "<html>", "{}", '{"messages": []}', '{"messages": [{"messages": []}]}'])
async def test_a_refusal_that_says_nothing_fails_the_flow(stage: Stage, receiver, config, body):
    says(receiver, 400, body)

    with pytest.raises(ActionFailedError) as caught:
        await asked(stage, receiver, config)
    assert isinstance(caught.value.__cause__, BadReplyError)


@kinds(KINDS)
@pytest.mark.parametrize("status", [429, 500, 502, 503, 599])
async def test_a_receiver_that_is_down_can_not_interrupt_whatever_it_says(stage: Stage, receiver, config, status):
    says(receiver, status, REFUSAL)

    with pytest.raises(ActionFailedError, match=str(status)):
        await asked(stage, receiver, config)
    assert len(receiver.calls) == 3


@pytest.mark.parametrize(
    ("pointer", "node"),
    [
        pytest.param("#/traits/email", "traits.email", id="a trait"),
        pytest.param("#/traits/a~1b/c~0d", "traits.a/b.c~d", id="escapes"),
        pytest.param("traits.email", "traits.email", id="a node's name"),
        pytest.param("", "", id="the flow"),
        pytest.param("  ", "", id="blank"),
    ],
)
def test_where_a_message_belongs(pointer, node):
    (said,) = reply.said(json.dumps({"messages": [{"instance_ptr": pointer, "messages": [MESSAGE]}]}).encode())
    assert said.node == node


@pytest.mark.parametrize(
    ("given", "shown"), [("error", "error"), ("info", "info"), ("success", "info"), ("nonsense", "info")]
)
def test_what_is_no_error_is_information(given, shown):
    body = {"messages": [{"messages": [{**MESSAGE, "type": given}]}]}
    assert reply.said(json.dumps(body).encode())[0].messages[0].type == shown


@pytest.mark.parametrize(
    ("identity", "changes"),
    [
        pytest.param({}, {}, id="nothing"),
        pytest.param({"traits": {}, "metadata_public": {}, "state": ""}, {}, id="empty members change nothing"),
        pytest.param({"traits": None, "metadata_public": None}, {}, id="nor does null"),
        pytest.param({"metadata_admin": {"tier": 1}}, {"metadata_admin": {"tier": 1}}, id="what hooks can't read"),
        pytest.param({"schema_id": "s", "state": "inactive"}, {"schema_id": "s", "state": "inactive"}, id="texts"),
        pytest.param({"external_id": "crm-1"}, {"external_id": "crm-1"}, id="external id"),
        pytest.param({"external_id": ""}, {"external_id": None}, id="an empty external id clears it"),
        pytest.param({"recovery_addresses": [{"value": "a"}]}, {"recovery_addresses": [{"value": "a"}]}, id="lists"),
        pytest.param({"id": "mallory", "credentials": {}}, {}, id="what nobody may change"),
    ],
)
def test_what_a_200_changes(identity, changes):
    assert reply.edit(json.dumps({"identity": identity}).encode()) == changes


def test_a_200_without_identity_changes_nothing():
    assert reply.edit(b"{}") == {}


async def test_a_hook_sees_what_those_before_it_have_changed_and_no_admin_metadata(stage: Stage, receiver):
    body = base64_body("function(ctx) ctx.identity")
    receiver.script = [
        web.json_response({"identity": {"metadata_public": {"tier": "gold"}, "metadata_admin": {"score": 9}}}),
        web.json_response({"identity": {"traits": {"email": "new@example.org"}}}),
    ]

    changes = await stage.ask(web_hook(receiver.url, body=body, **PARSE), web_hook(receiver.url, body=body, **PARSE))

    assert receiver.calls[1].json["metadata_public"] == {"tier": "gold"}
    assert "metadata_admin" not in receiver.calls[1].json
    assert changes == {
        "metadata_public": {"tier": "gold"},
        "metadata_admin": {"score": 9},
        "traits": {"email": "new@example.org"},
    }


async def test_the_first_that_says_no_is_the_last_to_be_asked(stage: Stage, receiver):
    says(receiver, 400, REFUSAL)

    with pytest.raises(ActionInterruptedError):
        await stage.ask(web_hook(receiver.url, **PARSE), web_hook(receiver.url, **PARSE))
    assert len(receiver.calls) == 1


def maps(jsonnet):
    return {"response": {"mapping": base64_body(jsonnet)}}


CAPTCHA = """
function(ctx, response)
  if response.body.success && response.body.score > 0.5 then { identity: { metadata_admin: { via: response.headers['x-by'] } } }
  else { messages: [{ instance_ptr: '#/traits/email', messages: [{ id: 1, text: ctx.identity.traits.name + '?', type: 'error' }] }] }
"""  # noqa: E501


async def test_a_mapping_reads_any_apis_answer(stage: Stage, receiver):
    receiver.script = [web.json_response({"success": True, "score": 0.9}, headers={"X-By": "captcha"})]

    assert await asked(stage, receiver, maps(CAPTCHA)) == {"metadata_admin": {"via": "captcha"}}


async def test_a_mapping_may_say_no_to_a_200(stage: Stage, receiver):
    receiver.script = [web.json_response({"success": False, "score": 0.1})]

    with pytest.raises(ActionInterruptedError, match=r"Ada\?"):
        await asked(stage, receiver, maps(CAPTCHA))


async def test_a_mapping_may_let_people_through_a_refusal(stage: Stage, receiver):
    says(receiver, 404, "no such customer")

    assert await asked(stage, receiver, maps("function(ctx, response) null")) == {}


async def test_a_mapping_sees_a_body_that_is_no_json_as_text(stage: Stage, receiver):
    says(receiver, 200, "OK\n")
    mapping = "function(ctx, response) {identity: {metadata_public: {said: response.body, status: response.status}}}"

    changes = await asked(stage, receiver, maps(mapping))
    assert changes == {"metadata_public": {"said": "OK\n", "status": 200}}


@pytest.mark.parametrize(
    "jsonnet",
    [
        "function(ctx, response) {identitty: {}}",
        "function(ctx, response) ctx.nothing",
        "function(ctx, r) 1",
        "function(ctx, response) {message: 'no'}",
        "function(ctx, response) {messages: [{text: 'no', type: 'error'}]}",  # one level is missing
        "function(ctx, response) {messages: [{messages: []}]}",
        "function(ctx, response) {messages: [{messages: [{txt: 'no'}]}]}",
        "function(ctx, response) {messages: ['no']}",
    ],
)
async def test_a_mapping_that_fails_lets_nobody_through(stage: Stage, receiver, jsonnet):
    with pytest.raises(AnswerNotReadError):
        await asked(stage, receiver, maps(jsonnet))


def test_a_receiver_can_not_blow_up_a_form_by_many_places_or_a_long_name():
    message = {"id": 1, "text": "No.", "type": "error"}
    items = [{"instance_ptr": f"#/{number}/{'x' * 10_000}", "messages": [message] * 3} for number in range(500)]
    found = reply.said(json.dumps({"messages": items}).encode())

    assert sum(len(said.messages) for said in found) == 100
    assert max(len(said.node) for said in found) == 255
    assert len(found) == 34


async def test_a_mapping_with_nothing_to_say_lets_people_through(stage: Stage, receiver):
    assert await asked(stage, receiver, maps("function(ctx, response) {messages: []}")) == {}


async def test_a_mapping_is_not_asked_about_a_receiver_that_is_down(stage: Stage, receiver):
    says(receiver, 503)

    with pytest.raises(ActionFailedError, match="503"):
        await asked(stage, receiver, maps("function(ctx, response) null"))
