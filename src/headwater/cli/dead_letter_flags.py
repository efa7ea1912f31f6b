"""The flags that say which dead letters are meant: the same for looking, trying, sending and throwing away."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Annotated, Any

from cyclopts import Parameter

from headwater.cli.usage import UsageError

Destination = Annotated[str | None, Parameter(help="Of this destination, by id; actions for queued Actions.")]
Ids = Annotated[
    tuple[int, ...],
    Parameter(negative="", show_default=False, help="This one, as `headwater list dead-letters` shows it; repeatable."),
]
Source = Annotated[str | None, Parameter(help="Events of this source, by slug.")]
Everything = Annotated[bool, Parameter(negative="", help="All of them, of every destination.")]


@Parameter(name="*")
@dataclass(frozen=True, slots=True, kw_only=True)
class Alike:
    """What they have in common: all of what is given."""

    code: Annotated[str | None, Parameter(help="Why, as `--count-by code` shows it: HTTP_400, GAVE_UP, ...")] = None
    status: Annotated[int | None, Parameter(help="The receiver answered this HTTP status.")] = None
    text: Annotated[str | None, Parameter(help="The reason has this in it, in letters of either case.")] = None
    outcome: Annotated[str | None, Parameter(help="rejected or not_authorised.")] = None
    type: Annotated[str | None, Parameter(help="Only track, identify, page, ... calls.")] = None
    name: Annotated[str | None, Parameter(help="Events of this name.")] = None
    user: Annotated[str | None, Parameter(help="Of this person, by userId, or anonymousId where there is none.")] = None
    message: Annotated[str | None, Parameter(help="With this messageId.")] = None
    since: Annotated[str | None, Parameter(help="Given up from then on: an age such as 1h, or a time.")] = None
    until: Annotated[str | None, Parameter(help="And before then.")] = None


ANY = Alike()
NAMES = {"outcome": "state", "message": "message_id"}


def given(alike: Alike, *, source: str | None = None) -> dict[str, Any]:
    """Return what the flags say, as the API takes it."""
    said = {NAMES.get(name, name): value for name, value in {**asdict(alike), "source": source}.items()}
    return {name: value for name, value in said.items() if value is not None}


def meant(
    alike: Alike, *, destination: str | None, ids: Sequence[int], source: str | None, everything: bool
) -> dict[str, Any]:
    """Return which ones something is to become of, as the API takes it. Raises UsageError for no word about that."""
    said = given(alike, source=source)
    if destination is not None:
        said["destination"] = destination
    if ids:
        said["ids"] = list(ids)
    if everything and said:
        raise UsageError("--all is every one; leave it out to say which.")
    if not everything and not said:
        raise UsageError("Say which ones: --destination, --id, what they have in common, or --all.")
    return {"all": True} if everything else said


def as_query(said: dict[str, Any]) -> dict[str, Any]:
    """Return the same for a query string."""
    plain = {name: str(value) for name, value in said.items() if name not in ("ids", "all")}
    return {**plain, **({"id": [str(one) for one in said["ids"]]} if "ids" in said else {})}
