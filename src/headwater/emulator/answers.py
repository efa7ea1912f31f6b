"""What outgoing requests are answered with, where nothing of them leaves: by rule, each as often as it says."""

import itertools
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

import msgspec

from headwater.core.errors import BadRequestError, NotFoundError
from headwater.emulator import kept
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
    """The rules, newest first: what was said last holds. A killed server's successor goes on by `file`."""

    def __init__(self, file: Path | None = None) -> None:
        self._file = file
        self._rules: list[Answer] = []
        if file is not None and file.exists():
            self._rules = msgspec.json.decode(file.read_bytes(), type=list[Answer])
        self._ids = itertools.count(1 + max((rule.id for rule in self._rules), default=0))

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
        self._set([added, *self._rules])
        return added

    def remove(self, answer_id: int) -> None:
        """Forget one rule. Raises NotFoundError."""
        if all(rule.id != answer_id for rule in self._rules):
            raise NotFoundError(f"There is no answer {answer_id}; it may have been given as often as it should.")
        self._set([rule for rule in self._rules if rule.id != answer_id])

    def clear(self) -> None:
        if self._rules:
            self._set([])

    def take(self, request: Request, *, names: Sequence[str]) -> Answer | None:
        """Return the answer that `request` gets, once less from now on; None where no rule is about it.

        `names` are those of the destination that sends it.
        """
        for place, rule in enumerate(self._rules):
            if fits(rule.to, request.url, names=names):
                if rule.times is not None:
                    self._set([*self._rules[:place], *_once_less(rule, rule.times), *self._rules[place + 1 :]])
                return rule
        return None

    def _set(self, rules: list[Answer]) -> None:
        self._rules = rules
        kept.write(self._file, msgspec.json.encode(rules))


def _once_less(rule: Answer, times: int) -> list[Answer]:
    return [msgspec.structs.replace(rule, times=times - 1)] if times > 1 else []


def fits(to: str, url: str, *, names: Sequence[str] = ()) -> bool:
    """Tell whether `to` (a URL pattern, a host, a destination, or "" for all) is about a request to `url`."""
    if not to or to in names:
        return True
    parts = urlsplit(url)
    if "://" not in to:
        return to.lower() in (parts.netloc.lower().rpartition("@")[2], parts.hostname or "")
    bare = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"
    return globs.matches(to, bare) or globs.matches(to.rstrip("/"), bare.rstrip("/")) or to == url
