"""The password-migration hook: asks the system that people come from whether a password is theirs (reference 1.12).

Unlike every other Action it carries a password. So nothing of it is kept: it has no place in the delivery log, it is
never queued, and what it rendered, its Jsonnet's own words included, is quoted nowhere.
"""

import base64
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any

import msgspec
import structlog

from headwater.actions import client_rules, requests, sending, web_hook_shape
from headwater.actions import occasion as occasions
from headwater.actions.chain import Hook
from headwater.actions.errors import UnusableHookError
from headwater.actions.occasion import InboundRequest
from headwater.actions.problems import not_supported
from headwater.actions.sending import Answer, Parcel, Post
from headwater.actions.shape import check_object
from headwater.actions.templates import EMBEDDED, Templates
from headwater.core import ids
from headwater.core.clock import Clock
from headwater.core.errors import HeadwaterError
from headwater.core.secrets import Secret
from headwater.mapping.evaluation import Evaluator, MappingBusyError, MappingError
from headwater.net.classify import describe
from headwater.net.hop import TRACE
from headwater.net.outbound import Request, Sender, SendError

STEPS = ("selfservice", "methods", "password", "config", "migrate_hook")
PATH = "/" + "/".join(STEPS)
NAME = "migrate_hook"
KEYS = {"enabled": bool, "config": dict}
# A web hook's, but for what is about the delivery log, the answer and our session.
CONFIG_KEYS = {
    name: web_hook_shape.KEYS[name]
    for name in ("url", "method", "headers", "body", "auth", "signing", "emit_analytics_event")
}
DEFAULT_BODY = base64.b64encode(b"function(ctx) {identifier: ctx.identifier, password: ctx.password}").decode()
DEFAULTS = {"method": "POST", "body": f"base64://{DEFAULT_BODY}"}

MOST_REPLY_BYTES = 1024
MATCH = "password_match"
# The person's own way in, which no other system needs to see.
WITHHELD_HEADERS = frozenset({"authorization", "x-session-token"})

logger = structlog.get_logger(__name__)


class PasswordNotCheckedError(HeadwaterError):
    """Your password can't be checked at the moment, because the system that knows it did not answer. Try again soon."""

    code = "password_not_checked"
    status = 502


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """Is this password theirs? `identifier` is the one we know them by, as we keep it, never as it was typed.

    Another system may tell `Ada` from `ada`: asked about the first, it would answer for somebody else.
    """

    identifier: str
    password: Secret
    identity: dict[str, Any]
    flow: dict[str, Any]
    request: InboundRequest
    own_cookies: frozenset[str] = frozenset()


class _Reply(msgspec.Struct):
    status: str = ""


def hook_or_none(document: Mapping[str, Any]) -> Hook | None:
    """Return the hook, None while it isn't enabled."""
    found = _found(document)
    config = found.get("config") if isinstance(found, Mapping) else None
    if not isinstance(found, Mapping) or found.get("enabled") is not True or not isinstance(config, Mapping):
        return None
    return Hook(path=PATH, name=NAME, config={**DEFAULTS, **config}, rules=client_rules.of(document))


def check(document: Mapping[str, Any]) -> Hook | None:
    """Return the hook as it would run, None if it is switched off. Raises ConfigProblem, naming the path."""
    found = _found(document)
    if found is None:
        return None
    check_object(found, path=PATH, types=KEYS)
    if "config" in found or found.get("enabled"):
        where = f"{PATH}/config"
        config = check_object(found.get("config", {}), path=where, types=CONFIG_KEYS, required=("url",))
        whole = {**DEFAULTS, **config}
        if whole["method"] == TRACE:
            raise not_supported(f"{where}/method", "is TRACE, which carries no password; use POST")
        web_hook_shape.check(whole, path=where)
    return hook_or_none(document)


class PasswordMigration:
    """Asks. One per installation."""

    def __init__(
        self,
        *,
        evaluator: Evaluator,
        sender: Sender,
        clock: Clock,
        new_id: Callable[[], str] = ids.new_uuid,
        templates: Templates = EMBEDDED,
    ) -> None:
        self._evaluator = evaluator
        self._templates = templates
        self._post = Post(sender=sender, clock=clock, new_id=new_id)

    async def agrees(self, hook: Hook, question: Question) -> bool:
        """Tell whether the receiver of `hook` says that the password is theirs; what was cancelled wasn't said.

        Raises PasswordNotCheckedError where it says neither yes nor no, MappingBusyError.
        """
        request = await self._request_or_none(hook, question)
        if request is None:
            return False
        is_stamped = hook.config.get("emit_analytics_event") is not False
        parcel = Parcel(request=request, trigger_id=self._post.new_id(), is_stamped=is_stamped)
        sent = await sending.send(parcel, post=self._post)
        return _is_yes(sent.answer)

    async def _request_or_none(self, hook: Hook, question: Question) -> Request | None:
        try:
            return await requests.build_or_none(
                hook, _context(question), evaluator=self._evaluator, templates=self._templates
            )
        except MappingBusyError:
            raise
        except UnusableHookError as error:
            raise _failure(error.message) from None
        except MappingError as error:
            # Its message may quote the password: `error ctx.password` is Jsonnet, too.
            raise _failure(f"its Jsonnet gives no request ({error.code})") from None


def _context(question: Question) -> dict[str, Any]:
    """Return the ctx. As in Kratos, the allowlist of headers doesn't hold here."""
    shown = occasions.context(
        flow=question.flow,
        identity=question.identity,
        session=None,
        request=question.request,
        header_allowlist=[name for name in question.request.headers if name.lower() not in WITHHELD_HEADERS],
        own_cookies=question.own_cookies,
    )
    return {**shown, "identifier": question.identifier, "password": question.password.reveal()}


def _is_yes(answer: Answer) -> bool:
    if isinstance(answer, SendError):
        raise _failure(answer.message)
    if answer.status == HTTPStatus.FORBIDDEN:
        return False
    if answer.status != HTTPStatus.OK:
        raise _failure(f"the receiver answered {describe(answer.status)}; yes and no are 200, no may be 403")
    if len(answer.body) > MOST_REPLY_BYTES:
        return False
    try:
        return msgspec.json.decode(answer.body, type=_Reply).status == MATCH
    except (msgspec.DecodeError, UnicodeDecodeError):
        return False


def _failure(reason: str) -> PasswordNotCheckedError:
    logger.warning("password_not_checked", hook=PATH, reason=reason)
    return PasswordNotCheckedError()


def _found(document: Mapping[str, Any]) -> Any:
    found: Any = document
    for step in STEPS:
        found = found.get(step) if isinstance(found, Mapping) else None
    return found
