"""What a provider says of somebody → traits, metadata and proven addresses, by the operator's Jsonnet, as in Kratos.

The program reads `std.extVar('claims')`, and `std.extVar('identity')` where somebody is known already. It runs in the
sandbox; whatever it does there comes back as a MapperError, which people see in the flow and operators act on.
"""

import string
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import msgspec

from headwater.core.errors import HeadwaterError
from headwater.identity.config.section import kind
from headwater.identity.config.social_config import ProviderConfig
from headwater.identity.people import bounds, identifiers
from headwater.identity.people.accounts import Account
from headwater.identity.people.bounds import TooLargeError
from headwater.identity.people.claims import EMAIL, SMS, CodeAddress
from headwater.identity.social.blotted import blotted
from headwater.mapping import ext_vars
from headwater.mapping.evaluation import (
    Evaluator,
    MappingBusyError,
    MappingError,
    MappingLimitError,
    MappingSyntaxError,
)
from headwater.mapping.source_errors import SourceError
from headwater.mapping.sources import Sources
from headwater.net.address_rules import AddressRules

NAME = "mapper_url"  # what errors call the program
TRAITS = "identity.traits"
METADATA_PUBLIC = "identity.metadata_public"
METADATA_ADMIN = "identity.metadata_admin"
VERIFIED = "identity.verified_addresses"
MOST_LETTERS = 500  # of an error's text; a program can make it as long as it likes
SMALL_LETTERS = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)
VIAS = (EMAIL, SMS)


class MapperError(HeadwaterError):
    """The claims mapper of this provider failed. Whoever runs this site has to correct it."""

    code = "mapper_failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mapped:
    """What became of somebody's claims. Metadata are None where the mapper doesn't mention them.

    `verified` is what the provider vouches for, in the form of identifiers; it matters only if it is in the traits.
    """

    provider_id: str
    traits: dict[str, Any] = field(repr=False)
    metadata_public: dict[str, Any] | None = field(default=None, repr=False)
    metadata_admin: dict[str, Any] | None = field(default=None, repr=False)
    verified: tuple[CodeAddress, ...] = field(default=(), repr=False)


class _Vouched(msgspec.Struct, frozen=True):
    """An item of `verified_addresses`. As in Kratos a null means nothing, so that an `if` needs no `else`."""

    value: str | None = None
    via: str | None = None


class ClaimsMapper:
    """One per installation. `rules` gives the project's own, about whom it may reach."""

    def __init__(self, *, evaluator: Evaluator, sources: Sources, rules: Callable[[], Awaitable[AddressRules]]) -> None:
        self._evaluator = evaluator
        self._sources = sources
        self._rules = rules

    async def map(self, provider: ProviderConfig, claims: dict[str, Any], *, identity: Account | None = None) -> Mapped:
        """Return what `claims` mean to us. `identity` is who they are about, None at sign-up.

        Raises MapperError, which quotes no claim, and MappingBusyError if there is no worker free just now.
        """
        variables = {"claims": claims, "identity": _shown(identity)}
        try:
            text = (await self._sources.load(provider.mapper_url, name=NAME, rules=await self._rules())).text
        except SourceError as error:
            raise _failed(provider, f"{NAME} {error.message}.") from None
        try:
            evaluated = await ext_vars.evaluate(self._evaluator, text, name=NAME, variables=variables)
        except MappingBusyError:
            raise  # not the mapper's fault
        except (MappingSyntaxError, MappingLimitError) as error:
            raise _failed(provider, error.message) from None
        except MappingError as error:
            # `from None`: the original may quote claims, and a traceback would print it.
            raise _failed(provider, blotted(error.message, secrets=variables, program=text)) from None
        try:
            return _mapped(msgspec.json.decode(evaluated), provider.id)
        except (_WrongOutputError, TooLargeError) as error:
            raise _failed(provider, error.message) from None


def merged(typed: dict[str, Any], mapped: dict[str, Any]) -> dict[str, Any]:
    """Return both as one; where they differ `typed` wins, objects member by member, lists whole. As in Kratos.

    Typed traits are the person's own word, as in any sign-up, and proves as little: an address counts as verified
    only if it is the one that the provider vouches for, and who somebody is at the provider isn't a trait at all.
    """
    both = {**mapped}
    for name, value in typed.items():
        other = both.get(name)
        both[name] = merged(value, other) if isinstance(value, dict) and isinstance(other, dict) else value
    return both


class _WrongOutputError(HeadwaterError):
    """The mapper returned something that has no meaning."""


def _shown(identity: Account | None) -> dict[str, Any]:
    """Return what a mapper sees of somebody: never null where it looks for members."""
    if identity is None:
        return {"traits": {}, "metadata_public": {}, "metadata_admin": {}}
    public, admin = identity.metadata_public, identity.metadata_admin
    return {
        "traits": identity.traits,
        "metadata_public": {} if public is None else public,
        "metadata_admin": {} if admin is None else admin,
    }


def _failed(provider: ProviderConfig, why: str) -> MapperError:
    text = " ".join(why.split())
    short = text if len(text) <= MOST_LETTERS else f"{text[:MOST_LETTERS]}…"
    return MapperError(f'The claims mapper of the provider "{provider.id}" failed: {short}')


def _mapped(output: Any, provider_id: str) -> Mapped:
    identity = output.get("identity") if isinstance(output, dict) else None
    found = identity if isinstance(identity, dict) else {}
    return Mapped(
        provider_id=provider_id,
        traits=_object(found.get("traits"), TRAITS),
        metadata_public=_object(found["metadata_public"], METADATA_PUBLIC) if "metadata_public" in found else None,
        metadata_admin=_object(found["metadata_admin"], METADATA_ADMIN) if "metadata_admin" in found else None,
        verified=_verified(found["verified_addresses"]) if "verified_addresses" in found else (),
    )


def _object(value: Any, path: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise _WrongOutputError(f"{path} must be an object, not {kind(value)}. Check the Jsonnet.")
    bounds.require_bounded(value, path=path)
    return value


def _verified(value: Any) -> tuple[CodeAddress, ...]:
    try:
        items = msgspec.convert(value, list[_Vouched | None])
    except msgspec.ValidationError as error:
        raise _WrongOutputError(
            f"{VERIFIED} must be a list of objects with texts at value and via ({error}). Check the Jsonnet."
        ) from None
    found = (_address_or_none(item) for item in items if item is not None)
    return tuple(dict.fromkeys(item for item in found if item is not None))


def _address_or_none(item: _Vouched) -> CodeAddress | None:
    """Return what is vouched for, in the form of identifiers; None for what can be nobody's address.

    Identifiers also fold look-alikes (the Kelvin sign is k, wide letters are narrow ones). Here that would make
    the owner of the one mailbox the proven owner of the other: only the case of plain letters is folded.
    """
    text = (item.value or "").strip()
    if not text or item.via not in VIAS:
        return None
    value = identifiers.normalised(text)
    is_plain = text.isascii() or (item.via == EMAIL and value == text.translate(SMALL_LETTERS))
    return CodeAddress(value=value, via=item.via) if is_plain else None
