"""A body comes whole, within what its route takes, or not at all."""

import pytest
from litestar import Litestar, Request, post

from headwater.web import whole_body

MOST_BYTES = 8
GONE = {"type": "http.disconnect"}


@post("/", request_max_body_size=MOST_BYTES, status_code=200)
async def echo(request: Request) -> bytes:
    return await whole_body.of(request)


def pieces(*bodies: bytes) -> list[dict[str, object]]:
    return [{"type": "http.request", "body": body, "more_body": True} for body in bodies]


async def answered(*messages: dict[str, object]) -> tuple[int, bytes]:
    coming, sent = iter(messages), []

    async def receive():
        return next(coming)

    async def send(message):
        sent.append(message)

    scope = {"type": "http", "method": "POST", "path": "/", "query_string": b"", "headers": []}
    await Litestar([echo], openapi_config=None, logging_config=None)(scope, receive, send)
    return sent[0]["status"], b"".join(message.get("body", b"") for message in sent[1:])


async def test_a_body_in_one_piece_is_read_with_one_look():
    assert (200, b"whole") == await answered({"type": "http.request", "body": b"whole", "more_body": False})


async def test_pieces_are_put_together_an_empty_last_one_included():
    assert (200, b"12345678") == await answered(*pieces(b"123", b"45678"), {"type": "http.request"})


async def test_a_body_that_is_larger_than_the_route_takes_is_refused_before_it_is_whole():
    status, _ = await answered(*pieces(b"12345678", b"9"))

    assert 413 == status


async def test_half_a_body_is_never_taken_for_a_whole_one():
    status, _ = await answered(*pieces(b"123"), GONE)

    assert 400 == status


@pytest.mark.parametrize("size", [0, MOST_BYTES])
async def test_a_body_of_just_that_size_is_taken(size):
    assert (200, b"x" * size) == await answered({"type": "http.request", "body": b"x" * size, "more_body": False})
