"""A batch on its way: answers that get lost, servers that are busy, and a progress file that is no longer one."""

from datetime import UTC, datetime

import pytest
from scripted_api import scripted_api

from headwater.cli import client, identity_files, import_progress, import_report
from headwater.cli.app import run
from headwater.cli.client import RequestFailedError
from headwater.cli.identity_sender import PATH, Sender, Sent
from headwater.cli.import_progress import DamagedProgressError, Progress
from headwater.cli.import_report import Report, UnwritableReportError

BEGAN = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
ADA = {"traits": {"email": "ada@example.org"}, "external_id": "crm-1"}
STORED = {"id": "11111111-1111-4111-8111-111111111111", "traits": ADA["traits"], "created_at": "2026-11-24T03:01:00Z"}
CONFLICT = {"action": "error", "error": {"code": 409, "reason": "That is somebody else's."}}
MADE = {"action": "create", "identity": STORED["id"]}
BY_EXTERNAL_ID = "/admin/identities/by/external/crm-1"


class Waiting:
    """A clock whose pauses are when things change."""

    def __init__(self, change=lambda: None):
        self.pauses = []
        self._change = change

    async def sleep(self, seconds):
        self.pauses.append(seconds)
        self._change()


@pytest.fixture
def api():
    with scripted_api() as running:
        yield running


def person(number=1, document=ADA):
    return identity_files.Person(number=number, where={"line": number}, end=0, document=document)


async def send(api, people, *, clock, doubtful_up_to=0, told=None):
    async with client.connected(api.url, token=None, is_ours=True) as connection:
        sender = Sender(connection, clock=clock, began_at=BEGAN, tell=[].append if told is None else told.append)
        return await sender.send(people, doubtful_up_to=doubtful_up_to)


async def test_somebody_whose_answer_got_lost_is_recognised_when_sent_again(api):
    def restart():
        api.answer("PATCH", PATH, {"identities": [CONFLICT, None]})
        api.answer("GET", BY_EXTERNAL_ID, STORED)

    api.answer("PATCH", PATH, b"half an ans")
    clock = Waiting(restart)

    sent = await send(api, [person()], clock=clock)

    assert [1.0] == clock.pauses
    assert [(STORED["id"], True, None)] == [(one.identity_id, one.is_recognised, one.reason) for one in sent]


@pytest.mark.parametrize(
    ("found", "doubtful_up_to"),
    [
        (STORED, 0),
        ({**STORED, "created_at": "2026-11-24T02:00:00Z"}, 1),
        ({**STORED, "traits": {"email": "mallory@example.org"}}, 1),
    ],
    ids=["nothing was in doubt", "here before the import", "somebody else"],
)
async def test_a_real_conflict_is_never_taken_for_ones_own(api, found, doubtful_up_to):
    api.answer("PATCH", PATH, {"identities": [CONFLICT, None]})
    api.answer("GET", BY_EXTERNAL_ID, found)
    api.answer("GET", PATH, [found])

    sent = await send(api, [person()], clock=Waiting(), doubtful_up_to=doubtful_up_to)

    assert [(None, "That is somebody else's.")] == [(one.identity_id, one.reason) for one in sent]


async def test_two_rows_cannot_both_be_the_same_person(api):
    api.answer("PATCH", PATH, {"identities": [CONFLICT, CONFLICT, None]})
    api.answer("GET", BY_EXTERNAL_ID, STORED)
    api.answer("GET", PATH, [STORED])

    sent = await send(api, [person(1), person(2)], clock=Waiting(), doubtful_up_to=2)

    assert [True, False] == [one.identity_id is not None for one in sent]


async def test_a_busy_server_is_given_time_and_then_given_up(api):
    api.refuse("PATCH", PATH, status=429, reason="Too many people sign up.")
    clock, told = Waiting(), []

    with pytest.raises(RequestFailedError, match="Too many people"):
        await send(api, [person()], clock=clock, told=told)

    assert [1.0, 3.0, 10.0] == clock.pauses
    assert 3 == len(told)
    assert "Trying again in 10 s." in told[-1]


