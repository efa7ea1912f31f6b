"""Can the claims mappers of a document run? Asked before it is stored; those on the web are read at a sign-in."""

from typing import Any

from headwater.identity.config.claims_mapper_url import WEB
from headwater.identity.config.section import Section, problem
from headwater.identity.social import mapper_sources
from headwater.mapping import ext_vars
from headwater.mapping.evaluation import Evaluator, MappingBusyError, MappingError


async def check(document: dict[str, Any], *, evaluator: Evaluator) -> None:
    """Raise ConfigProblem, naming path, line and column, if an embedded mapper isn't Jsonnet."""
    method = Section(document).section("selfservice").section("methods").section("oidc")
    for provider in method.section("config").sections("providers"):
        url = provider.text(mapper_sources.NAME, "")
        if url.startswith(WEB):
            continue
        try:
            await ext_vars.check(evaluator, mapper_sources.embedded(url), name=mapper_sources.NAME)
        except MappingBusyError:
            raise  # not the mapper's fault
        except MappingError as error:
            raise problem(provider.at(mapper_sources.NAME), f"is not Jsonnet that runs: {error.message}") from None
