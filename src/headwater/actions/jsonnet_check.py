"""Can what a configuration names as Jsonnet run? Asked at `patch` time, which never goes to the network."""

from urllib.parse import urlsplit

from headwater.actions.errors import UnusableHookError
from headwater.actions.problems import ConfigWarning, problem
from headwater.actions.templates import SNIPPET_NAME, Templates
from headwater.mapping import sources
from headwater.mapping.evaluation import Evaluator, MappingError, MappingSyntaxError
from headwater.mapping.template_files import FILE
from headwater.net.hop import parse_url
from headwater.net.outbound import BadOutboundRequestError

NOT_CHECKED = "body_not_checked"
BARE_PATH = "body_without_scheme"


def check_address(address: str, path: str) -> None:
    """Raise ConfigProblem unless `address` is of a kind that Jsonnet comes from."""
    if address.startswith(sources.WEB):
        _check_url(address, path)
    elif sources.SCHEME.match(address) and not address.startswith((sources.BASE64, FILE)):
        raise problem(path, f"must begin with {sources.SCHEMES}")


async def check(address: str, path: str, *, evaluator: Evaluator, templates: Templates) -> list[ConfigWarning]:
    """Check the Jsonnet behind `address` as far as it can be had without the network. Raises ConfigProblem."""
    if address.startswith(sources.WEB):
        return [_not_checked(address, path)]
    doubts = [_without_scheme(path)] if sources.is_bare_path(address) else []
    try:
        await evaluator.check(await templates.load(address, name=SNIPPET_NAME))
    except UnusableHookError as error:
        raise problem(path, error.message.rstrip(".")) from None
    except MappingSyntaxError as error:
        raise problem(path, f"is not Jsonnet that can run: {error.message.rstrip('.')}") from None
    except MappingError as error:  # too big or too slow to say: it runs under the same limits, and fails alone
        return [*doubts, ConfigWarning(code=error.code, message=f"{path} could not be checked: {error.message}")]
    return doubts


def _check_url(url: str, path: str) -> None:
    try:
        address = parse_url(url)
    except BadOutboundRequestError as error:
        raise problem(path, f"is a URL that can't be fetched. {error.message.rstrip('.')}") from None
    if address.user or address.password:
        raise problem(path, "holds a user or password, which everybody who may look would see")


def _not_checked(url: str, path: str) -> ConfigWarning:
    host = urlsplit(url).hostname
    return ConfigWarning(
        code=NOT_CHECKED,
        message=f"{path} was not checked: a change of the configuration fetches nothing. It is fetched from {host} when"
        " it is needed and kept for an hour; whoever is first there, while that server is down, meets an error."
        " Embed the Jsonnet as base64:// to have it checked now and always there.",
    )


def _without_scheme(path: str) -> ConfigWarning:
    return ConfigWarning(
        code=BARE_PATH,
        message=f"{path} has no scheme and is read as a path below the folder of --template-files. Write file://… to"
        " say so, or embed the Jsonnet as base64://.",
    )
