"""Files of people, however they are cut, broken or large: nobody is lost on the way to a row, and nothing is kept."""

import io
import json
import subprocess
import sys
import tracemalloc

import pytest

from headwater.cli import identity_batches, identity_files, identity_values
from headwater.cli.identity_files import UnreadablePeopleError

PEOPLE = [
    {"traits": {"email": "ada@example.org", "says": 'a "quoted" \\ }] word'}},
    {"traits": {"email": "grace@example.org", "list": [1, [2, {"x": "]"}]]}},
    {},
    {"traits": {"name": "Ødegård 🦫"}},
]


class Drip(io.BytesIO):
    """Gives so many bytes at a time, as a slow pipe does."""

    def __init__(self, content, size):
        super().__init__(content)
        self._size = size

    def read(self, size=-1):
        return super().read(min(size, self._size) if size >= 0 else self._size)


def cut(text, *, size=7, in_array=False, number=0, end=0):
    content = text if isinstance(text, bytes) else text.encode()
    return list(identity_values.values(Drip(content, size), number=number, end=end, in_array=in_array))


def people(tmp_path, content, name="people.json", **position):
    (tmp_path / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    file = identity_files.opened(str(tmp_path / name))
    try:
        return file.shape, list(file.people(**position))
    finally:
        file.close()


@pytest.mark.parametrize("size", [1, 2, 3, 5, 64, 4096])
def test_cuts_an_array_the_same_however_it_arrives(size):
    text = json.dumps(PEOPLE, ensure_ascii=False, indent=2)

    assert PEOPLE == [json.loads(one.content) for one in cut(text[1:], size=size, in_array=True)]


@pytest.mark.parametrize("size", [1, 3, 4096])
def test_goes_on_after_each_object_where_it_stopped(size):
    content = json.dumps(PEOPLE, indent=1).encode()[1:]

    for done in cut(content, size=size, in_array=True):
        rest = cut(content[done.end :], size=size, in_array=True, number=done.number, end=done.end)
        assert PEOPLE[done.number :] == [json.loads(one.content) for one in rest]
        assert [*range(done.number + 1, len(PEOPLE) + 1)] == [one.number for one in rest]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{}, {", "ends within an object"),
        ('{"a": "', "ends within an object"),
        ("{}", "ends within its array"),
        ("1, 2]", "must be an object"),
        ('{}, "ada"]', "must be an object"),
        ("{}] {}", "something follows the array"),
        ("{}] x", "must be an object"),
    ],
)
def test_a_broken_array_is_told_by_its_byte(text, said):
    with pytest.raises(identity_values.BrokenFileError, match=rf"at byte \d+, .*{said}"):
        cut(text, in_array=True)


def test_a_file_that_ends_too_early_gives_everybody_before_that(tmp_path):
    _, rows = people(tmp_path, json.dumps(PEOPLE)[:-9])

    assert PEOPLE[:3] == [row.document for row in rows[:-1]]
    assert {"index": 3} == rows[-1].where
    assert rows[-1].problem.startswith("The file can't be read on: at byte")


@pytest.mark.parametrize(
    ("content", "name", "shape"),
    [
        (json.dumps(PEOPLE), "people.json", "array"),
        (json.dumps(PEOPLE, indent=4), "people", "array"),
        ("\n".join(json.dumps(one) for one in PEOPLE), "people.json", "lines"),
        ("\r\n\r\n".join(json.dumps(one) for one in PEOPLE) + "\r\n", "people.jsonl", "lines"),
        ("\n".join(json.dumps(one, indent=4) for one in PEOPLE), "people.json", "objects"),
        ("\ufeff" + json.dumps(PEOPLE), "bom.json", "array"),
        ("\ufeff" + "\n".join(json.dumps(one) for one in PEOPLE), "bom.jsonl", "lines"),
    ],
)
def test_every_shape_gives_the_same_people(tmp_path, content, name, shape):
    found, rows = people(tmp_path, content, name)

    assert (shape, PEOPLE) == (found, [row.document for row in rows])


def test_one_object_is_one_person(tmp_path):
    assert [PEOPLE[0]] == [row.document for row in people(tmp_path, json.dumps(PEOPLE[0], indent=2))[1]]


@pytest.mark.parametrize("content", ["", "  \n ", "[]", "[ ]\n"])
def test_an_empty_file_holds_nobody(tmp_path, content):
    assert [] == people(tmp_path, content)[1]


