"""A warehouse, and a sync, on the screen."""

from typing import Any

from headwater.cli import one_line
from headwater.cli.output import View
from headwater.cli.session import Session

WAREHOUSE = View(
    columns=(
        "id",
        "name",
        "notice",
        "kind",
        "enabled",
        "schedule",
        "sources",
        "exclude",
        "settings",
        "created_at",
        "last_sync.state",
    )
)
SYNC_COLUMNS = ("id", "state", "rows", "tables_done", "tables", "began_at", "ended_at", "reason")
SYNC = View(columns=("id", "warehouse", *SYNC_COLUMNS[1:]))


def show_sync(at: Session, sync: dict[str, Any]) -> None:
    """Print a sync as asked; for people also what became of the tables."""
    at.show(sync, view=SYNC)
    if at.is_table:
        for table in sync["report"]:
            changes = f"; {'; '.join(table['changes'])}" if table["changes"] else ""
            reason = f": {table['reason']}" if table["reason"] else ""
            line = f"  {table['table']}  {table['state']}, {table['rows']:,} rows{changes}{reason}"
            print(one_line.visible(line))
