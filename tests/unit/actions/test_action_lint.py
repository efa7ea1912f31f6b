"""Jsonnet that runs for whoever wrote it and fails for somebody: found at patch time, named, never refused."""

import re

import pytest
from actions_stage import base64_body, item, occasion

from headwater.actions import lint
from headwater.actions.chain import Trigger
from headwater.actions.lint import Lint
from headwater.actions.samples import Sample
from headwater.core.clock import SystemClock
from headwater.mapping.evaluation import MappingBusyError

REGISTRATION = "/selfservice/flows/registration/after/password/hooks/0/config/body"
ADA = {
    "id": "ada-id",
    "traits": {"email": "ada@example.org", "consent": {"newsletter": True, "sms": True}, "tags": ["x"]},
}
SPARSE = {"id": "ada-id", "traits": {"email": "ada@example.org", "consent": {}, "tags": ["x"]}}
BARE = {"id": "ada-id", "traits": {"email": "ada@example.org", "tags": []}}
FLOW = {"id": "flow-1", "type": "api"}
CLAIMS = {"sub": "a", "email": "ada@example.org"}
# The guide's own, in its essence: written for a schema that has consent.
GUIDE = """function(ctx) {
  userId: ctx.identity.id,
  traits: {email: ctx.identity.traits.email, newsletterConsent: ctx.identity.traits.consent.newsletter},
}"""


def samples(trigger):
    """Return what identity would, in small: one schema, social sign-in by oidc, nobody known before a flow."""
    lost = [] if trigger.method == "oidc" else ["claims"]
    lost += ["identity"] if trigger.moment == "before" else []
    lost += ["session"] if trigger.flow == "registration" else []
    members = {"identity": ADA, "session": {"id": "s-1"}, "claims": CLAIMS}
    there = {name: value for name, value in members.items() if name not in lost}
    full = made(flow=FLOW | {"transient_payload": {}}, request_headers={"User-Agent": ["x"]}, **there)
    bare = [made(flow=FLOW, **{**there, "identity": less} if "identity" in there else there) for less in (BARE, SPARSE)]
    elsewhere = {name: members[name] for name in lost}
    open_ = (("identity", "traits"), ("flow", "transient_payload"))
    return [Sample(schema_id="default", full=full, bare=tuple(bare), elsewhere=elsewhere, open=open_)]


def made(**context):
    whole = occasion(**context)
    return (
        whole
        if "identity" in context
        else type(whole)(
            project_id="p",
            identity_id=None,
            trigger=whole.trigger,
            context={name: value for name, value in whole.context.items() if name != "identity"},
        )
    )


def config(*hooks, flow="registration", moment="after", method="password"):
    place = {"hooks": list(hooks)}
    return {"selfservice": {"flows": {flow: {moment: {method: place} if method else place}}}}


@pytest.fixture
def said(evaluator):
    """Lint a hook with this Jsonnet; gives the messages."""

    async def found(jsonnet, *, config_of=config, clock=None, ours=samples, **more):
        hook = item(body=base64_body(jsonnet), response={"ignore": True}, **more)
        one = Lint(evaluator=evaluator, clock=clock or SystemClock(), samples=ours)
        return [warning.message for warning in await one.warnings(config_of(hook))]

    return found


async def test_the_guide_s_snippet_is_told_of_the_trait_that_isn_t_required(said):
    first, second = await said(GUIDE)

    whole = (
        f"{REGISTRATION}: ctx.identity.traits.consent can be missing here (trait of schema default that isn't required)"
    )
    assert first.startswith(f"{whole}; use std.get or std.objectHas. body:3:")
    assert "ctx.identity.traits.consent.newsletter can be missing here" in second


@pytest.mark.parametrize(
    "jsonnet",
    [
        "function(ctx) {id: ctx.identity.id, email: ctx.identity.traits.email}",
        "function(ctx) {c: std.get(std.get(ctx.identity.traits, 'consent', {}), 'newsletter')}",
        "function(ctx) if std.objectHas(ctx.identity.traits, 'phone') then {p: ctx.identity.traits.phone} else {}",
        "function(ctx) error 'cancel'",
        "function(ctx) if !std.objectHas(ctx.identity.traits, 'consent') then error 'cancel' else {}",
        "function(ctx) {s: if std.objectHas(ctx, 'session') then ctx.session.id}",
    ],
)
async def test_what_asks_first_is_left_in_peace(said, jsonnet):
    assert [] == await said(jsonnet)


