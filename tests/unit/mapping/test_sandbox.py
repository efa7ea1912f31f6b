"""What an evaluation returns and how it fails, as Actions and destinations see it."""

import asyncio
import json

import pytest

from headwater.core.clock import SystemClock
from headwater.mapping.evaluation import (
    MappingBusyError,
    MappingCancelledError,
    MappingError,
    MappingLimitError,
    MappingRuntimeError,
    MappingSyntaxError,
    Snippet,
)
from headwater.mapping.sandbox import Sandbox

pytestmark = pytest.mark.asyncio(loop_scope="module")

NAME = "webhook-action.jsonnet"


async def failure(sandbox: Sandbox, text: str, **arguments: object) -> MappingError:
    with pytest.raises(MappingError) as caught:
        await sandbox.evaluate(Snippet(text, NAME), arguments=arguments)
    return caught.value


async def test_the_guides_snippet_makes_an_identify_call(shared_sandbox: Sandbox) -> None:
    text = (
        "function(ctx) {userId: ctx.identity.id, traits: {email: ctx.identity.traits.email, "
        "newsletterConsent: ctx.identity.traits.consent.newsletter}}"
    )
    identity = {"id": "ada-1", "traits": {"email": "ada@example.org", "consent": {"newsletter": True}}}
    expected = (
        '{\n   "traits": {\n      "email": "ada@example.org",\n      "newsletterConsent": true\n   },\n'
        '   "userId": "ada-1"\n}\n'
    )
    assert expected == await shared_sandbox.evaluate(Snippet(text), arguments={"ctx": {"identity": identity}})


async def test_evaluations_at_once_never_see_each_others_arguments(shared_sandbox: Sandbox) -> None:
    texts = ("function(ctx) ctx", "function(ctx) local again = ctx; again", "function(ctx, more=ctx) more")
    jobs = [
        shared_sandbox.evaluate(Snippet(texts[number % 3]), arguments={"ctx": f"person {number}"})
        for number in range(300)
    ]
    assert [f'"person {number}"\n' for number in range(300)] == await asyncio.gather(*jobs)


async def test_a_program_that_failed_for_one_person_works_for_the_next(shared_sandbox: Sandbox) -> None:
    text = "function(ctx) {email: ctx.email}"
    for _ in range(3):
        assert isinstance(await failure(shared_sandbox, text, ctx={}), MappingRuntimeError)
        output = await shared_sandbox.evaluate(Snippet(text, NAME), arguments={"ctx": {"email": "ada"}})
        assert '{\n   "email": "ada"\n}\n' == output


async def test_more_programs_than_one_session_holds_all_work(shared_sandbox: Sandbox) -> None:
    jobs = [shared_sandbox.evaluate(Snippet(f"{number % 50}"), arguments={}) for number in range(200)]
    assert [f"{number % 50}\n" for number in range(200)] == await asyncio.gather(*jobs)


TOO_DEEP = "[" * 200 + "]" * 200


async def test_a_member_that_nobody_reads_is_never_parsed(shared_sandbox: Sandbox) -> None:
    ctx = {"flow": json.loads(TOO_DEEP), "identity": {"id": "ada-1"}}
    text = "function(ctx) [ctx.identity.id, std.objectFields(ctx), 'flow' in ctx]"
    expected = ["ada-1", ["flow", "identity"], True]
    assert expected == json.loads(await shared_sandbox.evaluate(Snippet(text), arguments={"ctx": ctx}))

    error = await failure(shared_sandbox, "function(ctx) ctx.flow", ctx=ctx)
    assert isinstance(error, MappingLimitError)
    assert "failed to parse json: recursion limit" in error.message


@pytest.mark.parametrize("ctx", [{}, {"": 1}, {"a b": 1, "null": None}, {"whole": {}}, {"whole": "count"}, {"é\0": []}])
async def test_an_object_is_the_same_after_its_members_went_apart(shared_sandbox: Sandbox, ctx: object) -> None:
    text = "function(ctx, again) [ctx, ctx == again, ctx == std.parseJson(std.toString(again)), std.length(ctx)]"
    output = json.loads(await shared_sandbox.evaluate(Snippet(text), arguments={"ctx": ctx, "again": ctx}))
    assert [ctx, True, True, len(ctx)] == output


@pytest.mark.parametrize(
    "text",
    [
        "error 'cancel'",
        "error 'cancelled by us'",
        "error 'cancel' + 1",
        "{a: {b: error 'cancel'}}",
        "assert false : 'cancel'; 1",
        "{assert false : 'cancel', a: 1}",
        "std.map(function(x) error 'cancel', [1])",
        "std.trim(error 'cancel')",
    ],
)
async def test_cancel_is_recognised_wherever_it_is_raised(shared_sandbox: Sandbox, text: str) -> None:
    assert isinstance(await failure(shared_sandbox, text), MappingCancelledError)


@pytest.mark.parametrize("text", ["error ' cancel'", "error 'do not cancel'", "{}.cancel", "error 'Cancel'"])
async def test_what_only_looks_like_cancel_is_an_error(shared_sandbox: Sandbox, text: str) -> None:
    assert isinstance(await failure(shared_sandbox, text), MappingRuntimeError)


