"""Nothing leaves an emulator but what may; what wanted to is on record; answers and faults come by rule."""

import asyncio
from datetime import timedelta

import pytest

from headwater.core.errors import BadRequestError, NotFoundError
from headwater.emulator.allowed import Allowed
from headwater.emulator.answers import Answer, Answers, fits
from headwater.emulator.clock import EmulatedClock
from headwater.emulator.gate import Gate
from headwater.emulator.recorder import Recorder
from headwater.emulator.way_out import EmulatedWayOut
from headwater.net import outbound
from headwater.net.outbound import (
    BadOutboundRequestError,
    ReceiverTimeoutError,
    Request,
    Response,
    UnreachableError,
)

HOOK = "https://hooks.example.com/new-user"
SEGMENT = "https://api.segment.io/v1/identify"
TEAPOT = 418


class World:
    """What is really out there: remembers what reached it."""

    def __init__(self):
        self.reached, self.followed, self.redirects_to = [], [], None

    async def send(self, request):
        self.reached.append(request.url)
        self.followed.append(request.follows_redirects)
        if self.redirects_to is not None:
            return Response(status=307, headers=(("location", self.redirects_to),))
        return Response(status=TEAPOT)


class Stage:
    def __init__(self, folder):
        self.clock = EmulatedClock()
        self.recorder = Recorder(folder / "requests.ndjson", clock=self.clock)
        self.answers = Answers()
        self.gate = Gate(recorder=self.recorder, answers=self.answers, clock=self.clock)
        self.world = World()
        self.way_out = EmulatedWayOut(
            self.world,
            gate=self.gate,
            is_own=lambda host: host == "api.segment.io",
            name_of={"dst_1": "Hooks"}.get,
        )

    async def send(self, url=HOOK, body=b'{"a": 1}'):
        headers = (("Authorization", "Bearer x"),)
        return await self.way_out.send(Request(method="POST", url=url, headers=headers, body=body))

    def answer(self, **rule):
        return self.answers.add(Answer(id=0, **rule))

    @property
    def kept(self):
        return self.recorder.requests


@pytest.fixture
def stage(tmp_path):
    built = Stage(tmp_path)
    yield built
    built.recorder.close()


def test_a_killed_servers_successor_knows_its_rules_and_how_often_they_are_left(tmp_path):
    request = Request(method="POST", url=HOOK)
    before = Answers(tmp_path / "answers.json")
    before.add(Answer(id=0, times=2))
    before.add(Answer(id=0, times=1, status=TEAPOT))
    before.take(request, names=())
    before.take(request, names=())

    after = Answers(tmp_path / "answers.json")

    assert ([1], [1]) == ([rule.times for rule in after.rules], [rule.id for rule in before.rules])
    assert 2 == after.add(Answer(id=0)).id
    after.clear()
    assert () == Answers(tmp_path / "answers.json").rules


def test_what_is_allowed_from_the_start_is_allowed_after_a_reset(tmp_path):
    allowed = Allowed(["a"], file=tmp_path / "allowed.json")
    allowed.append("b")
    allowed.append("b")
    assert ["a", "b"] == list(Allowed(["a"], file=tmp_path / "allowed.json"))

    allowed.clear()

    assert ["a"] == list(allowed) == list(Allowed(["a"], file=tmp_path / "allowed.json"))


async def test_keeps_a_request_instead_of_sending_it(stage):
    response = await stage.send()

    [kept] = stage.kept
    assert (response.status, stage.world.reached) == (200, [])
    assert (kept.how, kept.method, kept.url, kept.status) == ("recorded", "POST", HOOK, 200)
    assert (kept.headers, kept.body) == ({"Authorization": "Bearer x"}, {"a": 1})


async def test_what_is_allowed_really_leaves_and_is_kept_with_its_answer(stage):
    stage.gate.allowed.append("https://hooks.example.com/**")

    response = await stage.send()

    assert (response.status, stage.world.reached) == (TEAPOT, [HOOK])
    assert [(kept.how, kept.status) for kept in stage.kept] == [("sent", TEAPOT)]


