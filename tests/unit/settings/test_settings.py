"""Settings are read once, refused with a sentence that names them, and never guessed."""

import pytest

from headwater.core.errors import SettingsError
from headwater.settings import Listen, load


def test_a_flag_wins_over_the_environment_and_both_over_the_default():
    chosen = load({"HEADWATER_LISTEN": "127.0.0.1:1", "HEADWATER_EXPOSE_ADMIN": "yes"}, {"listen": "127.0.0.1:2"})

    assert (Listen("127.0.0.1", 2), True, "info") == (chosen.listen, chosen.expose_admin, chosen.logger_level)


@pytest.mark.parametrize(
    ("listen", "expected"), [("127.0.0.1:1", True), ("localhost:1", True), ("[::1]:1", True), ("0.0.0.0:1", False)]
)
def test_private_addresses_are_open_only_while_we_listen_on_loopback(listen, expected):
    assert expected == load({}, {"listen": listen}).private_addresses


def test_private_addresses_can_be_closed_on_loopback_too():
    assert not load({"HEADWATER_PRIVATE_ADDRESSES": "false"}).private_addresses


REFUSED = [
    ({"HEADWATER_DTA": "x"}, "There is no setting HEADWATER_DTA"),
    ({"HEADWATER_LISTEN": "4433"}, "HOST:PORT"),
    ({"HEADWATER_LISTEN": "127.0.0.1:99999"}, "HOST:PORT"),
    ({"HEADWATER_WORKERS": "2"}, "NATS log"),
    ({"HEADWATER_WORKERS": "0"}, "whole number"),
    ({"HEADWATER_EXPOSE_ADMIN": "perhaps"}, "true or false"),
    ({"HEADWATER_LOGGER_LEVEL": "loud"}, "debug, info"),
    ({"HEADWATER_DATABASE_URL": "postgresql://x"}, "does nothing in this release"),
]


@pytest.mark.parametrize(("environ", "reason"), REFUSED)
def test_refuses_and_says_why(environ, reason):
    with pytest.raises(SettingsError, match=reason):
        load(environ)


def test_the_clients_own_variables_are_no_settings():
    load({"HEADWATER_URL": "http://x", "HEADWATER_KEY": "k", "PATH": "/bin"})
