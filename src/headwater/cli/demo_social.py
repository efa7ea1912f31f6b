"""Social sign-in in the story: a provider is configured, somebody with an account there signs up, the Action fires.

The provider knows her name and address, verified. What it can't know, whether she wants the newsletter, she is asked.
"""

import base64
import json
from typing import Any

from headwater.cli import demo_browser, demo_documents
from headwater.cli.demo_browser import Browser
from headwater.cli.demo_expectation import equal
from headwater.cli.demo_people import DOROTHY
from headwater.cli.demo_provider import Provider
from headwater.cli.demo_stage import Stage
from headwater.workspace import identify_action

PROVIDER_ID = "acme"
SUBJECT = "dorothy-vaughan"
CLAIMS = {"sub": SUBJECT, "email": DOROTHY.email, "email_verified": True, "name": DOROTHY.name}
METHOD = "/selfservice/methods/oidc"
WITNESS_SLUG = "witness"
WITNESS_HOOK = f"{identify_action.AFTER_REGISTRATION}/1"
ELIDED = {"client_secret": "…", "mapper_url": "base64://…"}
BASIC = "Basic "


def sign_up(stage: Stage, project_id: str, *, write_key: str) -> str:
    """Sign Dorothy up with her account at a provider; return the id of the new identity. Raises UnmetError."""
    logger_file = stage.folder / "provider.log"
    with Provider(claims=CLAIMS, logger_file=logger_file, environ=stage.environ, clock=stage.clock) as provider:
        stage.screen.note(f"an OpenID provider runs at {provider.issuer}, and knows one person:")
        stage.screen.document(CLAIMS)
        _configure(stage, project_id, issuer=provider.issuer)
        _call_a_witness(stage, project_id, write_key=write_key)
        with Browser(url=stage.server.url) as browser:
            identity_id = _come_through(browser, stage, issuer=provider.issuer)
    _check_what_was_sent(stage, identity_id, write_key=write_key)
    stage.shell.run("patch", "identity-config", project_id, "--remove", WITNESS_HOOK)
    return identity_id


def _configure(stage: Stage, project_id: str, *, issuer: str) -> None:
    """Set the provider with the command that Ory's users know."""
    stage.screen.command("cat mapper.jsonnet")
    for line in demo_documents.MAPPER.splitlines():
        stage.screen.note("  " + line)
    method = demo_documents.social_method(PROVIDER_ID, issuer=issuer)
    (provider,) = method["config"]["providers"]
    shown = {**method, "config": {"providers": [{**provider, **ELIDED}]}}
    _add(stage, project_id, METHOD, method, shown=json.dumps(shown, ensure_ascii=False))


def _call_a_witness(stage: Stage, project_id: str, *, write_key: str) -> None:
    """Send the same call to a tool of ours: what goes to Segment's address, nobody but Segment's owner sees."""
    action = identify_action.document(write_key, source_slug=WITNESS_SLUG, url=stage.receiver.url)
    stage.screen.note("beside the Action, a copy that calls a tool of ours: there we see what is sent")
    _add(stage, project_id, WITNESS_HOOK, action, shown="$(cat copy-of-webhook-action.json)")


def _add(stage: Stage, project_id: str, pointer: str, value: Any, *, shown: str) -> None:
    stage.shell.run(
        *("patch", "identity-config", project_id, "--add", f"{pointer}={json.dumps(value)}"),
        shown=f"patch identity-config {project_id} --add '{pointer}={shown}'",
    )


def _come_through(browser: Browser, stage: Stage, *, issuer: str) -> str:
    """Sign up as a person does: by the provider's button, on its page, and with what is asked at the end."""
    browser.open("/self-service/registration/browser")
    flow = browser.flow("registration")
    browser.send(flow["ui"]["action"], {**demo_browser.hidden_fields(flow), "provider": PROVIDER_ID})
    there = browser.address.partition("?")[0]
    equal(issuer, there[: len(issuer)], what="where the provider's button leads")
    stage.screen.note(f"Dorothy presses “Sign up with Acme” and is at {there}")
    browser.send(browser.address, {"sub": SUBJECT})
    flow = browser.flow("registration")
    known = demo_browser.filled_in(flow)
    equal({"traits.email": DOROTHY.email, "traits.name": DOROTHY.name}, known, what="what is filled in already")
    stage.screen.note("she is back; her name and address are known, and she is asked about the newsletter")
    newsletter = {"traits.consent.newsletter": str(DOROTHY.wants_newsletter).lower()}
    answered = {**demo_browser.hidden_fields(flow), **known, **newsletter, "provider": PROVIDER_ID}
    browser.send(flow["ui"]["action"], answered)
    identity = browser.ask("/sessions/whoami")["identity"]
    equal(DOROTHY.traits, identity["traits"], what="Dorothy's traits")
    stage.screen.note(f"{DOROTHY.name} <{DOROTHY.email}> is signed up and signed in: identity {identity['id']}")
    return str(identity["id"])


def _check_what_was_sent(stage: Stage, identity_id: str, *, write_key: str) -> None:
    """The tool was called before Dorothy saw her page: what has come by now is all there is."""
    calls = stage.receiver.matching(lambda delivery: delivery.headers.get("authorization", "").startswith(BASIC))
    equal(1, len(calls), what="calls of the Action")
    (call,) = calls
    user = base64.b64decode(call.headers["authorization"].removeprefix(BASIC)).decode()
    equal(f"{write_key}:", user, what="the Basic user, which is the write key, and no password")
    equal(identity_id, call.body["userId"], what="whom the Action identifies")
    stage.screen.note(f"the Action fired once and sent, as Basic user {write_key}:")
    stage.screen.document(call.body)
