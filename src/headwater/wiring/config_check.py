"""Is an identity-config good enough to run? Asks the schema of it, then every room that reads a part of it.

They are shown what it would run on: a secret that it only names (`env:NAME`) is read for them, and checked like one
that stands there.
"""

from typing import Any

from headwater.actions import config as actions
from headwater.actions import problems
from headwater.actions.lint import Lint
from headwater.actions.problems import ConfigWarning
from headwater.actions.templates import Templates
from headwater.core.clock import Clock, epoch_ms
from headwater.identity.config import doubts
from headwater.identity.config import tree as identity
from headwater.identity.config.section import Section
from headwater.identity.config_schema import check as schema
from headwater.identity.config_schema import idle_keys
from headwater.identity.courier import check as courier
from headwater.identity.flows.samples import SampleOccasions
from headwater.identity.social import check as social
from headwater.mapping.evaluation import Evaluator
from headwater.mapping.rations import Budget
from headwater.mapping.sources import Sources
from headwater.workspace import kept_secrets
from headwater.workspace.references import References, UnreadableReferenceError
from headwater.workspace.secret_places import SecretPlace


class ConfigCheck:
    """Refuses a bad document (a HeadwaterError that names the path) and returns warnings for a doubtful one."""

    def __init__(
        self, evaluator: Evaluator, *, references: References, sources: Sources, clock: Clock, public_url: str
    ) -> None:
        self._evaluator = evaluator
        self._sources = sources
        self._references = references
        self._clock = clock
        self._public_url = public_url

    async def __call__(self, document: dict[str, Any]) -> list[dict[str, Any]]:
        schema.check(document)
        runnable = kept_secrets.resolved(document, read=self._read)
        identity.check(runnable)
        templates = Templates(self._sources)
        await social.check(runnable, evaluator=self._evaluator, sources=self._sources)
        evaluator = Budget(self._evaluator, clock=self._clock)
        letters = Section(runnable).section("courier")
        courier.check(letters)
        warnings = [
            *doubts.find(document),
            *idle_keys.find(document),
            *await courier.doubts(letters, evaluator=evaluator, templates=templates),
            *await actions.check(runnable, evaluator=evaluator, templates=templates),
            *await self._lint(runnable),
        ]
        return [problems.shown(warning) for warning in warnings]

    async def _lint(self, runnable: dict[str, Any]) -> list[ConfigWarning]:
        """Try the Actions on people of the document's own schemas, whom nobody is."""
        config = identity.parse(runnable, project_id="", public_url=self._public_url)
        samples = SampleOccasions(config, public_url=self._public_url, now_ms=epoch_ms(self._clock.now()))
        lint = Lint(evaluator=self._evaluator, clock=self._clock, samples=samples, templates=Templates(self._sources))
        return await lint.warnings(runnable)

    def _read(self, place: SecretPlace, reference: str) -> str:
        try:
            return self._references.read(reference)
        except UnreadableReferenceError as error:
            raise problems.problem(place.path, f"needs a secret that can't be read: {error.message}") from None
