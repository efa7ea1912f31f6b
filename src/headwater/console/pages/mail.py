"""Mail: what was sent to people, or captured for operators to read. It is shown as text; its HTML in a frame, inert."""

from urllib.parse import quote

from headwater.console import letter_html, project_choice
from headwater.console.visit import Letter, Page, Route, Visit

SHOWN = 50
STATUSES = ("queued", "processing", "sent", "abandoned")


async def show_all(visit: Visit) -> Page:
    """Show the newest messages of a status or to a recipient, a page at a time."""
    choice = await project_choice.of(visit)
    search = {name: visit.query.get(name, "").strip() for name in ("status", "recipient")}
    found, following = await choice.people.page(
        "/admin/courier/messages", page_size=SHOWN, page_token=visit.query.get("after"), **search
    )
    names = {"choice": choice, "search": search, "statuses": STATUSES, "messages": found, "after": following}
    return Page(template="mail.html", title="Mail", names=names)


async def show(visit: Visit) -> Page:
    """Show one message with its tries."""
    choice = await project_choice.of(visit)
    path = f"/admin/courier/messages/{quote(visit.path['message'], safe='')}"
    found = await choice.people.get(path)
    has_html = bool((await choice.people.get(f"{path}/words"))["html"])
    names = {"choice": choice, "message": found, "has_html": has_html}
    return Page(template="mail_message.html", title="Message", names=names, has_frame=has_html)


async def show_html(visit: Visit) -> Letter:
    """Show the HTML of a message, as whoever got it would see it but for what is elsewhere."""
    choice = await project_choice.of(visit)
    words = await choice.people.get(f"/admin/courier/messages/{quote(visit.path['message'], safe='')}/words")
    return Letter(html=letter_html.inert(words["html"]))


ROUTES = (
    Route(path="/mail", work=show_all),
    Route(path="/mail/{message}", work=show),
    Route(path="/mail/{message}/html", work=show_html),
)
