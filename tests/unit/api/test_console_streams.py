"""Event streams as Ory has them, of type https: a webhook for the events of one project."""

import pytest
from ory_client import models

from headwater.core import ids
from headwater.core.errors import BadRequestError
from headwater.workspace import destinations, event_streams
from headwater.workspace.destinations import DestinationChange
from unit.api.console_stage import Stage, reason

URL = "https://ada:pass-word@receiver.example/events?key=query-key"
BEARER = {"https_auth_type": "bearer", "https_auth_secret": "hush-hush"}
API_KEY = {"https_auth_type": "api_key", "https_auth_header_name": "X-Api-Key", "https_auth_secret": "hush-hush"}


@pytest.fixture
async def stage(tmp_path):
    async with Stage(tmp_path) as stage:
        yield stage


async def made(stage, project=None, **body):
    path = f"/projects/{(project or stage.project).id}/eventstreams"
    answer = await stage.ask("POST", path, {"type": "https", "https_endpoint": URL, **body})
    assert answer.status_code == 201, answer.text
    return models.EventStream.from_json(answer.text)


async def put(stage, stream, **body):
    return await stage.ask("PUT", f"/projects/{stage.project.id}/eventstreams/{stream.id}", body)


async def served_by(stage, stream):
    return await stage.database.read(lambda c: destinations.get(c, str(stream.id), sealer=stage.sealer))


async def test_a_stream_is_made_listed_changed_and_deleted(stage):
    stream = await made(stage, **BEARER)
    stage.clock.advance(5)
    changed = models.EventStream.from_json((await put(stage, stream, status="paused")).text)
    path = f"/projects/{stage.project.id}/eventstreams"
    listed = models.ListEventStreams.from_json((await stage.ask("GET", path)).text).event_streams
    deleted = await stage.ask("DELETE", f"{path}/{stream.id}")
    again = await stage.ask("DELETE", f"{path}/{stream.id}")

    assert ("https", "active", "paused") == (stream.type, stream.status, changed.status)
    assert [changed] == listed
    assert changed.updated_at > changed.created_at == stream.created_at
    assert (204, 404) == (deleted.status_code, again.status_code)
    assert [] == (await stage.ask("GET", path)).json()["event_streams"]
    assert 2 == stage.followed  # nothing is sent after the answer: whoever delivers has heard


@pytest.mark.parametrize("auth", [BEARER, API_KEY])
async def test_no_answer_shows_a_secret_and_the_receiver_gets_it(stage, auth, tmp_path):
    stream = await made(stage, **auth)
    texts = [
        stream.model_dump_json(),
        (await put(stage, stream, status="active")).text,
        (await stage.ask("GET", f"/projects/{stage.project.id}/eventstreams")).text,
    ]
    tool = await served_by(stage, stream)

    assert [] == [word for text in texts for word in ("hush", "pass-word", "query-key") if word in text]
    assert auth["https_auth_type"] == stream.https_auth_type
    assert (URL, {"hush-hush"}) == (
        tool.settings["url"],
        {value.removeprefix("Bearer ") for value in tool.settings["headers"].values()},
    )
    assert b"hush" not in b"".join(file.read_bytes() for file in tmp_path.iterdir() if file.is_file())


async def test_a_change_keeps_what_it_leaves_out(stage):
    stream = await made(stage, **API_KEY)
    before = (await served_by(stage, stream)).settings
    await put(stage, stream, type="https", status="paused")
    shown_back = await put(stage, stream, type="https", https_endpoint=stream.https_endpoint, status="active")
    kept = (await served_by(stage, stream)).settings
    await put(stage, stream, https_auth_secret="another")
    renewed = (await served_by(stage, stream)).settings
    await put(stage, stream, https_auth_type="none")
    bare = (await served_by(stage, stream)).settings

    assert 200 == shown_back.status_code
    assert before == kept
    assert ({"X-Api-Key": "another"}, {}) == (renewed["headers"], bare["headers"])


async def test_a_kept_secret_is_not_sent_to_another_address(stage):
    """Mallory may change the stream, and must not have its secret sent to herself by it."""
    stream = await made(stage, **BEARER)
    moved = await put(stage, stream, https_endpoint="https://mallory.example/")
    renamed = await put(stage, stream, https_auth_type="api_key", https_auth_header_name="X-Mine")
    anew = await put(stage, stream, https_endpoint="https://new.example/", https_auth_secret="new")

    assert (400, 400, 200) == (moved.status_code, renamed.status_code, anew.status_code)
    assert "kept for another address" in reason(moved)
    assert "Write it again" in reason(renamed)


