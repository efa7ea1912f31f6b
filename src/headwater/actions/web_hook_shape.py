"""Is the `config` of a `web_hook` one that can be sent? Static checks only; nothing is contacted.

What would fail at every firing is refused here rather than found out by the people who sign up
(reference/ory.md 1.3 and 1.4).
"""

from typing import Any

from headwater.actions import jsonnet_check
from headwater.actions.chain import QUEUE
from headwater.actions.header_names import canonical
from headwater.actions.problems import escape, not_supported, problem
from headwater.actions.requests import API_KEY, BASIC_AUTH, CONTENT_TYPE, CONTENT_TYPES, IN_COOKIE
from headwater.actions.shape import check_choice, check_object, check_type
from headwater.core.secrets import Secret
from headwater.net import signing
from headwater.net.hop import FORBIDDEN_IN_VALUES, FORBIDDEN_METHODS, TOKEN, TRACE, parse_url
from headwater.net.outbound import BadOutboundRequestError
from headwater.net.signing import BadSigningKeyError
from headwater.workspace.kept_secrets import KEPT

KEYS = {
    "id": str,
    "url": str,
    "method": str,
    "headers": dict,
    "body": str,
    "auth": dict,
    "signing": dict,
    "response": dict,
    "can_interrupt": bool,
    "emit_analytics_event": bool,
    "expose_session_cookie": bool,
}
RESPONSE_KEYS = {"ignore": bool, "parse": bool, "on_error": str, "mapping": str}
ON_ERROR = ("fail", QUEUE)
AUTH_KEYS = {"type": str, "config": dict}
AUTH_TYPES = (API_KEY, BASIC_AUTH)
BASIC_AUTH_KEYS = {"user": str, "password": str}
API_KEY_KEYS = {"name": str, "value": str, "in": str}
API_KEY_PLACES = ("header", IN_COOKIE)
SIGNING_KEYS = {"type": str, "secrets": list}
SIGNING_TYPES = (signing.STANDARD_WEBHOOKS,)
NO_KEY = (
    f"must be {signing.PREFIX} and the base64 of {signing.MIN_KEY_BYTES} to {signing.MAX_KEY_BYTES} random bytes; "
    f"this makes one: echo {signing.PREFIX}$(head -c 32 /dev/urandom | base64 -w0)"
)


def check(config: Any, *, path: str) -> None:
    """Raise ConfigProblem, naming the path, unless `config` can become a request."""
    check_object(config, path=path, types=KEYS, required=("url", "method"))
    _check_url(config["url"], f"{path}/url")
    _check_method(config["method"], f"{path}/method")
    _check_headers(config.get("headers", {}), f"{path}/headers", method=config["method"])
    _check_auth(config.get("auth", {}), f"{path}/auth")
    _check_signing(config.get("signing"), f"{path}/signing")
    _check_response(config, path)
    _check_body(config, f"{path}/body")


def _check_url(url: str, path: str) -> None:
    try:
        address = parse_url(url)
    except BadOutboundRequestError as error:
        reason = f"must be an absolute http:// or https:// URL. {error.message.rstrip('.')}"
        raise problem(path, reason) from None
    if address.user or address.password:
        # A URL is shown to everybody who may look; auth.config is kept apart, encrypted.
        raise problem(path, "holds a user or password; put them into auth.config of an auth of type basic_auth")


def _check_method(method: str, path: str) -> None:
    if not TOKEN.fullmatch(method):
        raise problem(path, "must be an HTTP method such as POST", found=method)
    if method.upper() in FORBIDDEN_METHODS:
        raise not_supported(path, f"is {method}, which asks for a tunnel and is never sent; use POST")


