"""Could mail leave with this `courier` section? Nothing is contacted.

What would fail at every message is refused when it is stored rather than found out by somebody who waits for a code.
"""

from headwater.actions import jsonnet_check, web_hook_shape
from headwater.actions.problems import ConfigWarning, escape
from headwater.actions.templates import Templates
from headwater.core.secrets import Secret
from headwater.identity.config.section import Section, problem
from headwater.identity.courier import overrides, recipients
from headwater.identity.courier.channels import smtp_uri
from headwater.identity.courier.channels.channel import DeliveryError
from headwater.identity.courier.kinds import EMAIL
from headwater.identity.courier.mail import BadRecipientError
from headwater.mapping.evaluation import Evaluator
from headwater.net.hop import FORBIDDEN_IN_VALUES, TOKEN
from headwater.workspace.kept_secrets import KEPT


def check(courier: Section) -> None:
    """Raise ConfigProblem, naming path and reason, if messages couldn't be written or sent with it."""
    overrides.parse(courier.section("templates").value)
    _check_smtp(courier.section("smtp"))
    for request in _requests(courier):
        web_hook_shape.check(request.value, path=request.path)


async def doubts(courier: Section, *, evaluator: Evaluator, templates: Templates) -> list[ConfigWarning]:
    """Check the Jsonnet of what `check` has taken and return what is doubtful. Raises ConfigProblem naming the path."""
    found: list[ConfigWarning] = []
    for request in _requests(courier):
        if body := request.text("body", ""):
            found += await jsonnet_check.check(body, request.at("body"), evaluator=evaluator, templates=templates)
    return found


def _requests(courier: Section) -> list[Section]:
    places = (courier.section("http"), *courier.sections("channels"))
    return [place.section("request_config") for place in places if place.section("request_config").value]


def _check_smtp(smtp: Section) -> None:
    uri = smtp.text("connection_uri", "")
    if uri and not uri.startswith(KEPT):
        try:
            smtp_uri.parse(Secret(uri))
        except DeliveryError:
            reason = "must be smtp://user:password@host:port/ or smtps://…; letters such as @ in it as %40"
            raise problem(smtp.at("connection_uri"), reason) from None
    address = smtp.text("from_address", "")
    if address:
        try:
            recipients.check(address, channel=EMAIL)
        except BadRecipientError:
            raise problem(smtp.at("from_address"), "must be one plain e-mail address") from None
    headers = smtp.section("headers")
    for name in headers.value:
        if not TOKEN.fullmatch(name) or FORBIDDEN_IN_VALUES.search(headers.text(name, "")):
            raise problem(headers.at(escape(name)), "is not a header: line breaks and control characters end it")
