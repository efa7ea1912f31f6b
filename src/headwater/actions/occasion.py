"""One firing of a trigger: who it is about, and the `ctx` that its Jsonnet sees (reference/ory.md 1.5).

What must never leave is taken out here, before any snippet of anybody's runs: credentials, admin metadata, our
own session and CSRF cookies, a link's token and a provider's code. Pure.
"""

import uuid
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any

import msgspec

from headwater.actions import reply, shown_url
from headwater.actions.chain import Hook, Trigger
from headwater.actions.header_names import canonical
from headwater.actions.reply import Edit
from headwater.core.secrets import Sealer

DEFAULT_HEADER_ALLOWLIST = (
    "Accept",
    "Accept-Encoding",
    "Accept-Language",
    "Content-Length",
    "Content-Type",
    "Origin",
    "Priority",
    "Referer",
    "Sec-Ch-Ua",
    "Sec-Ch-Ua-Mobile",
    "Sec-Ch-Ua-Platform",
    "Sec-Fetch-Dest",
    "Sec-Fetch-Mode",
    "Sec-Fetch-Site",
    "Sec-Fetch-User",
    "True-Client-Ip",
    "User-Agent",
)
# Kratos's code reads the first, Ory's documentation names the second.
ALLOWLIST_SECTIONS = ("clients", "actions")
HIDDEN_OF_IDENTITY = frozenset({"credentials", "metadata_admin"})
COOKIE = "Cookie"
REFERER = "Referer"

# A flow of these kinds succeeds once, ever; the others may be submitted again and then mean something new.
ONE_TIME_FLOWS = frozenset({"registration"})
TRIGGER_ID = "trigger id"
UUID_BYTES = 16


class InboundRequest(msgspec.Struct, frozen=True, kw_only=True):
    """The person's request. `url` is absolute; header names may have any case."""

    method: str
    url: str
    headers: dict[str, list[str]] = {}
    cookies: dict[str, str] = {}
    client_ip: str = ""


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """What we tell beside Ory's ctx, under names that it doesn't have; what is None is left out.

    `previous_identity` is who somebody was before the change, `claims` what the provider named `provider` says,
    `trigger` what an operator did, such as `identity.created`.
    """

    trigger: str | None = None
    previous_identity: dict[str, Any] | None = None
    claims: dict[str, Any] | None = None
    provider: str | None = None


NO_FACTS = Facts()


class Occasion(msgspec.Struct, frozen=True, kw_only=True):
    """One firing. `own_cookies` are back in the ctx of those hooks only that have `expose_session_cookie`.

    `identity_id` is None before a flow, when nobody knows who it is.
    """

    project_id: str
    identity_id: str | None
    trigger: Trigger
    context: dict[str, Any]
    own_cookies: dict[str, str] = {}

    @property
    def flow_id(self) -> str | None:
        """The flow, None where there is none."""
        return (self.context.get("flow") or {}).get("id")


def context(
    *,
    flow: dict[str, Any] | None,
    identity: dict[str, Any] | None,
    session: dict[str, Any] | None,
    request: InboundRequest,
    header_allowlist: Collection[str] | None = None,
    own_cookies: frozenset[str] = frozenset(),
    expose_session_cookie: bool = False,
    facts: Facts = NO_FACTS,
) -> dict[str, Any]:
    """Return the `ctx` of every hook at this trigger. What is None is left out: templates ask `std.objectHas`.

    `own_cookies` names our session and CSRF cookies, which are withheld unless `expose_session_cookie`.
    """
    withheld = frozenset() if expose_session_cookie else own_cookies
    ctx: dict[str, Any] = {
        **({} if flow is None else {"flow": _safe_flow(flow)}),
        "request_headers": _allowed(request.headers, header_allowlist, withheld),
        "request_method": request.method,
        "request_url": shown_url.without_keys(request.url),
        "request_cookies": _without(request.cookies, withheld),
    }
    if identity is not None:
        ctx["identity"] = _without(identity, HIDDEN_OF_IDENTITY)
    if session is not None:
        ctx["session"] = _with_safe_identity(session)
    return ctx | _ours(facts, client_ip=request.client_ip)


def _ours(facts: Facts, *, client_ip: str) -> dict[str, Any]:
    previous = facts.previous_identity
    found = {
        "trigger": facts.trigger,
        "previous_identity": None if previous is None else _without(previous, HIDDEN_OF_IDENTITY),
        "claims": facts.claims,
        "provider": facts.provider,
        "client_ip": client_ip or None,
    }
    return {name: value for name, value in found.items() if value is not None}


