"""A chunk gives back what was put in, whatever clients send, and one of another form is refused, not misread."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.event_log import record
from headwater.core.event import Record
from headwater.log import chunks

texts = st.text(st.characters(exclude_categories=["Cs"]))
records = st.builds(
    Record,
    source=texts,
    message_id=texts,
    type=texts,
    user_id=st.none() | texts,
    anonymous_id=st.none() | texts,
    received_at_ms=st.integers(-(2**63), 2**63 - 1),
    via=st.none() | texts,
    body=st.binary(),
)


@given(st.lists(records, max_size=20), st.integers(1, 2**62))
def test_what_goes_in_comes_out_in_order_at_consecutive_offsets(some, first_offset):
    stored = chunks.decode(first_offset, chunks.encode(some))

    assert some == [one.record for one in stored]
    assert list(range(first_offset, first_offset + len(some))) == [one.offset for one in stored]


def test_a_full_chunk_of_large_bodies_comes_out_whole():
    some = [record(f"m{n}", body=bytes([n]) * 40_000) for n in range(chunks.MOST_RECORDS)]

    assert some == [one.record for one in chunks.decode(1, chunks.encode(some))]


def test_an_id_can_be_looked_for_in_the_bytes_without_decoding():
    assert "mäuse-💧".encode() in chunks.encode([record("m1"), record("mäuse-💧")])


@pytest.mark.parametrize("cut", [1, 10, -1])
def test_a_torn_chunk_is_an_error_not_fewer_records(cut):
    whole = chunks.encode([record("m1"), record("m2")])

    with pytest.raises(msgspec.DecodeError):
        chunks.decode(1, whole[:cut])


def test_a_chunk_of_another_form_is_an_error_not_nonsense():
    with pytest.raises(msgspec.ValidationError):
        chunks.decode(1, msgspec.msgpack.encode([["website", "m1"]]))
