"""Hostile and runaway programs: each fails by name, within its limit, and the next evaluation works."""

import json
import time
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from headwater.core.clock import SystemClock
from headwater.mapping.evaluation import (
    MappingError,
    MappingLimitError,
    MappingRuntimeError,
    MappingSyntaxError,
    Snippet,
)
from headwater.mapping.limits import SandboxLimits
from headwater.mapping.sandbox import Sandbox

pytestmark = pytest.mark.asyncio(loop_scope="module")

EVALUATION_SECONDS = 0.4
OUTPUT_BYTES = 10_000
MARGIN_SECONDS = 3.0  # for a busy machine
MAX_MESSAGE_BYTES = 1024


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def sandbox() -> AsyncIterator[Sandbox]:
    limits = SandboxLimits(evaluation_seconds=EVALUATION_SECONDS, output_bytes=OUTPUT_BYTES)
    sandbox = Sandbox(clock=SystemClock(), limits=limits)
    await sandbox.start()
    yield sandbox
    await sandbox.close()


async def failure(sandbox: Sandbox, text: str, **arguments: object) -> MappingError:
    """Return how `text` fails, having made sure that it does so in time, in few words, and harms nobody."""
    started = time.monotonic()
    with pytest.raises(MappingError) as caught:
        await sandbox.evaluate(Snippet(text, "attack.jsonnet"), arguments=arguments)
    assert time.monotonic() - started < EVALUATION_SECONDS + MARGIN_SECONDS
    assert len(caught.value.message.encode()) <= MAX_MESSAGE_BYTES
    assert "42\n" == await sandbox.evaluate(Snippet("42"), arguments={})
    return caught.value


RUNAWAY = {
    "recursion": "local f(x) = f(x + 1); f(0)",
    "recursion with work to do after": "local f(x) = 1 + f(x + 1); f(0)",
    "recursion in tail position": "local f(x) = f(x + 1) tailstrict; f(0)",
    "recursion through an object": "local f(n) = {a: f(n + 1)}; f(0)",
    "recursion through super": "local f(n) = {a: 1} + {a+: f(n + 1).a}; f(0)",
    "recursion through std.map": "local f(n) = std.map(function(i) f(n + 1), [1]); f(0)",
    "a value that contains itself": "local a = {b: a}; a",
    "a value that is itself": "local a = a; a",
    "a fold that never ends": "std.foldl(function(a, b) a + b, std.range(1, 1e9), 0)",
    "a comprehension that never ends": "[0 for a in std.range(1, 1e5) for b in std.range(1, 1e5) if a < 0]",
    "a string of a gigabyte": "std.repeat('x', 1e9)",
    "a string that doubles": "std.foldl(function(a, b) a + a, std.range(1, 60), 'x')",
    "a padded number of a gigabyte": "'%1000000000d' % 1",
    "an array of a billion": "std.repeat([1], 1e9)",
    "an array that is sorted": "std.sort(std.range(1, 1e8), function(x) -x)",
    "an object that grows": "std.foldl(function(a, b) a + {['x' + b]: b}, std.range(1, 1e7), {})",
    "a YAML bomb": "std.parseYaml('a: &a [x,x,x,x,x,x,x,x,x]\\n' + std.join('\\n', [std.char(98 + i) + ': &' "
    "+ std.char(98 + i) + ' [' + std.join(',', std.repeat(['*' + std.char(97 + i)], 9)) + ']' "
    "for i in std.range(0, 9)]))",
    "operators without end": "-" * 100_000 + "1",
    "JSON nested deeply": "std.parseJson(std.repeat('[', 100000))",
}


@pytest.mark.parametrize("name", RUNAWAY)
async def test_a_runaway_program_is_stopped(sandbox: Sandbox, name: str) -> None:
    assert isinstance(await failure(sandbox, RUNAWAY[name]), MappingLimitError)


@pytest.mark.parametrize("opening", ["[", "(", "{a:", "if true then ", "local a = 1; ", "function() ", "a.b(", "!"])
async def test_a_program_nested_without_end_is_stopped_by_run_and_by_check(sandbox: Sandbox, opening: str) -> None:
    text = opening * 10_000
    assert isinstance(await failure(sandbox, text), MappingSyntaxError)
    with pytest.raises(MappingSyntaxError):
        await sandbox.check(Snippet(text))


