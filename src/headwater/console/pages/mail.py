"""Mail: what was sent to people, or captured for operators to read. Everything in it is shown as text."""

from urllib.parse import quote

from headwater.console import project_choice
from headwater.console.visit import Page, Route, Visit

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
    found = await choice.people.get(f"/admin/courier/messages/{quote(visit.path['message'], safe='')}")
    return Page(template="mail_message.html", title="Message", names={"choice": choice, "message": found})


ROUTES = (Route(path="/mail", work=show_all), Route(path="/mail/{message}", work=show))