async def test_a_host_of_our_own_is_answered_by_ourselves(stage):
    await stage.send(SEGMENT)

    assert [(kept.how, kept.status) for kept in stage.kept] == [("tracking-alias", TEAPOT)]


async def test_an_answer_is_given_as_often_as_it_says(stage):
    stage.answer(to="hooks.example.com", status=503, body="later", headers={"Retry-After": "7"}, times=2)

    answers = [await stage.send() for _ in range(3)]

    assert [answer.status for answer in answers] == [503, 503, 200]
    assert (answers[0].body, answers[0].header("retry-after")) == (b"later", "7")
    assert [kept.how for kept in stage.kept] == ["answered", "answered", "recorded"]


async def test_what_was_said_last_holds(stage):
    stage.answer(to=HOOK, status=500, times=None)
    stage.answer(to=HOOK, status=429)

    assert [(await stage.send()).status for _ in range(3)] == [429, 500, 500]


async def test_a_rule_for_a_destination_is_for_its_requests_only(stage):
    stage.answer(to="Hooks", status=500)

    elsewhere = await stage.send()
    outbound.on_behalf_of.set("dst_1")
    its = await stage.send()

    assert (elsewhere.status, its.status) == (200, 500)
    assert [kept.destination_name for kept in stage.kept] == [None, "Hooks"]


@pytest.mark.parametrize(
    ("fault", "words"),
    [("reset", "reset"), ("refuse", "refused"), ("dns", "can't be resolved"), ("tls", "certificate")],
)
async def test_a_fault_leaves_no_answer(stage, fault, words):
    stage.answer(fault=fault)

    with pytest.raises(UnreachableError, match=words):
        await stage.send()
    [kept] = stage.kept
    assert (kept.how, kept.status) == ("answered", None)
    assert words in kept.failure


@pytest.mark.parametrize(("fault", "words"), [("hang", "no answer"), ("drip", "no complete answer")])
async def test_a_receiver_that_hangs_does_so_until_the_clock_says_it_was_long_enough(stage, fault, words):
    stage.clock.freeze()
    stage.answer(fault=fault)
    sending = asyncio.create_task(stage.send())
    await asyncio.sleep(0)
    assert not sending.done()

    stage.clock.advance(timedelta(seconds=10))

    with pytest.raises(ReceiverTimeoutError, match=f"{words} within 10 s"):
        await sending


async def test_a_killed_servers_successor_knows_its_requests(stage, tmp_path):
    await stage.send()
    with (tmp_path / "requests.ndjson").open("ab") as file:
        file.write(b'{"id": 2, "cut off by the ki')

    successor = Recorder(tmp_path / "requests.ndjson", clock=stage.clock)
    [kept] = successor.requests
    successor.close()

    assert (kept.id, kept.url) == (1, HOOK)


@pytest.mark.parametrize("bounds", [{"most": 2}, {"most_bytes": 500}], ids=["many", "large"])
async def test_keeps_the_newest_and_what_came_before_is_told_by_the_first_id(tmp_path, bounds):
    recorder = Recorder(tmp_path / "requests.ndjson", clock=EmulatedClock(), **bounds)

    for number in range(3):
        request = Request(method="GET", url=f"https://example.com/{number}")
        recorder.note(request, how="recorded", response=Response(status=200))

    assert [("/1", 2), ("/2", 3)] == [(kept.path, kept.id) for kept in recorder.requests]
    recorder.close()


async def test_a_file_of_what_is_long_forgotten_is_written_anew(tmp_path):
    recorder = Recorder(tmp_path / "requests.ndjson", clock=EmulatedClock(), most=2)
    large = Request(method="POST", url=HOOK, body=b"x" * 1_000_000)

    for _ in range(40):
        recorder.note(large, how="recorded", response=None)

    assert (tmp_path / "requests.ndjson").stat().st_size < 22_000_000
    recorder.close()