def _check_headers(headers: dict[str, Any], path: str, *, method: str) -> None:
    for name, value in headers.items():
        where = f"{path}/{escape(name)}"
        if not TOKEN.fullmatch(name):
            raise problem(where, "is not a header name; letters, digits and - are safe", found=name)
        _check_value(check_type(value, str, path=where), where)
        if canonical(name) == CONTENT_TYPE and method != TRACE and value not in CONTENT_TYPES:
            reason = f"must be exactly {' or '.join(CONTENT_TYPES)}, with nothing after it"
            raise problem(where, reason, found=value, allowed=list(CONTENT_TYPES))


def _check_value(value: str, path: str) -> None:
    if FORBIDDEN_IN_VALUES.search(value):
        raise problem(path, "contains a line break or control character, which no header can carry")


def _check_auth(auth: dict[str, Any], path: str) -> None:
    if not auth:
        return
    check_object(auth, path=path, types=AUTH_KEYS, required=("type", "config"))
    check_choice(auth["type"], AUTH_TYPES, path=f"{path}/type", what="auth type")
    config, where = auth["config"], f"{path}/config"
    if auth["type"] == BASIC_AUTH:
        check_object(config, path=where, types=BASIC_AUTH_KEYS, required=BASIC_AUTH_KEYS)
        return
    check_object(config, path=where, types=API_KEY_KEYS, required=API_KEY_KEYS)
    check_choice(config["in"], API_KEY_PLACES, path=f"{where}/in", what="place for an api_key")
    if not TOKEN.fullmatch(config["name"]):
        raise problem(f"{where}/name", "is not the name of a header or cookie")
    _check_value(config["value"], f"{where}/value")


def _check_signing(config: dict[str, Any] | None, path: str) -> None:
    if config is None:
        return
    check_object(config, path=path, types=SIGNING_KEYS, required=SIGNING_KEYS)
    check_choice(config["type"], SIGNING_TYPES, path=f"{path}/type", what="way of signing")
    secrets, where = config["secrets"], f"{path}/secrets"
    if not 1 <= len(secrets) <= signing.MAX_KEYS:
        raise problem(where, "must be a list of one key, or of two while one takes the other's place")
    for number, text in enumerate(secrets):
        check_type(text, str, path=f"{where}/{number}")
        if text.startswith(KEPT):
            continue  # looked at when it was written
        try:
            signing.key(Secret(text))
        except BadSigningKeyError:
            raise problem(f"{where}/{number}", NO_KEY) from None


def _check_response(config: dict[str, Any], path: str) -> None:
    response = check_object(config.get("response", {}), path=f"{path}/response", types=RESPONSE_KEYS)
    if "on_error" in response:
        check_choice(response["on_error"], ON_ERROR, path=f"{path}/response/on_error", what="choice")
    is_ignored = response.get("ignore", False)
    is_asked = bool(response.get("parse") or response.get("mapping") or config.get("can_interrupt"))
    if is_ignored and is_asked:
        raise problem(
            f"{path}/response/ignore",
            "can't go with response.parse, response.mapping or can_interrupt: an ignored answer is unread",
        )
    if is_ignored and response.get("on_error") == "fail":
        raise problem(f"{path}/response/on_error", 'can\'t be "fail" with response.ignore: nobody waits for the answer')
    is_queued = is_ignored or response.get("on_error") == QUEUE
    if is_queued and config.get("expose_session_cookie", False):
        raise problem(
            f"{path}/expose_session_cookie", "can't go with a queued hook: what is queued never holds cookies"
        )
    if is_asked and response.get("on_error") == QUEUE:
        reason = 'can\'t be "queue" where the answer is waited for (response.parse, response.mapping, can_interrupt): '
        raise problem(f"{path}/response/on_error", reason + "it would come too late")


def _check_body(config: dict[str, Any], path: str) -> None:
    """Check where the Jsonnet comes from; what it says is the evaluator's business."""
    body = config.get("body", "")
    if not body:
        if config["method"] != TRACE:
            raise problem(path, "is missing; give the Jsonnet as base64://…: every method but TRACE needs one")
        return
    jsonnet_check.check_address(body, path)
