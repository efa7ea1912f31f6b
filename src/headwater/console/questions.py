"""Several questions to the API at once: what it said to each, and why it said nothing to some."""

import asyncio
from collections.abc import Awaitable, Mapping
from dataclasses import dataclass
from typing import Any

from headwater.core.errors import HeadwaterError


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """Each question is in one of the two, by its name; `refused` has the reason in words."""

    said: Mapping[str, Any]
    refused: Mapping[str, str]


async def ask(questions: Mapping[str, Awaitable[Any]]) -> Answers:
    """Ask all of it, each on its own: that one is refused, or broken, takes nothing from the others."""
    names = list(questions)
    found = await asyncio.gather(*questions.values(), return_exceptions=True)
    said: dict[str, Any] = {}
    refused: dict[str, str] = {}
    for name, answer in zip(names, found, strict=True):
        if isinstance(answer, HeadwaterError):
            refused[name] = answer.message
        elif isinstance(answer, BaseException):
            raise answer
        else:
            said[name] = answer
    return Answers(said=said, refused=refused)