async def test_some_are_forgotten_for_good_and_the_others_keep_their_ids(stage, tmp_path):
    await stage.send()
    await stage.send("https://other.example.com/")

    stage.recorder.forget(lambda one: one.url == HOOK)

    successor = Recorder(tmp_path / "requests.ndjson", clock=stage.clock)
    assert [2] == [one.id for one in stage.kept] == [one.id for one in successor.requests]
    successor.close()


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        (b"", None),
        (b'{"a": 1}', {"a": 1}),
        (b"a=1&b=%20", "a=1&b=%20"),
        ("Ää".encode(), "Ää"),
        (b"\x1f\x8b\x08", "base64://H4sI"),
        (b"[" * 100_000, "[" * 100_000),
        ("ä".encode() * 600_000, "ä" * 524_288),
        (b"x" + "ä".encode() * 600_000, "x" + "ä" * 524_287),
    ],
    ids=["none", "json", "form", "text", "binary", "deep", "long", "cut-within-a-letter"],
)
async def test_shows_a_body_as_what_it_is(stage, body, shown):
    await stage.send(body=body)

    assert shown == stage.kept[0].body


async def test_a_redirect_is_a_request_of_its_own_and_does_not_leave_by_itself(stage):
    stage.gate.allowed.append("hooks.example.com")
    stage.world.redirects_to = "https://elsewhere.example.com/"

    response = await stage.send()

    assert ([HOOK], [False]) == (stage.world.reached, stage.world.followed)
    assert [("sent", 307), ("recorded", 200)] == [(one.how, one.status) for one in stage.kept]
    assert (200, "https://elsewhere.example.com/", {}) == (response.status, stage.kept[1].url, stage.kept[1].headers)


async def test_redirects_without_end_are_given_up(stage):
    stage.answer(status=302, headers={"Location": HOOK}, times=None)

    with pytest.raises(BadOutboundRequestError, match=r"hooks\.example\.com redirects more than 10 times"):
        await stage.send()


async def test_a_reset_ends_what_hangs_and_keeps_nothing_of_it(stage):
    stage.answer(fault="hang")
    sending = asyncio.create_task(stage.send())
    await asyncio.sleep(0)
    assert [HOOK] == [one.url for one in stage.gate.hanging]

    stage.gate.shut()

    with pytest.raises(UnreachableError, match="being reset"):
        await sending
    with pytest.raises(UnreachableError, match="being reset"):
        await stage.send()
    stage.gate.open()
    assert ([], ()) == (stage.gate.hanging, stage.kept)
    await stage.send()
    assert [1] == [one.id for one in stage.kept]


async def test_forgets_all_and_counts_anew(stage, tmp_path):
    await stage.send()

    stage.recorder.clear()
    await stage.send()

    assert [kept.id for kept in stage.kept] == [1]
    assert len((tmp_path / "requests.ndjson").read_bytes().splitlines()) == 1


@pytest.mark.parametrize(
    ("to", "is_about_it"),
    [
        ("", True),
        ("hooks.example.com", True),
        ("HOOKS.example.com", True),
        ("https://hooks.example.com/**", True),
        ("https://hooks.example.com/new-user", True),
        ("https://*.example.com/new-user", True),
        ("https://hooks.example.com/", False),
        ("https://hooks.example.org/**", False),
        ("example.com", False),
        ("Hooks", False),
    ],
    ids=lambda value: str(value) or "everybody",
)
def test_says_whose_requests_it_means(to, is_about_it):
    assert fits(to, f"{HOOK}?token=1") is is_about_it


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ({"fault": "explode"}, "hang, reset, drip"),
        ({"times": 0}, "1 or more"),
        ({"status": 42}, "100 to 599"),
    ],
    ids=["fault", "times", "status"],
)
def test_refuses_a_rule_that_means_nothing(stage, rule, words):
    with pytest.raises(BadRequestError, match=words):
        stage.answer(**rule)


def test_takes_a_rule_back_once(stage):
    added = stage.answer(status=500)

    stage.answers.remove(added.id)

    with pytest.raises(NotFoundError):
        stage.answers.remove(added.id)
