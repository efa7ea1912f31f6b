"""What became of each part of a kratos.yml, and what its owner may have to do about it."""

from collections.abc import Iterable
from dataclasses import dataclass

from headwater.actions.problems import escape

# In the order they are shown: what needs somebody's attention comes first.
REFUSED = "refused"
UNKNOWN = "unknown"
CHANGED = "changed"
KEPT = "kept"
SETTING = "setting"
LEFT_OUT = "left out"
DIFFERS = "differs"
EMBEDDED = "embedded"
TAKEN = "taken"
OUTCOMES = (REFUSED, UNKNOWN, CHANGED, KEPT, SETTING, LEFT_OUT, DIFFERS, EMBEDDED, TAKEN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One line of the list. `path` is a JSON pointer in the file."""

    path: str
    outcome: str
    advice: str = ""


def pointer(steps: Iterable[str | int]) -> str:
    """Return the JSON pointer of a place."""
    return "".join("/" + escape(str(step)) for step in steps)


def ordered(findings: Iterable[Finding]) -> list[Finding]:
    """Return the findings, each once, the urgent ones first; within an outcome in the order of the file."""
    return sorted(dict.fromkeys(findings), key=lambda finding: OUTCOMES.index(finding.outcome))


def refused(findings: Iterable[Finding]) -> list[Finding]:
    """Return those that keep the file from being stored."""
    return [finding for finding in findings if finding.outcome == REFUSED]
