import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headwater.lake import naming


@pytest.mark.parametrize(
    ("event", "table"),
    [
        ("Order Completed", "order_completed"),
        ("order-completed", "order_completed"),
        ("Users", "_users"),
        ("tracks", "_tracks"),
        ("Select", "select"),
        ("../../etc/passwd", "etc_passwd"),
        ("/", "_8a5edab2"),
        ("", "_e3b0c442"),
        ("a\x00b", "a_b"),
        ("2nd Visit", "_2nd_visit"),
        ("_other_events", "other_events"),
        ("con", "con"),
    ],
)
def test_an_event_has_a_table_whatever_it_is_called(event, table):
    assert table == naming.event_table(event)


@given(st.text(max_size=600))
def test_no_name_can_leave_its_folder_or_pass_for_another_table(event):
    name = naming.event_table(event)

    assert re.fullmatch(r"[a-z0-9_]{1,63}", name)
    assert name not in {*naming.STANDARD_TABLES, naming.OTHER_EVENTS, naming.MORE, naming.OFFSET}
    assert name == naming.event_table(event)


def test_long_names_that_differ_at_their_end_stay_apart():
    assert 3 == len({naming.event_table("x" * 500 + end) for end in ("", "y", "z")})


@pytest.mark.parametrize("name", ["id", "user_id", "received_at", "event_text", "uuid_ts", "context_ip", "group_id"])
def test_no_property_can_pass_for_what_the_event_itself_says(name):
    assert naming.is_reserved(name)
    assert not naming.is_reserved(f"my_{name}")
