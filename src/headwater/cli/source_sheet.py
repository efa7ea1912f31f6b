"""One source on the screen: its sheet and, for Ory Actions, what to paste where."""

import json
from typing import Any

from headwater.cli.output import DEFAULTS, TABLE, View
from headwater.cli.session import Session
from headwater.workspace.identify_action import AFTER_REGISTRATION

COLUMNS = "id slug name kind enabled strict rate_limit deleted_at write_keys.#.key"
SHEET = View(columns=tuple(COLUMNS.split()))
GUIDE = """
webhook-action.json, the Action of Ory's Segment guide with this source's write key:

{action}

Let Headwater set it, and try it:
  headwater connect action --source {slug}

Or set it yourself, in Headwater (where `headwater update workspace --set tracking_aliases=true`
makes us answer for {url}) or in Ory:
  headwater get source {slug} --format jsonpath=webhook_action > webhook-action.json
  headwater patch identity-config --add "{pointer}/0=$(cat webhook-action.json)"
  ory patch identity-config --project "$ORY_PROJECT_ID" --add "{pointer}/0=$(cat webhook-action.json)"

Each as one line that needs no file: --format jsonpath=patch_commands.headwater, or .ory."""


def show(at: Session, source: dict[str, Any]) -> None:
    """Print the source as asked; under the table, how to feed it from Ory Actions."""
    at.show(source, view=SHEET)
    is_table = at.output.format in {TABLE, *DEFAULTS} and not at.output.is_quiet
    if is_table and "webhook_action" in source:
        print(_guide(source))


def _guide(source: dict[str, Any]) -> str:
    action = source["webhook_action"]
    return GUIDE.format(
        action=json.dumps(action, indent=2, ensure_ascii=False),
        slug=source["slug"],
        url=action["config"]["url"],
        pointer=AFTER_REGISTRATION,
    )
