"""`clients.http` of an identity-config: whom the project's own requests may reach besides the public network.

Kratos's two keys (reference/ory.md 1.10). They hold for hooks, for what is fetched of other servers (Jsonnet, and what
sign-in providers publish and answer), and for redirects. Pure.
"""

from collections.abc import Mapping
from typing import Any

from headwater.actions.problems import problem
from headwater.actions.shape import check_object, check_type
from headwater.core.errors import SettingsError
from headwater.net import globs
from headwater.net.address_rules import NO_RULES, AddressRules

STEPS = ("clients", "http")
PATH = "/clients/http"
REFUSES, EXCEPTIONS = "disallow_private_ip_ranges", "private_ip_exception_urls"
KEYS = {REFUSES: bool, EXCEPTIONS: list}
MOST_EXCEPTIONS = 50
MOST_LETTERS = 512


def of(document: Mapping[str, Any]) -> AddressRules:
    """Return the rules. What `check` would refuse allows nothing: it may have been stored before anybody looked."""
    found: Any = document
    for step in STEPS:
        found = found.get(step) if isinstance(found, Mapping) else None
    if not isinstance(found, Mapping):
        return NO_RULES
    exceptions = found.get(EXCEPTIONS)
    return AddressRules(
        refuses_private=found.get(REFUSES) not in (None, False),
        exceptions=tuple(glob for glob in exceptions if _is_glob(glob)) if isinstance(exceptions, list) else (),
    )


def check(document: Mapping[str, Any]) -> None:
    """Raise ConfigProblem, naming the path, unless every key can be followed."""
    clients = check_type(document.get("clients") or {}, dict, path="/clients")
    found = check_object(clients.get("http") or {}, path=PATH, types=KEYS)
    exceptions = found.get(EXCEPTIONS, [])
    if len(exceptions) > MOST_EXCEPTIONS:
        raise problem(f"{PATH}/{EXCEPTIONS}", f"holds {len(exceptions)} patterns; at most {MOST_EXCEPTIONS} are read")
    for number, glob in enumerate(exceptions):
        path = f"{PATH}/{EXCEPTIONS}/{number}"
        if not _is_glob(check_type(glob, str, path=path)):
            reason = "must be a pattern of URLs without their query, such as http://*.internal/hooks/**"
            raise problem(path, f"{reason}, of at most {MOST_LETTERS} characters")


def _is_glob(glob: Any) -> bool:
    if not isinstance(glob, str) or not 0 < len(glob) <= MOST_LETTERS:
        return False
    try:
        globs.compile_glob(glob)
    except SettingsError:
        return False
    return True
