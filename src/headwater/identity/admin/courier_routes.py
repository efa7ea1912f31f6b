"""Ory's admin API for messages: what the courier sent, or keeps for operators to read. Every route has a guard."""

from typing import Any
from urllib.parse import urlencode

from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from headwater.identity.admin.shield import Shield
from headwater.identity.courier.mailbox import DEFAULT_PAGE_SIZE, BadMessageListingError, Filters, Mailbox, MessagePage
from headwater.web.access import needs

Incoming = Request[Any, Any, Any]
Messages = NamedDependency[Mailbox]
OfOperators = NamedDependency[Shield]

PATH = "/admin/courier/messages"


@get("/courier/messages", guards=[needs("mail.read")])
async def list_messages(request: Incoming, mailbox: Messages, shield: OfOperators) -> Response[Any]:
    query = request.query_params
    # An empty status is one that doesn't exist, not none at all: as in Kratos.
    if query.get("status") == "":
        raise BadMessageListingError("status is empty. Leave it out to list messages of every status.")
    filters = Filters(status=query.get("status", ""), recipient=query.get("recipient", ""))
    size, token = _size(query.get("page_size")), query.get("page_token") or None
    page = await mailbox.page(filters, size=size, token=token, withheld=shield.mail(request))
    return Response(list(page.views), headers={"Link": _link(page, filters)})


@get("/courier/messages/{message_id:str}", guards=[needs("mail.read")])
async def get_message(
    message_id: FromPath[str], request: Incoming, mailbox: Messages, shield: OfOperators
) -> Response[Any]:
    return Response(await mailbox.get(message_id, withheld=shield.mail(request)))


@get("/courier/messages/{message_id:str}/words", guards=[needs("mail.read")])
async def get_words(
    message_id: FromPath[str], request: Incoming, mailbox: Messages, shield: OfOperators
) -> Response[Any]:
    """Ours: Ory's message has no place for the HTML of a mail. As JSON, so that nothing in it is ever run here."""
    return Response(await mailbox.words(message_id, withheld=shield.mail(request)))


HANDLERS = (list_messages, get_message, get_words)


def _size(text: str | None) -> int:
    if not text:
        return DEFAULT_PAGE_SIZE
    try:
        return int(text)
    except ValueError as error:
        raise BadMessageListingError("page_size must be a whole number.") from error


def _link(page: MessagePage, filters: Filters) -> str:
    """Return the first and next page's addresses; filters stay."""
    kept = {"status": filters.status, "recipient": filters.recipient}
    same = {"page_size": page.size, **{name: value for name, value in kept.items() if value}}
    links = [("first", same), *([("next", {**same, "page_token": page.next_token})] if page.next_token else [])]
    return ",".join(f'<{PATH}?{urlencode(parameters)}>; rel="{rel}"' for rel, parameters in links)
