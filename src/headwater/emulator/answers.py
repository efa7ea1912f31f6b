"""What outgoing requests are answered with, where nothing of them leaves: by rule, each as often as it says."""

import itertools
from collections.abc import Sequence
from urllib.parse import urlsplit

import msgspec

from headwater.core.errors import BadRequestError, NotFoundError
from headwater.net import globs
from headwater.net.outbound import Request

FAULTS = ("hang", "reset", "drip", "refuse", "dns", "tls")
MOST_RULES = 1_000
OK = 200


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """An answer in the making: with a status, or none at all (`fault`).

    `to` says whose requests: a URL pattern (`https://hooks.example.com/**`), a host, or a destination by id or name; ""
    is everybody's. `times` is how often it is still given, None for ever.
    """

    id: int
    to: str = ""
    times: int | None = 1
    status: int = OK
    headers: dict[str, str] = {}
    body: str = ""
    fault: str | None = None


class Answers:
    """The rules, newest first: what was said last holds."""

    def __init__(self) -> None:
        self._rules: list[Answer] = []
        self._ids = itertools.count(1)

    @property
    def rules(self) -> Sequence[Answer]:
        """Those that are still to be given, in the order in which they are looked at."""
        return tuple(self._rules)

    def add(self, answer: Answer) -> Answer:
        """Add a rule and return it with its id. Raises BadRequestError for one that can't be kept."""
        if answer.fault is not None and answer.fault not in FAULTS:
            raise BadRequestError(f"fault must be one of {', '.join(FAULTS)}, not {answer.fault!r}.")
        if answer.times is not None and answer.times < 1:
            raise BadRequestError("times must be 1 or more; leave it out for once, null is for ever.")
        if not 100 <= answer.status <= 599:  # noqa: PLR2004  what HTTP has
            raise BadRequestError("status must be 100 to 599.")
        if len(self._rules) >= MOST_RULES:
            raise BadRequestError(f"There are {MOST_RULES} answers already; DELETE /emulator/answers forgets them.")
        if "://" in answer.to:
            globs.compile_glob(answer.to)
        added = msgspec.structs.replace(answer, id=next(self._ids))
        self._rules.insert(0, added)
        return added

    def remove(self, answer_id: int) -> None:
        """Forget one rule. Raises NotFoundError."""
        if all(rule.id != answer_id for rule in self._rules):
            raise NotFoundError(f"There is no answer {answer_id}; it may have been given as often as it should.")
        self._rules = [rule for rule in self._rules if rule.id != answer_id]

    def clear(self) -> None:
        self._rules.clear()

    def take(self, request: Request, *, names: Sequence[str]) -> Answer | None:
        """Return the answer that `request` gets, once less from now on; None where no rule is about it.

        `names` are those of the destination that sends it.
        """
        for place, rule in enumerate(self._rules):
            if fits(rule.to, request.url, names=names):
                self._count_down(place, rule)
                return rule
        return None

    def _count_down(self, place: int, rule: Answer) -> None:
        if rule.times is None:
            return
        if rule.times == 1:
            del self._rules[place]
        else:
            self._rules[place] = msgspec.structs.replace(rule, times=rule.times - 1)


def fits(to: str, url: str, *, names: Sequence[str] = ()) -> bool:
    """Tell whether `to` (a URL pattern, a host, a destination, or "" for all) is about a request to `url`."""
    if not to or to in names:
        return True
    parts = urlsplit(url)
    if "://" not in to:
        return to.lower() in (parts.netloc.lower().rpartition("@")[2], parts.hostname or "")
    bare = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"
    return globs.matches(to, bare) or globs.matches(to.rstrip("/"), bare.rstrip("/")) or to == url
