"""What an answer to a flow says of itself, in a traceback say, is nobody's cookie and nobody's data."""

from litestar.datastructures import Cookie
from rich.pretty import pretty_repr

from headwater.identity.flows.answers import Answer


def test_shows_no_cookie_and_no_body_however_it_is_printed():
    answer = Answer(
        body={"session_token": "ory_st_secret"}, location="/welcome", cookies=(Cookie(key="session", value="secret"),)
    )

    for shown in (repr(answer), str(answer), pretty_repr(answer)):
        assert "secret" not in shown
        assert "/welcome" in shown