@pytest.mark.parametrize(
    ("jsonnet", "words"),
    [
        ("{t: ctx.identity.traits.tags[0]}", "ctx.identity.traits.tags can be empty here"),
        (
            "{p: ctx.flow.transient_payload}",
            "ctx.flow.transient_payload can be missing here (a client needn't send it)",
        ),
        ("{p: ctx.flow.transient_payload.plan}", "ctx.flow.transient_payload.plan can be missing here"),
        ("{u: ctx.request_headers['User-Agent'][0]}", "ctx.request_headers['User-Agent'] can be missing here"),
        ("{p: ctx.identity.traits.phone}", "ctx.identity.traits.phone isn't there: schema default has no such trait"),
        ("{s: ctx.session.id}", "ctx.session isn't there: after registration ctx has no session"),
        ("{i: ctx.identiy.id}", "fails on a sample of schema default that has everything: body:1:"),
        ("{a: error 'my words'}", "my words"),
    ],
)
async def test_what_fails_for_somebody_is_named_once_and_alone(said, jsonnet, words):
    [message] = await said(f"function(ctx) {jsonnet}")

    assert words in message


async def test_every_culprit_is_named_and_nothing_that_is_innocent(said):
    messages = await said(
        "function(ctx) [ctx.identity.traits.consent, ctx.request_headers['User-Agent'], ctx.identity.id, ctx.flow.id]"
    )

    named = {re.search(r"ctx\S+", message)[0] for message in messages}
    assert {"ctx.identity.traits.consent", "ctx.request_headers['User-Agent']"} == named


async def test_before_a_flow_there_is_nobody_and_that_is_what_is_said(said):
    [message] = await said(
        "function(ctx) {id: ctx.identity.id}",
        config_of=lambda hook: config(hook, flow="login", moment="before", method=None),
    )

    assert "ctx.identity isn't there: there is no identity before a flow" in message


async def test_a_global_hook_is_tried_for_every_method_that_reaches_it_and_no_other(said):
    def document(hook):
        whole = config(hook, method=None)
        whole["selfservice"]["flows"]["registration"]["after"]["code"] = {"hooks": [item(url="https://own.test/")]}
        return whole

    [message] = await said("function(ctx) {c: ctx.claims.sub}", config_of=document)

    assert "/after/hooks/0/config/body (after registration by password or webauthn or passkey): ctx.claims" in message


async def test_what_never_runs_is_not_tried(said):
    assert [] == await said(GUIDE, config_of=lambda hook: config(hook, flow="login", moment="before", method="code"))


async def test_a_form_that_is_no_form_fails_on_its_first_person(said):
    [message] = await said("function(ctx) {n: 1}", headers={"Content-Type": "application/x-www-form-urlencoded"})

    assert "must give an object of texts" in message


async def test_kept_secrets_and_signing_keys_that_nobody_has_at_hand_do_not_matter(said):
    auth = {"type": "basic_auth", "config": {"user": "secret://x", "password": "secret://y"}}
    signing = {"type": "standard_webhooks", "secrets": ["secret://z"]}

    assert [] == await said("function(ctx) {id: ctx.identity.id}", auth=auth, signing=signing)


async def test_a_mapping_is_tried_on_people_too(said):
    mapping = "function(ctx, response) if ctx.identity.traits.consent.newsletter then null else {identity: {}}"

    def document(hook):
        hook["config"]["response"] = {"mapping": base64_body(mapping)}
        return config(hook)

    messages = await said("function(ctx) {}", config_of=document)
    assert messages[0].startswith(f"{REGISTRATION.removesuffix('body')}response/mapping: ctx.identity.traits.consent")


