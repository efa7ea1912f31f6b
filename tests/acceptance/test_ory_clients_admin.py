"""Ory's official Python clients, unmodified: every call of the admin API, by key and at the keyless door.

Their models check each answer: a field that they require and we forgot fails the call.
"""

import re
from contextlib import closing
from itertools import count
from urllib.parse import parse_qs, urlsplit

import ory_client
import ory_kratos_client
import pytest

from acceptance.ory_stage import PASSWORD, App, Browser, Installation, Letters

NOBODY = "4ea92174-f04b-4d92-a2d7-e2d5c5064572"
BCRYPT_OF_SECRET = "$2a$04$ko0AoXkvntXm1oxWVE2U7uwzcGzD4BTxrcyMc7/YCxAqYK6bZM/Fi"
numbers = count(1)


@pytest.fixture(scope="module")
def installation(tmp_path_factory):
    with closing(Installation(tmp_path_factory.mktemp("admins") / "data")) as running:
        running.start()
        yield running


@pytest.fixture(params=[ory_kratos_client, ory_client], ids=["kratos-client", "ory-client"])
def sdk(request):
    return request.param


@pytest.fixture(params=["by key", "keyless"])
def client(request, installation, sdk):
    with sdk.ApiClient(_configuration(sdk, installation, request.param)) as client:
        yield client


def _configuration(sdk, installation, door):
    if door == "keyless":
        return sdk.Configuration(host=installation.admin)
    if sdk is ory_client:
        return sdk.Configuration(host=installation.url, access_token=installation.key)
    return sdk.Configuration(host=installation.url, api_key={"oryAccessToken": f"Bearer {installation.key}"})


@pytest.fixture
def admin(sdk, client):
    return sdk.IdentityApi(client)


@pytest.fixture
def schema(admin):
    """The id of the schema that a new project's people have."""
    (only,) = admin.list_identity_schemas()
    return only.id


@pytest.fixture
def create(sdk, admin, schema):
    """Returns a new person, named as nobody else."""

    def create(name="ada", **body):
        email = f"{name}-{next(numbers)}@example.com"
        body = {"schema_id": schema, "traits": {"email": email}, **body}
        return admin.create_identity(sdk.CreateIdentityBody.from_dict(body))

    return create


def test_a_created_person_comes_back_as_created_by_each_of_their_names(admin, create):
    external = f"crm-{next(numbers)}"
    made = create(
        external_id=external,
        state="active",
        metadata_public={"plan": "pro"},
        metadata_admin={"note": "{{7*7}}"},
        credentials={"password": {"config": {"password": PASSWORD}}},
    )

    for found in (
        admin.get_identity(str(made.id)),
        admin.get_identity_by_external_id(external),
        *admin.list_identities(credentials_identifier=made.traits["email"]),
        *admin.list_identities(ids=[str(made.id)]),
    ):
        assert (made.id, made.traits, "active") == (found.id, found.traits, found.state)
        assert (external, {"plan": "pro"}, {"note": "{{7*7}}"}) == (
            found.external_id,
            found.metadata_public,
            found.metadata_admin,
        )
        assert [made.traits["email"]] == [address.value for address in found.verifiable_addresses]


def test_a_second_person_of_the_same_name_is_a_conflict(sdk, admin, create, schema):
    made = create()
    with pytest.raises(sdk.ApiException) as caught:
        admin.create_identity(sdk.CreateIdentityBody(schema_id=schema, traits={"email": made.traits["email"].upper()}))

    assert 409 == caught.value.status


def test_a_person_brought_along_with_a_hash_signs_in_with_the_old_password(installation, sdk, create):
    hashed = {"password": {"config": {"hashed_password": BCRYPT_OF_SECRET}}}
    email = create(credentials=hashed).traits["email"]

    assert {"email": email} == App(sdk, installation.url).sign_in(email, password="secret").session.identity.traits


def test_credentials_are_told_only_to_whoever_asks_for_them(admin, create):
    made = create(credentials={"password": {"config": {"password": PASSWORD}}})

    asked, unasked = (
        admin.get_identity(str(made.id), include_credential=kinds).credentials for kinds in (["password"], [])
    )
    assert [made.traits["email"]] == asked["password"].identifiers == unasked["password"].identifiers
    assert asked["password"].config["hashed_password"].startswith("$argon2id$")
    assert not unasked["password"].config


def test_a_list_is_walked_to_its_end_by_its_links_and_nobody_comes_twice(admin, create):
    made = [str(create().id) for _ in range(3)]
    seen, token = [], None
    while True:
        page = admin.list_identities_with_http_info(page_size=2, page_token=token)
        seen += [str(one.id) for one in page.data]
        links = next(value for name, value in page.headers.items() if name.lower() == "link")
        following = re.search(r'<([^>]+)>;\s*rel="next"', links)
        if following is None:
            break
        token = parse_qs(urlsplit(following[1]).query)["page_token"][0]

    assert len(seen) == len(set(seen))
    assert set(made) <= set(seen)


