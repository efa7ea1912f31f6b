"""What becomes of ada when she signs in again and her provider says something else of her than last time."""

import json
from typing import Any

import msgspec
import pytest
from identity_stage import PERSON, base64_url

from headwater.identity.people import accounts, reshape
from headwater.identity.people import schema as schemas
from headwater.identity.people.accounts import Account
from headwater.identity.people.claims import RECOVERY, VERIFIABLE, CodeAddress
from headwater.identity.people.credentials import PASSWORD
from headwater.identity.social.mapper import Mapped, MapperError
from headwater.identity.social.reconciled import MisfitError, reconciled

SCHEMA = schemas.load("person", base64_url(PERSON), path="/x")
TRAITS = {"email": "ada@example.org", "name": "Ada"}
EMAIL = CodeAddress(value="ada@example.org", via="email")
NEW_EMAIL = CodeAddress(value="ada@new.example", via="email")


def stored(traits: dict[str, Any] = TRAITS, *, is_verified: bool = False, **members: Any):
    """Return ada as she was stored at 1."""
    blank = Account(
        id="ada",
        schema_id=SCHEMA.id,
        state=accounts.ACTIVE,
        traits={},
        state_changed_at_ms=1,
        created_at_ms=1,
        updated_at_ms=1,
        **members,
    )
    person = reshape.reshaped(blank, (), traits=traits, schema=SCHEMA, now_ms=1)
    if not is_verified:
        return person
    proven = {"verified": True, "status": accounts.COMPLETED, "verified_at_ms": 1}
    addresses = tuple(
        msgspec.structs.replace(item, **proven) if item.purpose == VERIFIABLE else item
        for item in person.account.addresses
    )
    return msgspec.structs.replace(person, account=msgspec.structs.replace(person.account, addresses=addresses))


def again(person, traits=None, *, schema=SCHEMA, **said):
    mapped = Mapped(provider_id="acme", traits={} if traits is None else traits, **said)
    return reconciled(person.account, person.credentials, mapped=mapped, schema=schema, now_ms=9)


def address(account, purpose=VERIFIABLE):
    return next(item for item in account.addresses if item.purpose == purpose)


def test_nothing_new_changes_nothing_not_even_the_time():
    person = stored(metadata_public={"a": 1}, metadata_admin={"b": [True, None]}, is_verified=True)
    assert again(person) is None
    said = {"metadata_public": {"a": 1}, "metadata_admin": {"b": [True, None]}, "verified": (EMAIL,)}
    assert again(person, {"name": "Ada", "email": "ada@example.org"}, **said) is None


def test_what_the_provider_says_wins_and_what_it_does_not_say_stays():
    person = stored({**TRAITS, "age": 36, "consent": {"newsletter": True}})
    new = again(person, {"name": "Countess", "consent": {}})

    assert new.account.traits == {**TRAITS, "name": "Countess", "age": 36, "consent": {"newsletter": True}}
    assert new.account.updated_at_ms == 9
    assert new.account.id == "ada"
    assert new.removed_ids == ()


def test_metadata_that_the_mapper_does_not_mention_stay_and_those_it_does_are_replaced_whole():
    person = stored(metadata_public={"kept": 1}, metadata_admin={"plan": "gold", "old": 1})
    new = again(person, metadata_admin={"plan": "iron"})
    assert new.account.metadata_public == {"kept": 1}
    assert new.account.metadata_admin == {"plan": "iron"}

    emptied = again(person, metadata_public={})
    assert emptied.account.metadata_public == {}


def test_true_is_not_one():
    person = stored(metadata_public={"member": 1})
    assert again(person, metadata_public={"member": True}).account.metadata_public == {"member": True}


def test_an_address_that_stays_keeps_its_id_and_its_proof():
    person = stored(is_verified=True)
    new = again(person, {"name": "Countess"}, verified=(EMAIL,))
    assert set(new.account.addresses) == set(person.account.addresses)


def test_a_new_address_is_proven_only_if_the_provider_vouches_for_it():
    person = stored(is_verified=True)
    vouched = again(person, {"email": "Ada@new.example"}, verified=(NEW_EMAIL,)).account
    careless = again(person, {"email": "Ada@new.example"}).account
    of_another = again(person, {"email": "Ada@new.example"}, verified=(EMAIL,)).account

    assert address(vouched).value == "ada@new.example"
    assert (address(vouched).verified, address(vouched).status, address(vouched).verified_at_ms) == (
        True,
        "completed",
        9,
    )
    assert address(vouched, RECOVERY).verified is False
    assert (address(careless).verified, address(careless).verified_at_ms) == (False, None)
    assert address(of_another).verified is False


def test_a_number_is_not_proven_as_an_address_of_the_same_letters():
    new = again(stored(), {"name": "X."}, verified=(CodeAddress(value="ada@example.org", via="sms"),)).account
    assert address(new).verified is False


def test_an_unproven_address_that_the_provider_vouches_for_now_is_a_change():
    person = stored()
    new = again(person, dict(TRAITS), verified=(EMAIL,)).account
    assert address(new).verified
    assert address(new).id == address(person.account).id


def test_a_proven_address_is_not_proven_afresh_at_each_login():
    assert again(stored(is_verified=True), dict(TRAITS), verified=(EMAIL,)) is None


def test_identifiers_follow_the_traits():
    new = again(stored(), {"email": "ada@new.example"})
    (password,) = [item for item in new.credentials if item.type == PASSWORD]
    assert password.identifiers == ("ada@new.example",)


@pytest.mark.parametrize(
    ("traits", "node"),
    [
        pytest.param({"age": 3}, "traits.age", id="too young"),
        pytest.param({"email": "no address"}, "traits.email", id="no address"),
        pytest.param({"secretly": "mallory"}, "traits", id="unknown trait"),
        pytest.param({"email": None}, "traits.email", id="taken away"),
    ],
)
def test_what_does_not_fit_the_schema_is_refused_naming_provider_and_field_and_no_value(traits, node):
    with pytest.raises(MisfitError) as caught:
        again(stored(), traits)

    error = caught.value
    assert isinstance(error, MapperError)
    assert error.message == (
        f'What the provider "acme" says of this person doesn\'t fit the identity schema at {node}.'
    )
    assert [item.node for item in error.complaints] == [node]


def test_an_address_that_only_the_extension_knows_as_one_is_refused_too():
    document = json.loads(json.dumps(PERSON))
    del document["properties"]["traits"]["properties"]["email"]["format"]
    loose = schemas.load("person", base64_url(document), path="/x")
    with pytest.raises(MisfitError) as caught:
        again(stored(), {"email": "no address"}, schema=loose)
    assert [item.node for item in caught.value.complaints] == ["traits.email"]


def test_a_mapper_that_adds_traits_at_each_login_cannot_fill_the_database():
    open_document = json.loads(json.dumps(PERSON))
    open_document["properties"]["traits"]["additionalProperties"] = True
    wide = schemas.load("person", base64_url(open_document), path="/x")

    def log_in_again_and_again():
        person = stored()
        for login in range(20):
            new = again(person, {f"seen-{login}": "x" * 10_000}, schema=wide)
            person = msgspec.structs.replace(person, account=new.account)

    with pytest.raises(MisfitError, match="larger than 128 KiB"):
        log_in_again_and_again()