MESSAGES = {
    "function(ctx) {\n  a: {b: ctx.consent}\n}": ":2:14: no such field: consent (in the output's a.b)",
    "local f(x) =": ":1:13: unexpected end of the program",
    "{a: 1,\n b: 2 c: 3}": ":2:7: unexpected 'c', expected ',' or '}'",
    "{a: nope}": ":1:5: unknown variable: nope",
    "if true then 1 else nope": ":1:21: unknown variable: nope",
    "self.a": ":1:1: self is only known inside an object",
    "local a = 1, a = 2; a": ":1:14: duplicate local: a",
    "{'a': 1, a: 2}": ":1:10: duplicate field: a",
    "{a: 'x": ":1:5: this string is never closed",
    "1 /* x": ":1:3: this comment is never closed",
    "'\\q'": ":1:2: unknown escape in a string: \\q",
    "1 ? 2": ":1:3: unexpected character '?'",
    "local a = 'é😀'; error 'x'": ":1:17: x",
    "std.trim('') +\n error 'x'": ":2:2: x",
    "std.trim('') + error 'x'": ":1:16: x",
    "'a\\/b' + |||-\n  a\n||| + 1_000 + error 'x'": ":3:15: x",
    "1 / 0": ": attempted to divide by zero",
    "function(a, b) a": ": function argument is not passed: b",
    "import 'x'": ": import not available: x",
    "[std.log(0)]": ": a number in the output is too large, or not a number",
}


@pytest.mark.parametrize("text", MESSAGES)
async def test_an_error_says_where_and_what(shared_sandbox: Sandbox, text: str) -> None:
    arguments = {"ctx": {}} if "ctx" in text else {"a": 1} if "function(a" in text else {}
    error = await failure(shared_sandbox, text, **arguments)
    assert NAME + MESSAGES[text] == error.message.split("\n")[0]


async def test_a_name_that_is_a_path_is_only_repeated_and_never_opened(shared_sandbox: Sandbox) -> None:
    with pytest.raises(MappingRuntimeError, match=r"^/etc/hostname:1:1: x$"):
        await shared_sandbox.evaluate(Snippet("error 'x'", "/etc/hostname"), arguments={})
    assert '"/etc/hostname"\n' == await shared_sandbox.evaluate(Snippet("std.thisFile", "/etc/hostname"), arguments={})


GOOD = [
    "function(ctx) ctx.a // a comment at the end",
    "local unused = error 'never'; 1",
    "{local a = 1, [c]: [a, c] for c in ['x']}",
    "{a: 1} { b: super.a, c: 'a' in super, d: $.b, e+: 1 }",
    "[x + y for x in [1] if x > 0 for y in [x]]",
    "local f(a, b=a) = a + b; f(1, b=2) tailstrict",
    "local a = b, b = 1, f = function(x) if x then g(x) else 0, g(x) = f(!x); [a, f(true)]",
    "assert 1 == 1 : 'math'; {assert self.a == 1, a: 1, f(x):: x}",
    "{'a b': 1, \"c\": 2, @'d': 3, |||\n  e\n|||: 4}",
    "[1, 2, 3][0:2:1] + 'abc'[::2] + [4][:]",
    "std.map(function(x) x { y: 1 }, [{}])",
    "import 'never run'",
    "-1 - -2 + ~3 << 1 & 7 | 8 ^ 1 == 2 && !true || false",
    "{a:: 1, b::: 2, c+:: 3, d+::: 4}",
    "error 'cancel'",
    "(function(x) x)(1)",
]


@pytest.mark.parametrize("text", GOOD)
async def test_check_accepts_what_is_well_formed(shared_sandbox: Sandbox, text: str) -> None:
    await shared_sandbox.check(Snippet(text))


BAD = [
    "",
    " // nothing",
    "1 2",
    "{a: 1",
    "[1, 2",
    "(1",
    "local a = 1",
    "function(x) y",
    "local f() = g(); f",
    "{a: b}",
    "{[a]: 1, a: 1}",
    "{local l = 1, [l]: 1}",
    "{[self.a]: 1}",
    "[x for y in [1]]",
    "[y for x in y]",
    "$",
    "super.a",
    "{f(x): x}.f(x)",
    "local a = a1; 1",
    "if 1",
    "{a 1}",
    "{a: 1,, b: 2}",
    "import 1",
    "import 'a' + b",
    "f(1)(",
    "a.1",
    "'a\\q'",
    "'\\u12'",
    "01",
    "1..2",
    "function(function) 1",
    "local self = 1; self",
    "[1:2]",
    "x[1:2:3:4]",
    "{a: 1 for x in []}",
]


@pytest.mark.parametrize("text", BAD)
async def test_check_refuses_what_no_run_could_reach_safely(shared_sandbox: Sandbox, text: str) -> None:
    with pytest.raises(MappingSyntaxError, match=r"^snippet\.jsonnet:1:\d+: "):
        await shared_sandbox.check(Snippet(text))


async def test_an_evaluation_after_close_is_refused_with_a_sentence() -> None:
    sandbox = Sandbox(clock=SystemClock())
    await sandbox.start()
    await sandbox.close()
    with pytest.raises(MappingBusyError, match="sandbox is not running"):
        await sandbox.evaluate(Snippet("1"), arguments={})
