"""What is configured is kept, and its secrets are kept to themselves."""

from datetime import UTC, datetime

import pytest

from fresh_database import fresh_database
from headwater.core.clock import ManualClock
from headwater.core.errors import BadRequestError, ConflictError, NotFoundError
from headwater.core.secrets import Sealer
from headwater.workspace import destinations, json_patch, keys, projects, rejections, sources
from headwater.workspace.rejections import Rejection

HOOK = "/services/identity/config/selfservice/flows/registration/after/hooks/0/config/auth/config"


@pytest.fixture
def clock():
    return ManualClock(datetime(2026, 11, 23, tzinfo=UTC))


@pytest.fixture
def sealer():
    return Sealer(b"k" * 32)


@pytest.fixture
async def database(tmp_path):
    database = fresh_database(tmp_path / "core.db")
    yield database
    database.close()


def hook(user, password=""):
    auth = {"type": "basic_auth", "config": {"user": user, "password": password}}
    return {"selfservice": {"hooks": [{"hook": "web_hook", "config": {"auth": auth}}]}}


def auth_of(config):
    return config["selfservice"]["hooks"][0]["config"]["auth"]["config"]


async def test_a_source_has_a_slug_a_write_key_and_is_found_by_either_name(database, clock):
    made = await database.write(lambda c: sources.create(c, "My Website!", kind="website", clock=clock))
    found = await database.read(lambda c: [sources.get(c, made.id), sources.get(c, "my-website")])

    assert [made, made] == found
    assert 32 == len(made.write_keys[0].key)


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("Identity", BadRequestError),
        ("New", BadRequestError),  # its page would be that of the form
        ("!!!", BadRequestError),
        ("x" * 200, BadRequestError),
    ],
)
async def test_a_reserved_or_empty_or_endless_name_is_refused(database, clock, name, error):
    with pytest.raises(error):
        await database.write(lambda c: sources.create(c, name, kind="website", clock=clock))


async def test_a_second_source_of_one_slug_is_refused(database, clock):
    await database.write(lambda c: sources.create(c, "website", kind="website", clock=clock))

    with pytest.raises(ConflictError, match="exists already"):
        await database.write(lambda c: sources.create(c, "Website", kind="website", clock=clock))


async def test_a_destination_for_a_source_that_is_not_there_leaves_nothing(database, clock, sealer):
    def create(connection):
        return destinations.create(
            connection,
            "webhook",
            name="w",
            source_slugs=["nowhere"],
            settings={},
            start_offset=0,
            clock=clock,
            sealer=sealer,
        )

    with pytest.raises(NotFoundError, match="nowhere"):
        await database.write(create)
    assert [] == await database.read(lambda c: destinations.every(c, sealer=sealer))


async def test_a_destinations_settings_are_not_readable_on_disk(database, clock, sealer, tmp_path):
    def create(connection):
        sources.create(connection, "website", kind="website", clock=clock)
        return destinations.create(
            connection,
            "webhook",
            name="w",
            source_slugs=["website"],
            settings={"shared_secret": "hush-hush"},
            start_offset=0,
            clock=clock,
            sealer=sealer,
        )

    made = await database.write(create)

    assert {"shared_secret": "hush-hush"} == made.settings
    assert b"hush-hush" not in b"".join(path.read_bytes() for path in tmp_path.iterdir())


async def test_a_keys_token_is_not_readable_on_disk_and_dies_when_revoked(database, clock, tmp_path):
    key, token = await database.write(
        lambda c: keys.create(c, name="ci", role="operator", project_id=None, clock=clock)
    )
    found = await database.read(lambda c: keys.by_token(c, token, clock=clock))
    await database.write(lambda c: keys.revoke(c, key.id, clock=clock))
    with pytest.raises(keys.KeyRevokedError, match=r"revoked at 2026-11-23T00:00:00.000Z"):
        await database.read(lambda c: keys.by_token(c, token, clock=clock))

    assert key == found
    assert token.encode() not in b"".join(path.read_bytes() for path in tmp_path.iterdir())


async def test_a_secret_in_a_project_comes_back_as_a_reference_which_keeps_the_value(database, clock, sealer, tmp_path):
    project = await database.write(lambda c: projects.create(c, "p", identity_config={}, clock=clock))

    def save(connection, before, config):
        document = {**before.document, "services": {"identity": {"config": config}}}
        return projects.save(connection, before, document, clock=clock, sealer=sealer)

    first = await database.write(lambda c: save(c, project, hook("the-write-key")))
    second = await database.write(lambda c: save(c, first, first.identity_config))
    revealed = await database.read(lambda c: projects.reveal(c, second, sealer=sealer))

    assert auth_of(second.identity_config)["user"].startswith("secret://")
    assert {"user": "the-write-key", "password": ""} == auth_of(revealed)
    assert b"the-write-key" not in b"".join(path.read_bytes() for path in tmp_path.iterdir())


