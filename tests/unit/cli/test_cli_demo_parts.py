"""The demo's own parts. The story as a whole is played end to end elsewhere."""

import sys
import threading

import httpx
import pytest

from headwater.cli import demo_server, demo_shell
from headwater.cli.demo_expectation import UnmetError, equal, until
from headwater.cli.demo_receiver import Receiver
from headwater.cli.demo_screen import Screen
from headwater.core.clock import SystemClock

CLOCK = SystemClock()


@pytest.fixture
def shell():
    return demo_shell.Shell(environ={"PATH": "/usr/bin:/bin"}, screen=Screen(clock=CLOCK), clock=CLOCK)


def send(receiver, body):
    return httpx.post(receiver.url, content=body, trust_env=False)


def test_a_receiver_that_is_down_refuses_and_remembers_nothing():
    with Receiver() as receiver:
        with pytest.raises(httpx.ConnectError):
            send(receiver, b"{}")

        assert [] == receiver.matching(lambda _: True)


def test_a_receiver_opens_on_the_port_it_had_while_down_and_remembers():
    with Receiver() as receiver:
        before = receiver.url
        receiver.open()
        send(receiver, b'{"a": 1}')
        send(receiver, b"\xff not json")

        assert before == receiver.url
        assert [{"a": 1}, "\ufffd not json"] == [delivery.body for delivery in receiver.matching(lambda _: True)]


def test_waiting_for_a_delivery_wakes_when_it_comes():
    with Receiver() as receiver:
        receiver.open()
        sender = threading.Thread(target=send, args=(receiver, b'{"late": true}'))
        sender.start()
        delivery = receiver.wait_for(lambda delivery: "late" in delivery.body, expected="it", timeout_seconds=10)
        sender.join()

    assert {"late": True} == delivery.body


def test_waiting_for_what_never_comes_says_what_came_instead():
    with Receiver() as receiver:
        receiver.open()
        send(receiver, b'{"other": 1}')

        with pytest.raises(UnmetError, match="'other'"):
            receiver.wait_for(lambda delivery: "mine" in delivery.body, expected="mine", timeout_seconds=0.01)


def test_until_gives_what_it_finds_and_gives_up_in_time():
    looks = iter([None, None, "found"])

    assert "found" == until(lambda: next(looks), expected="it", timeout_seconds=5, clock=CLOCK)
    with pytest.raises(UnmetError, match="it never does"):
        until(lambda: None, expected="it never does", timeout_seconds=0.01, clock=CLOCK)


def test_equal_names_both_sides():
    with pytest.raises(UnmetError, match=r"Expected calls: 1\.\nSeen: 2\."):
        equal(1, 2, what="calls")


def test_a_command_that_fails_stops_the_story_with_its_error_line(shell):
    with pytest.raises(UnmetError, match=r"exit code 2: headwater: .*sauces"):
        shell.run("list", "sauces")


def test_commands_are_shown_as_typed(shell, capsys):
    shell.run("--version", shown='--version "$(cat x)"')

    assert '$ headwater --version "$(cat x)"' in capsys.readouterr().out


def test_the_persons_own_settings_do_not_reach_the_demo():
    assert {"PATH": "/bin"} == demo_shell.bare_environment({"PATH": "/bin", "HEADWATER_URL": "http://prod"})


def test_a_server_that_ends_at_once_is_told_with_its_last_words(tmp_path, monkeypatch):
    monkeypatch.setattr(demo_server, "COMMAND", (sys.executable, "-c", "print('last words'); raise SystemExit(7)"))
    server = demo_server.Server(data=tmp_path / "data", logger_file=tmp_path / "log", environ={}, clock=CLOCK)

    with pytest.raises(UnmetError, match="exit code 7"):
        server.start()

    assert "last words" == server.log_tail()
    server.stop()


def test_a_screen_prints_brackets_as_they_are_and_counts_steps(capsys):
    screen = Screen(clock=CLOCK)
    with screen.step("First [red]"):
        screen.document({"a": "[bold]x[/bold]"})
    screen.summary()

    out = capsys.readouterr().out
    assert "1. First [red]" in out
    assert "[bold]x[/bold]" in out
    assert "All 1 steps" in out