@pytest.mark.parametrize(
    "mapping",
    [
        "function(ctx) null",
        "{ a: 1 }",
        "function(ctx, response) false",
        "function(ctx, response) if ctx.nope then null",
        "function(ctx, response) { message: 'no' }",
        "function(ctx, response) { messages: [{ text: 'no' }] }",
    ],
)
async def test_a_mapping_that_no_answer_can_please_is_told_before_it_fails_every_sign_up(said, mapping):
    def document(hook):
        hook["config"]["response"] = {"mapping": base64_body(mapping)}
        return config(hook)

    (message,) = await said("function(ctx) {}", config_of=document)
    assert message.startswith(f"{REGISTRATION.removesuffix('body')}response/mapping ")


async def test_of_a_mapping_that_reads_an_answer_which_nobody_knows_nothing_is_claimed(said):
    mapping = "function(ctx, response) if response.body.data.score < 1 then error 'x' else null"

    def document(hook):
        hook["config"]["response"] = {"mapping": base64_body(mapping)}
        return config(hook)

    assert [] == await said("function(ctx) {}", config_of=document)


async def test_a_program_that_runs_away_is_told_of_and_tried_once(evaluator):
    counted = Counting(evaluator)
    hook = item(body=base64_body("function(ctx) local f(n) = f(n + 1) + 1; f(0)"), response={"ignore": True})

    [warning] = await Lint(evaluator=counted, clock=SystemClock(), samples=samples).warnings(config(hook))
    assert "ran into a limit" in warning.message
    assert 1 == counted.number


async def test_a_document_of_many_programs_is_tried_for_so_long_and_what_is_left_out_is_said(evaluator):
    class Hurried:
        passed = 0.0

        def monotonic(self):
            self.passed += lint.MAX_SECONDS / 4
            return self.passed

    hooks = [item(url=f"https://r.test/{number}", body=base64_body("function(ctx) {}")) for number in range(4)]
    found = await Lint(evaluator=evaluator, clock=Hurried(), samples=samples).warnings(config(*hooks))

    [warning] = found
    assert lint.NOT_TRIED == warning.code
    assert "more than 5 s" in warning.message
    assert "/hooks/0/" not in warning.message
    assert "/hooks/3/config/body" in warning.message


async def test_no_document_costs_more_than_its_evaluations(evaluator):
    counted = Counting(evaluator)
    many = list(samples(Trigger(flow="registration", method="password"))) * (lint.MAX_EVALUATIONS // 2)
    found = await Lint(evaluator=counted, clock=Still(), samples=lambda _trigger: many).warnings(
        config(item(body=base64_body("function(ctx) {}")))
    )

    assert lint.MAX_EVALUATIONS == counted.number
    assert [lint.NOT_TRIED] == [warning.code for warning in found]


async def test_a_busy_sandbox_is_no_verdict(evaluator):
    class Busy:
        async def evaluate(self, _snippet, **_arguments):
            raise MappingBusyError

    [warning] = await Lint(evaluator=Busy(), clock=SystemClock(), samples=samples).warnings(config(item()))
    assert lint.NOT_TRIED == warning.code


class Still:
    def monotonic(self):
        return 0.0


class Counting:
    def __init__(self, evaluator):
        self._evaluator = evaluator
        self.number = 0

    async def evaluate(self, snippet, *, arguments):
        self.number += 1
        return await self._evaluator.evaluate(snippet, arguments=arguments)


async def test_an_operators_change_has_no_flow_and_whoever_reads_one_is_told(said):
    def ours(trigger):
        full = made(identity=ADA, trigger=f"identity.{trigger.method}")
        context = {name: value for name, value in full.context.items() if name != "flow"}
        full = type(full)(project_id="p", identity_id="a", trigger=trigger, context=context)
        return [Sample(schema_id="default", full=full, elsewhere={"flow": FLOW})]

    def after_creation(hook):
        return {"identity": {"after": {"created": {"hooks": [hook]}}}}

    read = "function(ctx) {what: ctx.trigger, flow: ctx.flow.id}"
    (warning,) = await said(read, config_of=after_creation, ours=ours)
    assert warning.startswith("/identity/after/created/hooks/0/config/body: ctx.flow isn't there")
    assert "an operator's change" in warning
    assert await said("function(ctx) {what: ctx.trigger}", config_of=after_creation, ours=ours) == []
