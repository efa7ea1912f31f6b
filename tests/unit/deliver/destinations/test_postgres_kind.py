import json

import pytest

from headwater.core.outcomes import Delivered, NotAuthorised, RetryLater
from headwater.deliver.destination import BadDestinationSettingsError, SmallerBatch, check_settings
from headwater.deliver.destinations.postgres import KIND
from headwater.net.outbound import Response

(LOAD,) = KIND.actions
SERVER = {"host": "db.example.com", "database": "a/b?c", "user": "u", "password": "p"}


def settings(**more):
    return check_settings(KIND, {**SERVER, **more})


@pytest.mark.parametrize("schema", ["", "s" * 64, "a\x00b"])
def test_refuses_a_schema_that_postgresql_would_call_something_else(schema):
    with pytest.raises(BadDestinationSettingsError, match="63 bytes"):
        settings(schema=schema)


def refused(state):
    body = json.dumps({"sqlstate": state, "message": "the words"}).encode()
    return Response(status=400, headers=(("sqlstate", state),), body=body)


@pytest.mark.parametrize(
    ("state", "kind", "is_down"),
    [
        ("40001", RetryLater, False),
        ("40P01", RetryLater, False),
        ("55P03", RetryLater, False),
        ("57014", RetryLater, False),
        ("53300", RetryLater, True),
        ("57P01", RetryLater, True),
        ("57P03", RetryLater, True),
        ("08006", RetryLater, True),
        ("25006", RetryLater, True),
        ("XX000", RetryLater, True),
        ("58030", RetryLater, True),
        ("28P01", NotAuthorised, None),
        ("28000", NotAuthorised, None),
        ("3D000", NotAuthorised, None),
        ("42501", NotAuthorised, None),
        ("22P02", SmallerBatch, None),
        ("23502", SmallerBatch, None),
        ("42804", SmallerBatch, None),
        ("54011", SmallerBatch, None),
    ],
)
def test_a_sqlstate_says_what_happens_next(state, kind, is_down):
    found = LOAD.read(refused(state), [])

    assert isinstance(found, kind)
    assert is_down == getattr(found, "is_down", None)
    assert f"{state}: the words" in found.reason


def test_an_answer_that_is_none_of_ours_is_no_success():
    assert isinstance(LOAD.read(Response(status=400, body=b"<html>"), []), SmallerBatch)
    assert isinstance(KIND.deletion.read(refused("42P01")), RetryLater)
    assert isinstance(KIND.deletion.read(refused("28P01")), NotAuthorised)
    assert isinstance(KIND.deletion.read(Response(status=200, body=b"{}")), Delivered)


@pytest.mark.parametrize(
    ("payload", "word"),
    [
        ({"row": {"id": "1"}}, "table"),
        ({"table": "", "row": {"id": "1"}}, "table"),
        ({"table": "t" * 64, "row": {"id": "1"}}, "table"),
        ({"table": 5, "row": {"id": "1"}}, "table"),
        ({"table": "t", "row": [1]}, "row"),
        ({"table": "t", "row": {"id": "1", "c" * 64: 1}}, "column"),
        ({"table": "t", "row": {"id": "1", "": 1}}, "column"),
        ({"table": "t", "row": {"id": "1", "a\x00b": 1}}, "column"),
        ({"table": "t", "row": {"a": 1}}, "id"),
    ],
)
def test_a_mapping_of_ones_own_must_return_rows(payload, word):
    assert word in LOAD.refusal(payload, settings())


@pytest.mark.parametrize(("host", "found"), [("db.example.com", "db.example.com:5432"), ("::1", "[::1]:5432")])
def test_the_request_shows_where_to_and_hides_as_whom(host, found):
    made = LOAD.request([], settings(host=host))

    assert f"postgresql://{found}/a%2Fb%3Fc" == made.url
    assert frozenset({"password"}) == made.secret_headers
    assert {"user": "u", "password": "p", "tls": "verify"} == dict(made.headers)