def edited(occasion: Occasion, changes: Edit) -> Occasion:
    """Return the occasion as a hook sees it after others have changed the identity."""
    identity = occasion.context.get("identity")
    if not changes or identity is None:
        return occasion
    context = {**occasion.context, "identity": reply.applied(identity, changes)}
    return msgspec.structs.replace(occasion, context=context)


def for_hook(occasion: Occasion, *, exposes_cookies: bool) -> dict[str, Any]:
    """Return the ctx for a hook; one that asked for our own cookies sees those, too."""
    if not exposes_cookies:
        return occasion.context
    cookies = {**occasion.context["request_cookies"], **occasion.own_cookies}
    return {**occasion.context, "request_cookies": cookies}


def shown_to(hook: Hook, occasion: Occasion) -> dict[str, Any]:
    """Return the ctx that this hook sees."""
    if hook.is_queued or hook.queues_on_error:
        return without_cookies(occasion)
    return for_hook(occasion, exposes_cookies=hook.config.get("expose_session_cookie") is True)


def without_cookies(occasion: Occasion) -> dict[str, Any]:
    """Return the ctx for a queued hook: what it renders is kept for days, so no cookie may be in it."""
    headers = _without(occasion.context["request_headers"], {COOKIE})
    return {**occasion.context, "request_headers": headers, "request_cookies": {}}


def trigger_id(occasion: Occasion, hook: Hook, *, sealer: Sealer, new_id: Callable[[], str]) -> str:
    """Return the id of `hook` firing on this occasion.

    A sign-up that is submitted again because a hook failed is the same occasion: its hooks fire under the same
    ids, so that a receiver which had the first call can tell, and our own log stores it once. It takes the
    installation's key to know one: mallory, who learns the ids of a flow and of a person, must not be able to use
    it up at a receiver, or in our log, before it is fired.
    """
    identity_id, flow_id = occasion.identity_id, occasion.flow_id
    if occasion.trigger.flow not in ONE_TIME_FLOWS or not flow_id or not identity_id:
        return new_id()
    hashed = sealer.keyed_hash(f"{identity_id} {flow_id} {hook.path}", context=TRIGGER_ID)
    return str(uuid.UUID(bytes=hashed[:UUID_BYTES], version=4))


def header_allowlist(document: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the request headers that this identity-config lets hooks see."""
    for section in ALLOWLIST_SECTIONS:
        names: Any = document
        for step in (section, "web_hook", "header_allowlist"):
            names = names.get(step) if isinstance(names, Mapping) else None
        if isinstance(names, list):
            return tuple(name for name in names if isinstance(name, str))
    return DEFAULT_HEADER_ALLOWLIST


def _allowed(
    headers: Mapping[str, list[str]], allowlist: Collection[str] | None, withheld: frozenset[str]
) -> dict[str, list[str]]:
    names = {canonical(name) for name in (DEFAULT_HEADER_ALLOWLIST if allowlist is None else allowlist)}
    shown: dict[str, list[str]] = {}
    for name, values in headers.items():
        if canonical(name) in names:
            shown.setdefault(canonical(name), []).extend(values)
    if COOKIE in shown:
        # An operator may allow-list Cookie for their own ones; ours must not come along.
        shown[COOKIE] = [text for value in shown[COOKIE] for text in _other_cookies(value, withheld)]
    if REFERER in shown:
        shown[REFERER] = [shown_url.without_keys(value) for value in shown[REFERER]]
    return shown


def _other_cookies(header: str, withheld: frozenset[str]) -> Iterable[str]:
    pairs = [pair.strip() for pair in header.split(";")]
    kept = [pair for pair in pairs if pair.partition("=")[0].strip() not in withheld]
    if kept:
        yield "; ".join(kept)


def _safe_flow(flow: dict[str, Any]) -> dict[str, Any]:
    """A flow keeps the address that it was begun with: a link's, where the link needed a fresh one."""
    safe = _with_safe_identity(flow)
    return {**safe, "request_url": shown_url.without_keys(safe["request_url"])} if "request_url" in safe else safe


def _with_safe_identity(holder: dict[str, Any]) -> dict[str, Any]:
    inner = holder.get("identity")
    return {**holder, "identity": _without(inner, HIDDEN_OF_IDENTITY)} if isinstance(inner, dict) else holder


def _without(members: Mapping[str, Any], names: Collection[str]) -> dict[str, Any]:
    return {name: value for name, value in members.items() if name not in names}
