import json

import pytest
from identity_stage import PERSON, base64_url
from sqlalchemy import insert

from headwater.core.secrets import Secret
from headwater.identity.people import accounts, credentials, persons, reshape, schema
from headwater.identity.people.accounts import Account
from headwater.identity.people.claims import CodeAddress
from headwater.identity.people.credentials import CODE, OIDC, PASSWORD, Credential, DuplicateIdentifierError
from headwater.store.database import build_engine, sqlite_url
from headwater.store.tables import identifiers, metadata, projects

PROJECT = "11111111-1111-4111-8111-111111111111"
OTHER_PROJECT = "22222222-2222-4222-8222-222222222222"
HASH = Secret("$2b$04$hash")


def coded():
    """People who sign in by password or code, at two addresses and a number."""
    whole = json.loads(json.dumps(PERSON))
    properties = whole["properties"]["traits"]["properties"]
    code = {"credentials": {"code": {"identifier": True, "via": "email"}}}
    properties["email"]["ory.sh/kratos"]["credentials"]["code"] = {"identifier": True, "via": "email"}
    properties["second"] = {"type": "string", "ory.sh/kratos": code}
    properties["phone"] = {
        "type": "string",
        "ory.sh/kratos": {
            "credentials": {"code": {"identifier": True, "via": "sms"}},
            "verification": {"via": "sms"},
            "recovery": {"via": "sms"},
        },
    }
    return schema.load("coded", base64_url(whole), path="/x")


CODED = coded()


@pytest.fixture
def connection(tmp_path):
    engine = build_engine(sqlite_url(tmp_path / "core.db"))
    metadata.create_all(engine)
    with engine.connect() as connection, connection.begin():
        for number, project_id in enumerate((PROJECT, OTHER_PROJECT)):
            row = {"slug": f"p{number}", "name": "p", "environment": "prod", "revision_id": "r", "document": "{}"}
            connection.execute(insert(projects).values(id=project_id, **row, created_at_ms=0, updated_at_ms=0))
        yield connection
    engine.dispose()


def blank(id_="ada"):
    return Account(
        id=id_,
        schema_id="coded",
        state=accounts.ACTIVE,
        traits={},
        state_changed_at_ms=1,
        created_at_ms=1,
        updated_at_ms=1,
    )


def made(traits, id_="ada", now_ms=1):
    return reshape.reshaped(blank(id_), (), traits=traits, schema=CODED, now_ms=now_ms)


def of_type(person, kind):
    return next((item for item in person.credentials if item.type == kind), None)


def stored(connection, id_="ada"):
    account = accounts.find_or_none(connection, id_, project_id=PROJECT)
    return account, credentials.of_accounts(connection, [id_])


def by_code(connection, text):
    return credentials.find_by_identifier(connection, text, type=CODE, project_id=PROJECT)


def by_password(connection, text):
    return credentials.find_by_identifier(connection, text, type=PASSWORD, project_id=PROJECT)


def test_traits_make_identifiers_addresses_and_where_codes_go():
    ada = made({"email": "ADA@example.org", "second": "a@example.org", "phone": "+44 20 7946 0000"})

    assert of_type(ada, PASSWORD).identifiers == ("ada@example.org",)
    assert credentials.hashed_password_or_none(of_type(ada, PASSWORD)) is None
    assert of_type(ada, CODE).identifiers == ("+442079460000", "a@example.org", "ada@example.org")
    assert credentials.code_addresses(of_type(ada, CODE)) == (
        CodeAddress(via="sms", value="+442079460000"),
        CodeAddress(via="email", value="a@example.org"),
        CodeAddress(via="email", value="ada@example.org"),
    )
    assert {(item.purpose, item.via, item.value) for item in ada.account.addresses} == {
        ("verifiable", "email", "ada@example.org"),
        ("recovery", "email", "ada@example.org"),
        ("verifiable", "sms", "+442079460000"),
        ("recovery", "sms", "+442079460000"),
    }