def test_a_replaced_person_keeps_nothing_that_was_not_sent_and_a_patched_one_the_rest(sdk, admin, create, schema):
    made = create(metadata_public={"plan": "pro"}, external_id=f"crm-{next(numbers)}")
    email = f"grace-{next(numbers)}@example.com"

    body = sdk.UpdateIdentityBody(schema_id=schema, state="inactive", traits={"email": email})
    replaced = admin.update_identity(str(made.id), body)
    assert ("inactive", {"email": email}, None, None) == (
        replaced.state,
        replaced.traits,
        replaced.metadata_public,
        replaced.external_id,
    )
    patches = [sdk.JsonPatch(op="replace", path="/state", value="active")]
    patched = admin.patch_identity(str(made.id), patches)
    assert ("active", {"email": email}) == (patched.state, patched.traits)
    with pytest.raises(sdk.ApiException) as caught:
        admin.patch_identity(str(made.id), [sdk.JsonPatch(op="replace", path="/id", value=NOBODY)])
    assert 400 == caught.value.status


def test_a_batch_says_of_each_person_what_became_of_them(sdk, admin, create, schema):
    taken = create().traits["email"]
    new = f"grace-{next(numbers)}@example.com"
    wanted = [sdk.CreateIdentityBody(schema_id=schema, traits={"email": email}) for email in (new, taken)]
    patches = [sdk.IdentityPatch(create=body, patch_id=NOBODY) for body in wanted]

    answers = admin.batch_patch_identities(sdk.PatchIdentitiesBody(identities=patches)).identities

    assert ["create", "error"] == [answer.action for answer in answers]
    assert {"email": new} == admin.get_identity(str(answers[0].identity)).traits


def test_sessions_are_seen_extended_and_ended_by_an_administrator(installation, sdk, admin, create):
    made = create(credentials={"password": {"config": {"password": PASSWORD}}})
    phone, laptop, desk = (App(sdk, installation.url) for _ in range(3))
    first, second, third = (app.sign_in(made.traits["email"]).session for app in (phone, laptop, desk))

    assert {first.id, second.id, third.id} == {one.id for one in admin.list_identity_sessions(str(made.id))}
    everybodys = {one.id for one in admin.list_sessions(active=True, page_size=250, expand=["identity", "devices"])}
    assert {first.id, second.id, third.id} <= everybodys
    assert made.traits == admin.get_session(str(first.id), expand=["identity"]).identity.traits
    assert admin.extend_session(str(first.id)).expires_at >= first.expires_at
    admin.disable_session(str(first.id))
    phone.refused(401, "to_session", **phone.proof)
    assert laptop.ask("to_session", **laptop.proof).active
    admin.delete_identity_sessions(str(made.id))
    for app in (laptop, desk):
        app.refused(401, "to_session", **app.proof)


def test_an_inactive_person_stays_outside_with_the_right_password(installation, sdk, create):
    made = create(state="inactive", credentials={"password": {"config": {"password": PASSWORD}}})

    with pytest.raises(sdk.ApiException) as caught:
        App(sdk, installation.url).sign_in(made.traits["email"])
    assert 400 == caught.value.status


def test_a_recovery_code_from_an_administrator_lets_exactly_this_person_in(installation, sdk, admin, create):
    made = create()
    body = sdk.CreateRecoveryCodeForIdentityBody(identity_id=str(made.id), expires_in="10m")

    given = admin.create_recovery_code_for_identity(body)

    browser = Browser(sdk, installation.url)
    flow = parse_qs(urlsplit(given.recovery_link).query)["flow"][0]
    assert given.expires_at is not None
    try:
        moved = browser.submit("recovery", flow, {"method": "code", "code": given.recovery_code})
    except sdk.ApiException as error:
        moved = error
    assert made.traits == browser.ask("to_session").identity.traits, moved


def test_the_last_way_in_cannot_be_taken_and_nothing_is_not_there(sdk, admin, create):
    made = create(credentials={"password": {"config": {"password": PASSWORD}}})

    for kind, status in (("password", 400), ("totp", 404)):
        with pytest.raises(sdk.ApiException) as caught:
            admin.delete_identity_credentials(str(made.id), kind)
        assert status == caught.value.status


def test_a_deleted_person_is_nowhere_and_their_sessions_open_nothing(installation, sdk, admin, create):
    made = create(credentials={"password": {"config": {"password": PASSWORD}}})
    app = App(sdk, installation.url)
    app.sign_in(made.traits["email"])

    admin.delete_identity(str(made.id))

    app.refused(401, "to_session", **app.proof)
    for call, given in ((admin.get_identity, str(made.id)), (admin.delete_identity, str(made.id))):
        with pytest.raises(sdk.ApiException) as caught:
            call(given)
        assert 404 == caught.value.status
    assert [] == admin.list_identities(credentials_identifier=made.traits["email"])


def test_a_captured_letter_is_found_by_whom_it_went_to_and_by_its_id(installation, sdk, client):
    email = f"ada-{next(numbers)}@example.com"
    App(sdk, installation.url).sign_up(email)
    letters = Letters(sdk, client)

    letter = letters.newest(email, "verification_code_valid")

    again = sdk.CourierApi(client).get_courier_message(str(letter.id))
    assert (email, letter.subject, letter.body) == (again.recipient, again.subject, again.body)


def test_the_schema_of_a_person_is_the_one_they_are_checked_against(admin, schema):
    assert "email" in admin.get_identity_schema(schema)["properties"]["traits"]["properties"]


def test_without_a_key_the_public_port_tells_nobody_anything(installation, sdk):
    with sdk.ApiClient(sdk.Configuration(host=installation.url)) as client:
        for call in (sdk.IdentityApi(client).list_identities, sdk.CourierApi(client).list_courier_messages):
            with pytest.raises(sdk.ApiException) as caught:
                call()
            assert 401 == caught.value.status
