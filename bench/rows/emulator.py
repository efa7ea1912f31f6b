"""What a test pays for the emulator: its start once a run, a reset before each test, and a whole story."""

import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from bench.line import Line
from bench.run import Options, Row, Run
from headwater.testing import Emulator

START, RESET, STORY = "emulator-start", "emulator-reset", "emulator-test"
START_TITLE = "from `pytest` to the first test with an emulator, above an empty pytest"
RESET_TITLE = "reset to an isolated empty state, after an event and a sign-up"
STORY_TITLE = "a whole test: register, the guide's Action, its event, the assertion"
START_FLOOR, START_GOAL = 2.5, 1.2
RESET_FLOOR, RESET_GOAL = 50.0, 10.0
STORY_FLOOR, STORY_GOAL = 60.0, 25.0

ROUNDS = 40
WARM_UP_ROUNDS = 5
PAIR_SECONDS = 6.0
ROUNDS_SECONDS = 8.0
MILLISECONDS = 1_000
SEGMENT = "https://api.segment.io/v1/identify"
ACTION = "function(ctx) { userId: ctx.identity.id, traits: { email: ctx.identity.traits.email } }"
EMAIL, PASSWORD = "ada@example.com", "correct horse battery"
# Says when it runs, by the machine's own clock, which this process shares.
TEST = """
import pathlib, time

def test_one({fixture}):
    pathlib.Path(__file__).with_suffix(".at").write_text(str(time.time()))
"""


def _measure_start(run: Run) -> list[Line]:
    above = []
    for number in range(1, run.options.alternations + 1):
        run.say(f"start {number} of {run.options.alternations}")
        empty = _first_test_seconds(run.folder / f"empty{number}", fixture="")
        above.append(_first_test_seconds(run.folder / f"ours{number}", fixture="headwater") - empty)
    return [_line(START_TITLE, above, " s", START_FLOOR, START_GOAL)]


def _measure_reset(run: Run) -> list[Line]:
    run.say(f"{ROUNDS} resets")
    with Emulator.start() as emulator:
        resets = [_reset_seconds(emulator) for _ in range(WARM_UP_ROUNDS + ROUNDS)]
    return [_line(RESET_TITLE, _in_milliseconds(resets), " ms", RESET_FLOOR, RESET_GOAL)]


def _measure_story(run: Run) -> list[Line]:
    run.say(f"{ROUNDS} tests")
    with Emulator.start() as emulator:
        emulator.add_action(ACTION, url=SEGMENT)
        emulator.baseline()
        stories = [_timed(lambda: _story(emulator)) for _ in range(WARM_UP_ROUNDS + ROUNDS)]
    return [_line(STORY_TITLE, _in_milliseconds(stories), " ms", STORY_FLOOR, STORY_GOAL, note="its reset included")]


def _first_test_seconds(folder: Path, *, fixture: str) -> float:
    """Return how long after its start a run of pytest comes to its one test."""
    folder.mkdir()
    test = folder / "test_one.py"
    test.write_text(TEST.format(fixture=fixture))
    began = time.time()
    subprocess.run([sys.executable, "-m", "pytest", "-q", str(test)], cwd=folder, check=True, capture_output=True)
    return float(test.with_suffix(".at").read_text()) - began


def _reset_seconds(emulator: Emulator) -> float:
    emulator.register(EMAIL, PASSWORD)
    emulator.events()
    return _timed(emulator.reset)


def _story(emulator: Emulator) -> None:
    emulator.reset()
    emulator.register(EMAIL, PASSWORD)
    emulator.assert_identified(traits={"email": EMAIL})


def _timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _in_milliseconds(seconds: list[float]) -> list[float]:
    return [one * MILLISECONDS for one in seconds[WARM_UP_ROUNDS:]]


def _line(title: str, figures: list[float], unit: str, floor: float, goal: float, *, note: str = "") -> Line:
    return Line(
        title=title,
        figure=statistics.median(figures),
        unit=unit,
        spread=f"{min(figures):.2f} to {max(figures):.2f}",
        floor=floor,
        goal=goal,
        is_more_better=False,
        note=note,
    )


def _pairs(options: Options) -> float:
    return options.alternations * PAIR_SECONDS


def _rounds(_options: Options) -> float:
    return ROUNDS_SECONDS


START_ROW = Row(
    name=START, title=START_TITLE, seconds=_pairs, measure=_measure_start, floor=START_FLOOR, goal=START_GOAL
)
RESET_ROW = Row(
    name=RESET, title=RESET_TITLE, seconds=_rounds, measure=_measure_reset, floor=RESET_FLOOR, goal=RESET_GOAL
)
STORY_ROW = Row(
    name=STORY, title=STORY_TITLE, seconds=_rounds, measure=_measure_story, floor=STORY_FLOOR, goal=STORY_GOAL
)
