"""Which events somebody wants to see."""

import pytest

from headwater.core.event import Record
from headwater.live.wish import Wish, name_of

ADA = Record(
    source="src_1",
    message_id="m1",
    type="track",
    body=b'{"event":"Order Completed","userId":"ada","properties":{"city":"K\xc3\xb6ln"}}',
    received_at_ms=0,
    user_id="ada",
    anonymous_id="anon-1",
)


@pytest.mark.parametrize(
    "wish",
    [
        Wish(),
        Wish(type="track"),
        Wish(name="order"),
        Wish(user="ada"),
        Wish(user="anon-1"),
        Wish(text="K\u00d6LN"),
        Wish(type="track", name="Completed", user="ada", text="city"),
    ],
    ids=str,
)
def test_an_event_fits_what_it_has(wish):
    assert wish.fits(ADA)


@pytest.mark.parametrize(
    "wish",
    [Wish(type="page"), Wish(name="viewed"), Wish(user="ad"), Wish(text="Paris"), Wish(type="track", user="g")],
    ids=str,
)
def test_an_event_does_not_fit_what_it_lacks(wish):
    assert not wish.fits(ADA)


@pytest.mark.parametrize(
    "body", [b"no JSON", b'{"event":7}', b"{}", b"[" * 5_000], ids=["text", "number", "none", "deep"]
)
def test_a_body_that_can_not_be_read_has_no_name(body):
    record = Record(source="s", message_id="m", type="track", body=body, received_at_ms=0)

    assert name_of(record) is None
    assert not Wish(name="x").fits(record)
    assert Wish(text=body[:2].decode()).fits(record)