async def test_a_reference_to_somebody_elses_secret_is_refused(database, clock, sealer):
    def steal(connection):
        rich = projects.create(connection, "rich", identity_config={}, clock=clock)
        poor = projects.create(connection, "poor", identity_config={}, clock=clock)
        document = {**rich.document, "services": {"identity": {"config": hook("key")}}}
        saved = projects.save(connection, rich, document, clock=clock, sealer=sealer)
        taken = {**poor.document, "services": {"identity": {"config": saved.identity_config}}}
        projects.save(connection, poor, taken, clock=clock, sealer=sealer)

    with pytest.raises(BadRequestError, match="no secret of this project"):
        await database.write(steal)


async def test_of_two_writers_who_saw_one_revision_the_second_is_told(database, clock, sealer):
    project = await database.write(lambda c: projects.create(c, "p", identity_config={}, clock=clock))
    await database.write(lambda c: projects.save(c, project, project.document, clock=clock, sealer=sealer))

    with pytest.raises(ConflictError, match="changed by someone else"):
        await database.write(lambda c: projects.save(c, project, project.document, clock=clock, sealer=sealer))


async def test_rejections_add_up(database):
    one = Rejection(source_id="", code="unknown_source", count=2, first_at_ms=1, last_at_ms=2, sample="a")
    more = Rejection(source_id="", code="unknown_source", count=3, first_at_ms=5, last_at_ms=6, sample="b")
    await database.write(lambda c: rejections.add(c, [one]))
    await database.write(lambda c: rejections.add(c, [more]))
    (row,) = await database.read(rejections.every)

    assert (5, 1, 6, "b") == (row.count, row.first_at_ms, row.last_at_ms, row.sample)


async def test_credential_headers_and_known_secrets_are_sealed_too_and_plain_headers_are_not(
    database, clock, sealer, tmp_path
):
    config = {
        "hooks": [{"config": {"headers": {"Authorization": "Bearer hush-1", "X-Api-Key": "hush-2", "Accept": "a/b"}}}],
        "courier": {"smtp": {"connection_uri": "smtps://u:hush-3@mail/"}},
        "oidc": {"config": {"providers": [{"client_secret": "hush-4"}]}},
        "secrets": {"cookie": ["hush-5"]},
    }
    project = await database.write(lambda c: projects.create(c, "p", identity_config={}, clock=clock))
    document = {**project.document, "services": {"identity": {"config": config}}}
    saved = await database.write(lambda c: projects.save(c, project, document, clock=clock, sealer=sealer))
    revealed = await database.read(lambda c: projects.reveal(c, saved, sealer=sealer))

    assert config == revealed
    assert "a/b" == saved.identity_config["hooks"][0]["config"]["headers"]["Accept"]
    assert b"hush" not in b"".join(path.read_bytes() for path in tmp_path.iterdir())


async def test_secrets_of_providers_go_along_when_a_patch_moves_the_providers(database, clock, sealer, tmp_path):
    """The enemy is a list whose order counts: Mallory's provider must never be sent Ada's secret."""
    google = {"id": "google", "client_secret": "hush-google"}
    apple = {"id": "apple", "apple_private_key": "hush-apple"}
    config = {"selfservice": {"methods": {"oidc": {"config": {"providers": [google, apple]}}}}}
    listed = "/services/identity/config/selfservice/methods/oidc/config/providers"
    moves = [
        {"op": "move", "from": f"{listed}/1", "path": f"{listed}/0"},
        {"op": "add", "path": f"{listed}/1", "value": {"id": "mallory", "client_secret": "hush-mallory"}},
    ]
    project = await database.write(lambda c: projects.create(c, "p", identity_config={}, clock=clock))

    def save(connection, before, document):
        return projects.save(connection, before, document, clock=clock, sealer=sealer)

    document = {**project.document, "services": {"identity": {"config": config}}}
    first = await database.write(lambda c: save(c, project, document))
    second = await database.write(lambda c: save(c, first, json_patch.apply(first.document, moves)))
    revealed = await database.read(lambda c: projects.reveal(c, second, sealer=sealer))

    shown = second.identity_config["selfservice"]["methods"]["oidc"]["config"]["providers"]
    assert ["apple", "mallory", "google"] == [one["id"] for one in shown]
    assert all(value.startswith("secret://") for one in shown for key, value in one.items() if key != "id")
    assert [apple, {"id": "mallory", "client_secret": "hush-mallory"}, google] == revealed["selfservice"]["methods"][
        "oidc"
    ]["config"]["providers"]
    assert b"hush" not in b"".join(path.read_bytes() for path in tmp_path.iterdir())