@pytest.mark.parametrize("word", ["import", "importstr", "importbin"])
@pytest.mark.parametrize("path", ["/etc/hostname", "../../etc/passwd", "x.libsonnet", ""])
async def test_refuses_to_import_a_file(sandbox: Sandbox, word: str, path: str) -> None:
    error = await failure(sandbox, f"{{secret: {word} '{path}'}}")
    assert isinstance(error, MappingRuntimeError)
    assert f"import not available: {path}" in error.message


@pytest.mark.parametrize("name", ["HOME", "PATH", "ctx", "argument", "reply"])
async def test_knows_no_external_variable_and_no_native_function(sandbox: Sandbox, name: str) -> None:
    assert isinstance(await failure(sandbox, f"std.extVar('{name}')"), MappingRuntimeError)
    assert isinstance(await failure(sandbox, f"std.native('{name}')(1)"), MappingRuntimeError)


async def test_a_program_can_not_list_the_functions_of_the_session(sandbox: Sandbox) -> None:
    members = json.loads(await sandbox.evaluate(Snippet("std.objectFieldsAll(std)"), arguments={}))
    assert [] == [name for name in members if "argument" in name or "reply" in name]


async def test_a_program_can_not_close_its_bracket_and_go_on_outside(sandbox: Sandbox) -> None:
    for text in ("1) + (2", "1; 2", "null } + {", "1\n//", "null else error 'ran'", "1 /*", "x)(1", "'"):
        if text == "1\n//":
            assert "1\n" == await sandbox.evaluate(Snippet(text), arguments={})
        else:
            assert isinstance(await failure(sandbox, text), MappingSyntaxError), text


HOSTILE = {
    "a quote and code": "' + error 'ran' + '",
    "a double quote and code": '" + error "ran" + "',
    "a closed call": "'))) error 'ran'",
    "line separators": "a\u2028b\u2029c\u0085d",
    "NUL and controls": "\x00\x01\x1f\x7f\x9f",
    "backslashes": "\\\\u0041\\' \\",
    "text block": "|||\n x\n|||",
    "emoji and non-characters": "😀\uffff\ufffe",
    "keys": {"'": 1, '"': 2, "__proto__": 3, "\x00": 4, "": 5, "self": 6, "a.b": 7, "local x = 1;": 8},
    "numbers": [2**53 + 1, 2**64, -(2**63), 1.5e300, 5e-324, -0.0, 0.1, 1e22],
    "long numbers beside code": [5.960464477539063e-08, "' + error 'ran", {"a": ["error 'ran'", '"+error "ran']}],
}


@pytest.mark.parametrize("name", HOSTILE)
async def test_a_hostile_argument_stays_data(sandbox: Sandbox, name: str) -> None:
    value = HOSTILE[name]
    output = await sandbox.evaluate(Snippet("function(ctx) ctx"), arguments={"ctx": value})
    assert json.loads(json.dumps(value), parse_int=float) == json.loads(output, parse_int=float)


@pytest.mark.parametrize("name", ["a=1, b", "a) error 'ran'", "", "self", "é", "a-b", "a\n"])
async def test_a_hostile_name_of_an_argument_is_refused(sandbox: Sandbox, name: str) -> None:
    assert isinstance(await failure(sandbox, "function(a) a", **{name: 1}), MappingRuntimeError)


@pytest.mark.parametrize("value", ["\ud800", {"a": object()}, float("nan")])
async def test_an_argument_that_is_not_json_fails_only_its_own_evaluation(sandbox: Sandbox, value: object) -> None:
    if value != value:  # noqa: PLR0124 - NaN; written as null, as JSON has none
        assert "null\n" == await sandbox.evaluate(Snippet("function(a) a"), arguments={"a": value})
    else:
        assert isinstance(await failure(sandbox, "function(a) a", a=value), MappingRuntimeError)


