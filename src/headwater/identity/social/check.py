"""Can the claims mappers of a document run? Asked before it is stored; those on the web are read at a sign-in."""

from typing import Any

from headwater.identity.config.section import Section, problem
from headwater.identity.social.mapper import NAME
from headwater.mapping import ext_vars
from headwater.mapping.evaluation import Evaluator, MappingBusyError, MappingError
from headwater.mapping.source_errors import SourceError
from headwater.mapping.sources import WEB, Sources


async def check(document: dict[str, Any], *, evaluator: Evaluator, sources: Sources) -> None:
    """Raise ConfigProblem, naming path, line and column, if a mapper isn't Jsonnet, or its file can't be read."""
    method = Section(document).section("selfservice").section("methods").section("oidc")
    for provider in method.section("config").sections("providers"):
        url = provider.text(NAME, "")
        if url.startswith(WEB):
            continue
        try:
            await ext_vars.check(evaluator, (await sources.load(url, name=NAME)).text, name=NAME)
        except SourceError as error:
            raise problem(provider.at(NAME), error.message) from None
        except MappingBusyError:
            raise  # not the mapper's fault
        except MappingError as error:
            raise problem(provider.at(NAME), f"is not Jsonnet that runs: {error.message}") from None