def test_a_code_address_that_is_none_is_complained_about():
    (complaint,) = CODED.claims({"second": "nobody"}).complaints

    assert complaint.node == "traits.second"


def test_what_stays_keeps_its_id_and_proof_and_what_changes_starts_anew(connection):
    persons.insert_person(connection, made({"email": "ada@example.org", "phone": "+442079460000"}), project_id=PROJECT)
    account, owned = stored(connection)
    (email,) = [item for item in account.addresses if (item.purpose, item.via) == ("verifiable", "email")]
    (phone,) = [item for item in account.addresses if (item.purpose, item.via) == ("verifiable", "sms")]
    for address in (email, phone):
        accounts.mark_verified(connection, address.id, now_ms=5)
    account, owned = stored(connection)

    moved = reshape.reshaped(
        account, owned, traits={"email": "new@example.org", "phone": "+44 20 7946 0000"}, schema=CODED, now_ms=9
    )
    assert persons.save_person(connection, moved, project_id=PROJECT)
    account, owned = stored(connection)
    after = {(item.purpose, item.via): item for item in account.addresses}
    assert after["verifiable", "sms"].id == phone.id
    assert (after["verifiable", "sms"].verified, after["verifiable", "sms"].verified_at_ms) == (True, 5)
    assert after["verifiable", "email"].id != email.id
    assert (after["verifiable", "email"].verified, after["verifiable", "email"].status) == (False, "pending")
    assert by_password(connection, "ada@example.org") is None
    assert by_password(connection, "new@example.org").identity_id == "ada"
    assert by_code(connection, "ada@example.org") is None
    assert by_code(connection, "+442079460000").identifiers == ("+442079460000", "new@example.org")


def test_the_same_traits_again_change_no_credential(connection):
    ada = reshape.with_password(made({"email": "ada@example.org"}), HASH, now_ms=1)
    persons.insert_person(connection, ada, project_id=PROJECT)
    account, owned = stored(connection)

    again = reshape.reshaped(account, owned, traits=account.traits, schema=CODED, now_ms=9)
    assert sorted(again.credentials, key=lambda item: item.type) == sorted(owned, key=lambda item: item.type)
    assert again.removed_ids == ()
    assert again.account.addresses == account.addresses


def test_a_password_survives_other_traits_and_other_kinds_are_left_alone(connection):
    ada = reshape.with_password(made({"email": "ada@example.org"}), HASH, now_ms=1)
    key = Credential(
        id="key", identity_id="ada", type="webauthn", config=Secret("{}"), created_at_ms=1, updated_at_ms=1
    )
    moved = reshape.reshaped(
        ada.account, (*ada.credentials, key), traits={"email": "b@example.org"}, schema=CODED, now_ms=9
    )

    assert credentials.hashed_password_or_none(of_type(moved, PASSWORD)) == HASH
    assert of_type(moved, PASSWORD).id == of_type(ada, PASSWORD).id
    assert of_type(moved, "webauthn") == key


def test_credentials_that_lost_their_last_identifier_go_but_a_password_never(connection):
    ada = made({"email": "ada@example.org", "phone": "+442079460000"})
    persons.insert_person(connection, ada, project_id=PROJECT)
    account, owned = stored(connection)
    bare = reshape.reshaped(account, owned, traits={"name": "Ada"}, schema=CODED, now_ms=9)
    assert bare.credentials == ()
    assert set(bare.removed_ids) == {item.id for item in owned}
    persons.save_person(connection, bare, project_id=PROJECT)
    assert stored(connection) == (bare.account, [])
    assert connection.execute(identifiers.select()).all() == []

    with_hash = reshape.with_password(ada, HASH, now_ms=1)
    kept = reshape.reshaped(with_hash.account, with_hash.credentials, traits={"name": "Ada"}, schema=CODED, now_ms=9)
    assert credentials.hashed_password_or_none(of_type(kept, PASSWORD)) == HASH
    assert of_type(kept, PASSWORD).identifiers == ()