async def test_a_row_that_cannot_be_sent_does_not_move_the_answers_of_the_others(api):
    api.answer("PATCH", PATH, {"identities": [MADE, CONFLICT, None]})
    bad = identity_files.Person(number=2, where={"line": 2}, end=0, problem="The row is no JSON.")

    sent = await send(api, [person(1), bad, person(3)], clock=Waiting())

    assert [None, "The row is no JSON.", "That is somebody else's."] == [one.reason for one in sent]
    assert [1, 2, 3] == [one.person.number for one in sent]
    assert [{"create": ADA}, {"create": ADA}, {}] == api.asked[0]["body"]["identities"]


def progress(**changes):
    about = identity_files.Fingerprint(size=1, modified_ns=2, head_sha256="3")
    return Progress(file=about, began_at=BEGAN.isoformat(), batch_size=200, **changes)


def test_progress_is_kept_for_its_owner_only_and_read_back(tmp_path):
    path = import_progress.path_of(str(tmp_path / "people.jsonl"), project="0123456789")

    import_progress.save(path, progress(number=7))

    assert progress(number=7) == import_progress.load(path)
    assert 0o600 == path.stat().st_mode & 0o777
    assert ["people.jsonl.01234567.headwater-import"] == [found.name for found in tmp_path.iterdir()]


@pytest.mark.parametrize("content", [b"", b"{", b"{}", b"\xff"])
def test_a_damaged_progress_is_never_taken_for_none(tmp_path, content):
    (tmp_path / "p").write_bytes(content)

    with pytest.raises(DamagedProgressError, match="Remove it to start over"):
        import_progress.load(tmp_path / "p")


def refused(reason, document=ADA):
    return Sent(person=person(document=document), reason=reason)


def test_a_report_forgets_what_the_progress_does_not_know_of(tmp_path):
    path = tmp_path / "refused.jsonl"
    report = Report(path)
    report.add("a", refused("one"))
    report.flush()
    kept_bytes = report.size_bytes
    report.add("a", refused("of a batch that is sent again"))
    report.close()

    again = Report(path, kept_bytes=kept_bytes)
    again.add("a", refused("two"))
    again.close()

    lines = path.read_text().splitlines()
    assert ['"one"', '"two"'] == [line.partition('"reason":')[2].rstrip("}") for line in lines]
    assert 0o600 == path.stat().st_mode & 0o777


def test_a_report_never_holds_a_password():
    document = {**ADA, "credentials": {"password": {"config": {"password": "lovelace"}}}}

    row = import_report.row("a.jsonl", refused("no", document))

    assert {"file": "a.jsonl", "line": 1, "identifier": "crm-1", "reason": "no"} == row


def test_a_report_that_cannot_be_written_is_said_before_anything_is_sent(tmp_path):
    with pytest.raises(UnwritableReportError, match="can't be written"):
        Report(tmp_path / "nowhere" / "refused.jsonl")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["a", "--bacth", "3"], "Unknown option: --bacth"),
        (["a", "--batch", "0"], "--batch is 0"),
        (["a", "--batch", "1001"], "--batch is 1001"),
        (["a", "a"], "named twice"),
        (["-", "--resume"], "middle of stdin"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_slips_of_the_hand_are_bad_usage(api, capsys, arguments, said):
    assert 2 == run(["import", "identities", *arguments], environ={"HEADWATER_URL": api.url})
    assert said in capsys.readouterr().err
    assert [] == api.asked


def test_a_key_that_may_not_import_is_refused_at_once(api, capsys, tmp_path):
    (tmp_path / "a.jsonl").write_text('{"traits": {}}')
    api.answer("GET", "/api/status", {"project": {"id": "p"}})
    api.refuse("PATCH", PATH, status=403, reason="This key may not do that.")

    code = run(["import", "identities", str(tmp_path / "a.jsonl")], environ={"HEADWATER_URL": api.url})

    assert 1 == code
    assert "This key may not do that." in capsys.readouterr().err
    assert 2 == len(api.asked)
    assert ["a.jsonl"] == [found.name for found in tmp_path.iterdir()]