@pytest.mark.parametrize("content", ["ada,grace", "<xml/>", '"ada"', "\x00"])
def test_what_is_no_json_is_refused_before_anything_is_sent(tmp_path, content):
    with pytest.raises(UnreadablePeopleError, match=r"must begin with \{ or \["):
        people(tmp_path, content)


def test_a_broken_line_costs_only_itself(tmp_path):
    broken = [b"{", b"[1]", b'{"a": 1e999}', b'{"a": "\xff"}', b'{"a": ' + b"[" * 100_000, b'{"a": NaN}', b'{"a":1}}']
    content = b"\n".join([b'{"n": 1}', *broken, b'{"n": 2}'])

    _, rows = people(tmp_path, content, "people.jsonl")

    assert [{"n": 1}, *[None] * len(broken), {"n": 2}] == [row.document for row in rows]
    assert [{"line": number} for number in range(1, len(rows) + 1)] == [row.where for row in rows]
    assert all(row.problem for row in rows[1:-1])


@pytest.mark.parametrize("name", ["people.jsonl", "people.json"])
def test_a_row_without_end_is_passed_by_and_not_kept(tmp_path, name):
    with (tmp_path / name).open("wb") as handle:
        handle.write(b'{"n": 1}\n' if name.endswith("l") else b'[{"n": 1},')
        handle.write(b'{"a": "')
        for _ in range(32):
            handle.write(b"x" * 1_000_000)
        handle.write(b'"}\n{"n": 2}' if name.endswith("l") else b'"}, {"n": 2}]')
    file = identity_files.opened(str(tmp_path / name))
    tracemalloc.start()

    rows = list(file.people())

    peak_bytes = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    file.close()
    assert [{"n": 1}, None, {"n": 2}] == [row.document for row in rows]
    assert "larger than 1024 KiB" in rows[1].problem
    assert peak_bytes < 8_000_000


@pytest.mark.parametrize("name", ["people.jsonl", "people.json"])
def test_rows_are_read_on_from_a_position(tmp_path, name):
    content = json.dumps(PEOPLE) if name == "people.json" else "\n".join(json.dumps(one) for one in PEOPLE)
    _, rows = people(tmp_path, content, name)

    for done in rows:
        _, rest = people(tmp_path, content, name, number=done.number, end=done.end)
        assert rows[done.number :] == rest


def test_stdin_may_be_a_pipe():
    program = (
        "from headwater.cli import identity_files\n"
        "print([(row.where, row.document) for row in identity_files.opened('-').people()])"
    )

    done = subprocess.run(
        [sys.executable, "-c", program], input=b'{"a": 1}\n{"a": 2}\n', capture_output=True, check=True, timeout=20
    )

    assert b"[({'line': 1}, {'a': 1}), ({'line': 2}, {'a': 2})]\n" == done.stdout


def test_what_a_person_is_never_shows_in_a_repr(tmp_path):
    secret = json.dumps({"credentials": {"password": {"config": {"password": "lovelace"}}}})

    assert "lovelace" not in repr(people(tmp_path, secret))


def rows_of(*documents):
    return [
        identity_files.Person(number=number, where={}, end=0, document=document, size=len(json.dumps(document)))
        for number, document in enumerate(documents, start=1)
    ]


def sizes(rows, size):
    return [len(batch) for batch in identity_batches.batches(rows, size=size)]


def test_batches_leave_room_for_the_row_that_asks_for_nothing():
    assert [999, 999, 2] == sizes(rows_of(*[{}] * 2_000), 1_000)
    assert [200, 200, 1] == sizes(rows_of(*[{}] * 401), 200)


def test_a_batch_never_holds_more_passwords_than_can_be_hashed_in_time():
    clear = {"credentials": {"password": {"config": {"password": "correct horse"}}}}
    hashed = {"credentials": {"password": {"config": {"hashed_password": "$2a$"}}}}

    assert [40, 40, 20] == sizes(rows_of(*[clear] * 100), 200)
    assert [100] == sizes(rows_of(*[hashed] * 100), 200)


def test_a_batch_never_becomes_larger_than_the_server_takes():
    large = {"metadata_admin": "x" * 1_000_000}

    assert [4, 4, 2] == sizes(rows_of(*[large] * 10), 200)


@pytest.mark.parametrize(
    "odd", [None, 7, [], {"credentials": 7}, {"credentials": {"password": {"config": {"password": ""}}}}]
)
def test_odd_credentials_need_no_hashing(odd):
    assert identity_batches.has_clear_password(odd) is False
