"""The system: which version runs, how full the log is and what bounds it, what lanes complain of, and backups."""

from typing import Any

from headwater.console.asking import ApiRefusalError
from headwater.console.visit import Elsewhere, Page, Route, Visit

PATH = "/console/system"
MAX_LANES = 500


async def show(visit: Visit) -> Page:
    """Show it."""
    return await _page(visit)


async def back_up(visit: Visit) -> Elsewhere | Page:
    """Begin a backup into a folder of the server's machine."""
    folder = visit.form.get("folder", "").strip()
    try:
        await visit.api.post("/api/backup", {"folder": folder})
    except ApiRefusalError as refusal:
        return await _page(visit, folder=folder, folder_problem=refusal.message, status=refusal.status)
    return Elsewhere(path=PATH, notice="backup-begun")


async def _page(visit: Visit, *, folder: str = "", folder_problem: str | None = None, status: int = 200) -> Page:
    found = await visit.api.get("/api/status")
    may_back_up = visit.operator.may("backups.write")
    names = {
        "status": found,
        "lanes": _complaining(found)[:MAX_LANES],
        "lake": await visit.api.get("/api/lake"),
        "backup": await visit.api.get("/api/backup") if may_back_up else None,
        "folder": folder,
        "folder_problem": folder_problem,
    }
    return Page(template="system.html", title="System", names=names, status=status)


def _complaining(status: Any) -> list[Any]:
    """Return the destinations whose lane has a problem or a breaker that is not closed."""
    found = []
    for one in status["deliver"]["destinations"]:
        lane = one.get("lane") or {}
        if lane.get("problem") or lane.get("breaker", "closed") != "closed":
            found.append(
                {"name": one.get("name", one.get("id", "")), "id": one.get("id", one.get("destination", "")), **lane}
            )
    return found


ROUTES = (Route(path="/system", work=show), Route(path="/system/backup", work=back_up, method="POST"))