async def test_a_program_that_is_not_unicode_is_refused(sandbox: Sandbox) -> None:
    assert isinstance(await failure(sandbox, "'\ud800'"), MappingSyntaxError)


@pytest.mark.parametrize("depth", [127, 200, 100_000])
async def test_an_argument_nested_too_deeply_is_a_limit_and_not_a_crash(sandbox: Sandbox, depth: int) -> None:
    value: object = 1
    for _ in range(depth):
        value = [value]
    try:
        output = await sandbox.evaluate(Snippet("function(a) std.length(a)"), arguments={"a": value})
    except (MappingLimitError, MappingRuntimeError):
        assert depth > 127
    else:
        assert ("1\n", 127) == (output, depth)


async def test_an_argument_with_a_long_number_may_be_nested_deeply_and_never_hangs(sandbox: Sandbox) -> None:
    value: object = 0.1 + 0.2  # 17 digits: it goes in as a value
    for _ in range(900):
        value = [value]
    text = "function(a) std.length(a.deep)"
    assert "1\n" == await sandbox.evaluate(Snippet(text), arguments={"a": {"deep": value}})


async def test_a_deeply_nested_output_is_a_limit_and_a_less_deep_one_is_printed(sandbox: Sandbox) -> None:
    nest = "local f(n) = if n == 0 then 1 else [f(n - 1)]; f(%d)"
    assert 50 * ["["] == (await sandbox.evaluate(Snippet(nest % 50), arguments={})).split()[:50]
    for depth in (1_000, 100_000, 10_000_000):
        assert isinstance(await failure(sandbox, nest % depth), MappingLimitError)


async def test_output_at_its_cap_is_printed_and_one_byte_more_is_refused(sandbox: Sandbox) -> None:
    around = len('""\n')
    for over in (-1, 0):
        output = await sandbox.evaluate(Snippet(f"std.repeat('x', {OUTPUT_BYTES - around + over})"), arguments={})
        assert OUTPUT_BYTES + over == len(output)
    error = await failure(sandbox, f"std.repeat('x', {OUTPUT_BYTES - around + 1})")
    assert isinstance(error, MappingLimitError)
    assert "larger than 10000 bytes" in error.message


async def test_output_counts_in_bytes_and_not_in_characters(sandbox: Sandbox) -> None:
    assert isinstance(await failure(sandbox, f"std.repeat('é', {OUTPUT_BYTES // 2})"), MappingLimitError)


async def test_output_of_tiny_numbers_that_rjsonnet_writes_at_length_is_printed(sandbox: Sandbox) -> None:
    text = f"[5e-324 for i in std.range(1, {OUTPUT_BYTES // 28})]"
    assert 300 < len(json.loads(await sandbox.evaluate(Snippet(text), arguments={})))


async def test_megabytes_of_output_and_of_error_text_are_refused(sandbox: Sandbox) -> None:
    assert isinstance(await failure(sandbox, "std.repeat('x', 5e6)"), MappingLimitError)
    assert isinstance(await failure(sandbox, "error std.repeat('é', 5e6)"), MappingRuntimeError)
    assert isinstance(await failure(sandbox, "std.trace(std.repeat('x', 5e6), error 'traced')"), MappingRuntimeError)


async def test_a_program_with_its_arguments_is_refused_above_the_input_cap(sandbox: Sandbox) -> None:
    error = await failure(sandbox, "function(a) 1", a="x" * 16 * 1024 * 1024)
    assert isinstance(error, MappingLimitError)


async def test_check_runs_nothing(sandbox: Sandbox) -> None:
    for text in (
        "error 'ran'",
        "local f(x) = f(x); f(1)",
        "import '/etc/hostname'",
        "{a: 1}.b",
        "std.repeat('x', 1e9)",
    ):
        await sandbox.check(Snippet(text))


async def test_memory_that_one_program_took_is_free_for_the_next(shared_sandbox: Sandbox) -> None:
    for letter in "abcdefghij":
        text = f"local big = std.repeat('{letter}', 7e7); function(n) std.length(big) + n"
        assert "70000001\n" == await shared_sandbox.evaluate(Snippet(text), arguments={"n": 1})