def test_two_people_cannot_have_one_identifier_or_address(connection):
    persons.insert_person(connection, made({"email": "ada@example.org"}), project_id=PROJECT)
    mallory = made({"email": "mallory@example.org"}, "mallory")
    persons.insert_person(connection, mallory, project_id=PROJECT)
    stolen = reshape.reshaped(
        mallory.account, mallory.credentials, traits={"email": "Ada@Example.org"}, schema=CODED, now_ms=9
    )

    for attempt in (
        lambda: persons.insert_person(connection, made({"email": "ada@example.org"}, "eve"), project_id=PROJECT),
        lambda: persons.save_person(connection, stolen, project_id=PROJECT),
        lambda: credentials.save_credential(connection, of_type(stolen, CODE), project_id=PROJECT),
    ):
        with pytest.raises(DuplicateIdentifierError), connection.begin_nested():
            attempt()
    persons.insert_person(connection, made({"email": "ada@example.org"}, "twin"), project_id=OTHER_PROJECT)


def test_saving_someone_who_is_gone_brings_nobody_back(connection):
    assert not persons.save_person(connection, made({"email": "ada@example.org"}), project_id=PROJECT)
    assert accounts.find_or_none(connection, "ada", project_id=PROJECT) is None


def test_an_address_leads_to_its_person_only_where_it_was_asked_for(connection):
    persons.insert_person(connection, made({"email": "ada@example.org"}), project_id=PROJECT)

    def find(**change):
        wanted = {"purpose": "recovery", "via_or_none": None, "value": "ada@example.org", "project_id": PROJECT}
        return accounts.find_by_address(connection, **{**wanted, **change})

    account, address = find()
    assert (account.id, address.purpose, address.via) == ("ada", "recovery", "email")
    assert find(via_or_none="email")
    for change in (
        {"via_or_none": "sms"},
        {"purpose": "verifiable", "value": "b@example.org"},
        {"project_id": OTHER_PROJECT},
        {"value": "' OR '1'='1"},
    ):
        assert find(**change) is None


def test_an_address_is_sent_to_then_proven_and_never_unproven_by_sending(connection):
    ada = made({"email": "ada@example.org"})
    persons.insert_person(connection, ada, project_id=PROJECT)
    address_id = ada.account.addresses[0].id

    def address():
        account, _ = stored(connection)
        return next(item for item in account.addresses if item.id == address_id)

    accounts.mark_sent(connection, address_id, now_ms=5)
    assert (address().status, address().updated_at_ms) == ("sent", 5)
    accounts.mark_verified(connection, address_id, now_ms=6)
    accounts.mark_sent(connection, address_id, now_ms=7)
    assert (address().status, address().verified, address().verified_at_ms) == ("completed", True, 6)


def test_an_empty_password_fits_nothing(connection):
    ada = made({"email": "ada@example.org"})

    assert credentials.hashed_password_or_none(of_type(ada, PASSWORD)) is None
    assert credentials.hashed_password_or_none(of_type(ada, PASSWORD)) is None


def person_stored(connection, id_, traits):
    persons.insert_person(connection, made(traits, id_), project_id=PROJECT)
    return stored(connection, id_)[0]


def found_by(connection, text, *, kind=CODE, project_id=PROJECT):
    return accounts.find_by_identifier(connection, text, type=kind, project_id=project_id)


def test_one_statement_leads_from_an_identifier_to_its_person_and_all_their_addresses(connection):
    ada = person_stored(connection, "ada", {"email": "ada@example.org", "phone": "+442079460000"})
    grace = person_stored(connection, "grace", {"second": "grace@example.org"})

    assert (4, 0) == (len(ada.addresses), len(grace.addresses))
    assert ada == found_by(connection, "ada@example.org")
    assert grace == found_by(connection, "grace@example.org")


def test_an_identifier_leads_to_nobody_in_another_project_or_of_another_type(connection):
    person_stored(connection, "ada", {"email": "ada@example.org"})

    assert found_by(connection, "mallory@example.org") is None
    assert found_by(connection, "ada@example.org", project_id=OTHER_PROJECT) is None
    assert found_by(connection, "ada@example.org", kind=OIDC) is None
