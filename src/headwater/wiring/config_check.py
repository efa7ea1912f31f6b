"""Is an identity-config good enough to run? Asks every room that reads a part of it."""

from typing import Any

import msgspec

from headwater.actions import config as actions
from headwater.identity.config import doubts
from headwater.identity.config import tree as identity
from headwater.identity.config.section import Section
from headwater.identity.courier import check as courier
from headwater.identity.social import check as social
from headwater.mapping.evaluation import Evaluator


class ConfigCheck:
    """Refuses a bad document (a HeadwaterError that names the path) and returns warnings for a doubtful one."""

    def __init__(self, evaluator: Evaluator) -> None:
        self._evaluator = evaluator

    async def __call__(self, document: dict[str, Any]) -> list[dict[str, str]]:
        identity.check(document)
        await social.check(document, evaluator=self._evaluator)
        courier.check(Section(document).section("courier"))
        warnings = await actions.check(document, evaluator=self._evaluator)
        return [msgspec.to_builtins(warning) for warning in (*doubts.find(document), *warnings)]