@pytest.mark.parametrize("method", ["POST", "PUT"])
async def test_sns_is_refused_with_what_to_do(stage, method):
    body = {"type": "sns", "topic_arn": "arn:aws:sns:us-east-1:1:t", "role_arn": "arn:aws:iam::1:role/r"}
    path = f"/projects/{stage.project.id}/eventstreams"
    stream = await made(stage)
    answer = await stage.ask(method, path if method == "POST" else f"{path}/{stream.id}", body)

    assert (501, "no_sns") == (answer.status_code, answer.json()["error"]["id"])
    assert "https_endpoint" in reason(answer)
    assert 1 == len((await stage.ask("GET", path)).json()["event_streams"])


@pytest.mark.parametrize(
    "body",
    [
        {"type": "https"},
        {"type": "kafka", "https_endpoint": URL},
        {"https_endpoint": "receiver.example"},
        {"https_endpoint": "ftp://receiver.example/"},
        {"https_endpoint": URL, "status": "on"},
        {"https_endpoint": URL, "https_auth_type": "bearer"},
        {"https_endpoint": URL, "https_auth_type": "bearer", "https_auth_secret": ""},
        {"https_endpoint": URL, "https_auth_type": "bearer", "https_auth_secret": "a\r\nX-Evil: 1"},
        {"https_endpoint": URL, "https_auth_type": "bearer", "https_auth_secret": "x" * 4097},
        {"https_endpoint": URL, "https_auth_type": "api_key", "https_auth_secret": "x"},
        {"https_endpoint": URL, **API_KEY, "https_auth_header_name": "Host"},
        {"https_endpoint": URL, **API_KEY, "https_auth_header_name": "a b"},
        {"https_endpoint": URL, "https_auth_secret": "x"},
        {"https_endpoint": URL, "event_types": ["SessionIssued"]},
        [],
    ],
)
async def test_a_stream_of_nonsense_is_400_and_not_made(stage, body):
    path = f"/projects/{stage.project.id}/eventstreams"

    assert 400 == (await stage.ask("POST", path, body)).status_code
    assert [] == (await stage.ask("GET", path)).json()["event_streams"]


async def test_a_stream_begins_at_the_logs_head_and_a_paused_one_misses_what_happens(stage):
    stream = await made(stage)
    paused = await made(stage, status="paused")
    stage.newest_offset = 9
    await put(stage, paused, status="active")

    assert (7, ()) == ((tool := await served_by(stage, stream)).start_offset, tool.pauses)
    assert ((7, 9),) == (await served_by(stage, paused)).pauses


async def test_a_stream_is_its_projects_alone(stage):
    other = await stage.new_project("other")
    stream = await made(stage)
    path = f"/projects/{other.id}/eventstreams"
    listed = (await stage.ask("GET", path)).json()["event_streams"]
    answers = [
        await stage.ask("PUT", f"{path}/{stream.id}", {"status": "paused"}),
        await stage.ask("DELETE", f"{path}/{stream.id}"),
        await stage.ask("DELETE", f"{path}/{ids.new_uuid()}"),
    ]

    assert [] == listed
    assert [404] * 3 == [answer.status_code for answer in answers]
    assert (
        "active"
        == (await stage.ask("GET", f"/projects/{stage.project.id}/eventstreams")).json()["event_streams"][0]["status"]
    )


async def test_streams_are_bounded(stage):
    for _ in range(event_streams.MAX_STREAMS):
        await made(stage)
    answer = await stage.ask(
        "POST", f"/projects/{stage.project.id}/eventstreams", {"type": "https", "https_endpoint": URL}
    )

    assert 409 == answer.status_code


async def test_a_stream_goes_with_its_project(stage):
    other = await stage.new_project("other")
    stream = await made(stage)
    await made(stage, other)
    await stage.ask("DELETE", f"/projects/{other.id}")
    left = await stage.database.read(lambda c: destinations.ever(c, sealer=stage.sealer))

    assert [str(stream.id)] == [one.id for one in left]
    assert 1 == stage.followed


async def test_a_stream_gets_no_sources(stage):
    stream = await made(stage)

    def connect(connection):
        change = DestinationChange(sources=[])
        destinations.update_destination(connection, str(stream.id), change, newest_offset=9, sealer=stage.sealer)

    with pytest.raises(BadRequestError, match="event stream of a project"):
        await stage.database.write(connect)
