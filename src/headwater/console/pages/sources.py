"""Sources: made from a catalogue, their write keys, the schema seen, what was refused from them."""

from typing import Any

from headwater.console import chart_period, snippets, volume_charts, whole_numbers
from headwater.console.asking import ApiRefusalError
from headwater.console.visit import Elsewhere, Page, Route, Visit

PATH = "/console/sources"
KINDS = (
    ("http-api", "Any client", "Whatever speaks the tracking API: your server, a script, curl."),
    ("website", "Website", "analytics.js in people's browsers. Their IP address and user agent become part of events."),
    ("mobile", "Mobile app", "iOS, Android, React Native. The sender's IP address becomes part of events."),
    ("server", "Server", "A backend with one of the server libraries."),
    (
        "ory-actions",
        "Sign-ups (Ory Actions)",
        "A web_hook of your identity project that turns people into identify calls.",
    ),
)
LAST_DAY = chart_period.DEFAULT
CONNECTED = ("/console", PATH)


async def show_all(visit: Visit) -> Page:
    """List them with what each sent in the last day, and what was dropped and is nobody's."""
    rejected = (await visit.api.get("/api/rejected-events"))["rejected_events"]
    volume = await visit.api.get("/api/event-volume", since=LAST_DAY.since, step=LAST_DAY.step)
    names = {
        "sources": (await visit.api.get("/api/sources"))["sources"],
        "lately": {one["source"]: one["total"] for one in volume["sources"]},
        "rejected": [one for one in rejected if one["source"] is None],
    }
    return Page(template="sources.html", title="Sources", names=names)


async def show_new(visit: Visit) -> Page:
    """Show the catalogue and the form."""
    return _form(visit)


async def create(visit: Visit) -> Elsewhere | Page:
    """Make one, and go where it is shown."""
    wish = {
        "name": visit.form.get("name", ""),
        "kind": visit.form.get("kind", "http-api"),
        "strict": "strict" in visit.form,
    }
    try:
        made = await visit.api.post("/api/sources", wish)
    except ApiRefusalError as refusal:
        return _form(visit, problem=refusal.message, status=refusal.status)
    then = visit.form.get("then", "")
    return Elsewhere(path=then if then == "/console" else f"{PATH}/{made['slug']}", notice="source-created")


async def show(visit: Visit) -> Page:
    """Show one source."""
    return await _one(visit, visit.path["source"])


async def change(visit: Visit) -> Elsewhere | Page:
    """Save its name, whether it is on and strict, and how much it may send."""
    slug, limit = visit.path["source"], visit.form.get("rate_limit", "").strip()
    if limit and not whole_numbers.is_one(limit):
        return await _one(visit, slug, problem="The rate limit is a whole number of events per second, or nothing.")
    wish: dict[str, Any] = {
        "name": visit.form.get("name", ""),
        "enabled": "enabled" in visit.form,
        "strict": "strict" in visit.form,
        "rate_limit": int(limit) if limit else None,
    }
    try:
        await visit.api.patch(f"/api/sources/{slug}", wish)
    except ApiRefusalError as refusal:
        return await _one(visit, slug, problem=refusal.message)
    return Elsewhere(path=f"{PATH}/{slug}", notice="source-changed")


async def remove(visit: Visit) -> Elsewhere:
    """Delete it. What it sent stays."""
    await visit.api.delete(f"/api/sources/{visit.path['source']}")
    return Elsewhere(path=PATH, notice="source-deleted")


async def create_key(visit: Visit) -> Elsewhere:
    """Make one write key more: the first half of a rotation."""
    slug = visit.path["source"]
    await visit.api.post(f"/api/sources/{slug}/write-keys")
    return Elsewhere(path=f"{PATH}/{slug}", notice="key-created")


async def remove_key(visit: Visit) -> Elsewhere | Page:
    """Delete a write key: the second half."""
    slug = visit.path["source"]
    try:
        await visit.api.delete(f"/api/sources/{slug}/write-keys/{visit.path['key']}")
    except ApiRefusalError as refusal:
        return await _one(visit, slug, problem=refusal.message)
    return Elsewhere(path=f"{PATH}/{slug}", notice="key-deleted")


def _form(visit: Visit, *, problem: str | None = None, status: int = 200) -> Page:
    kind = visit.form.get("kind") or visit.query.get("kind") or KINDS[0][0]
    names = {"kinds": KINDS, "kind": kind, "name": visit.form.get("name", ""), "strict": "strict" in visit.form}
    return Page(template="source_new.html", title="New source", names=names, problem=problem, status=status)


async def _one(visit: Visit, slug: str, *, problem: str | None = None) -> Page:
    source = await visit.api.get(f"/api/sources/{slug}")
    rejected = (await visit.api.get("/api/rejected-events"))["rejected_events"]
    period = chart_period.of(visit.query)
    volume = await visit.api.get("/api/event-volume", source=source["slug"], since=period.since, step=period.step)
    keys = source["write_keys"]
    names = {
        "source": source,
        "kinds": {name: label for name, label, _ in KINDS},
        "snippets": snippets.of(url=visit.home, key=keys[-1]["key"], slug=source["slug"]) if keys else [],
        "rejected": [one for one in rejected if one["source"] == source["slug"]],
        "period": period,
        "periods": chart_period.PERIODS,
        "chart": volume_charts.of_source(volume),
        "schema": await visit.api.get("/api/schema", source=source["slug"]),
        "events": (await visit.api.get("/api/events", source=source["slug"], limit=10))["events"],
    }
    status = 400 if problem else 200
    return Page(template="source.html", title=source["name"], names=names, problem=problem, status=status)


ROUTES = (
    Route(path="/sources", work=show_all),
    Route(path="/sources/new", work=show_new),
    Route(path="/sources", work=create, method="POST"),
    Route(path="/sources/{source}", work=show),
    Route(path="/sources/{source}", work=change, method="POST"),
    Route(path="/sources/{source}/delete", work=remove, method="POST"),
    Route(path="/sources/{source}/write-keys", work=create_key, method="POST"),
    Route(path="/sources/{source}/write-keys/{key}/delete", work=remove_key, method="POST"),
)
