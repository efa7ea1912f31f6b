"""A server in production is no emulator, and nothing turns it into one."""

import pytest

from fresh_rooms import client_of, fresh_rooms
from headwater import settings
from headwater.cli.app import run
from headwater.core.clock import SystemClock
from headwater.core.errors import SettingsError
from headwater.emulator import routes
from headwater.wiring.surroundings import Surroundings


async def test_a_server_has_none_of_the_emulators_paths_not_even_for_an_administrator(tmp_path):
    asked = [(route.methods, route.path) for route in routes.router(None).routes]
    assert ({"GET"}, "/emulator/info") in [(methods - {"OPTIONS", "HEAD"}, path) for methods, path in asked]
    async with fresh_rooms(tmp_path) as rooms, client_of(rooms, authorization="Bearer token") as client:
        assert 200 == (await client.get("/api/status")).status_code
        for methods, path in asked:
            for method in methods - {"OPTIONS"}:
                answer = await client.request(method, path)
                assert (method, path, 404) == (method, path, answer.status_code)


def test_a_server_runs_on_real_time_and_sends_what_it_sends():
    plain = Surroundings()

    assert plain.routers == ()
    assert plain.way_out("the sender", is_own=bool) == "the sender"
    assert isinstance(plain.clock, SystemClock)
    assert not plain.shows_mail


def test_no_setting_speaks_of_emulation():
    words = [word for one in settings.SETTINGS for word in (one.name, one.variable, one.help)]

    assert words
    assert not [word for word in words if "emul" in word.lower()]


@pytest.mark.parametrize("variable", ["HEADWATER_EMULATE", "HEADWATER_EMULATION"])
def test_a_variable_for_it_is_refused(variable):
    with pytest.raises(SettingsError, match=variable):
        settings.load({variable: "true"})


@pytest.mark.parametrize("flag", ["--emulate", "--emulation", "--stop-with-stdin", "--allow"])
def test_a_flag_of_serve_for_it_is_refused(flag, tmp_path, capfd):
    assert 2 == run(["serve", flag, "--data", str(tmp_path / "none")], environ={})
    assert flag in capfd.readouterr().err
