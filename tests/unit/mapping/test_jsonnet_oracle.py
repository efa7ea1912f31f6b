"""The sandbox against go-jsonnet, which Ory runs: the same text out, or a failure in both."""

import json
from typing import NoReturn

import _gojsonnet
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonnet_corpus import BLOCKS, CTX, OF_CTX, PLAIN
from jsonnet_programs import templates

from headwater.mapping.evaluation import MappingCancelledError, MappingError, Snippet
from headwater.mapping.sandbox import Sandbox

pytestmark = pytest.mark.asyncio(loop_scope="module")

FAILED = "failed"
CANCELLED = "cancelled"
RAISED_CANCEL = "RUNTIME ERROR: cancel"  # what Kratos looks for in go-jsonnet's error
NAME = "snippet.jsonnet"
EXAMPLES = 150


def _refuse(_folder: str, _path: str) -> NoReturn:
    raise RuntimeError


def oracle(text: str, **arguments: object) -> str:
    codes = {name: json.dumps(value) for name, value in arguments.items()}
    try:
        return _gojsonnet.evaluate_snippet(NAME, text, tla_codes=codes, import_callback=_refuse)
    except RuntimeError as error:
        return CANCELLED if RAISED_CANCEL in str(error) else FAILED


async def ours(sandbox: Sandbox, text: str, **arguments: object) -> str:
    try:
        return await sandbox.evaluate(Snippet(text, NAME), arguments=arguments)
    except MappingCancelledError:
        return CANCELLED
    except MappingError:
        return FAILED


@pytest.mark.parametrize("text", [*PLAIN, *BLOCKS])
async def test_a_program_prints_what_go_jsonnet_prints(shared_sandbox: Sandbox, text: str) -> None:
    assert oracle(text) == await ours(shared_sandbox, text)


@pytest.mark.parametrize("text", OF_CTX)
async def test_a_function_of_ctx_prints_what_go_jsonnet_prints(shared_sandbox: Sandbox, text: str) -> None:
    assert oracle(text, ctx=CTX) == await ours(shared_sandbox, text, ctx=CTX)


# What neither prelude nor dialect bridges. Should one of these change with a new rjsonnet, the documents must too.
DIFFERENCES = {
    "[1, 2, 3][-1:]": FAILED,  # go-jsonnet counts from the end
    "std.decodeUTF8([255])": FAILED,  # go-jsonnet writes U+FFFD
    "'' + 1/3": '"0.3333333333333333"\n',  # go-jsonnet writes 17 digits
    '"a" * 2': '"aa"\n',  # go-jsonnet fails
    "std.strReplace('ab', '', '-')": '"-a-b-"\n',  # go-jsonnet fails
    "std.parseYaml('[y]')": '[\n   "y"\n]\n',  # go-jsonnet reads YAML 1.1, where y is true
    "[1, 2][0.5]": FAILED,  # go-jsonnet takes it for 0
    "'ab'[-1]": '"a"\n',  # go-jsonnet fails
    "[x for x in {a: 1}]": '[\n   [\n      "a",\n      1\n   ]\n]\n',  # go-jsonnet fails
    "std.parseJson('5.960464477539063e-08')": "5.9604644775390638e-08\n",  # the last bit; arguments are exact
    "'%e' % 0": FAILED,  # rjsonnet runs out of memory
    "'%g' % 1000000": '"1e+06"\n',  # go-jsonnet writes it out, against C
    "'%d' % -1.75": '"-2"\n',  # go-jsonnet cuts the fraction off
    "'%.0f' % 0.5": '"0"\n',  # go-jsonnet rounds a half up
    "'%.2f' % 9007199254740991": '"9007199254740991.00"\n',  # go-jsonnet writes .72
    "'%5s' % 'é'": '"   é"\n',  # go-jsonnet pads by letters, not by bytes
    "std.toString(['\\u007f'])": '"[\\"\\u007f\\"]"\n',  # go-jsonnet writes an escape, as at the end of an evaluation
    "std.objectRemoveKey({a: 1, b:: 2}, 'a').b": FAILED,  # go-jsonnet keeps hidden fields
    "std.objectRemoveKey({a: 1, b: self.a}, 'a')": '{\n   "b": 1\n}\n',  # go-jsonnet looks for it in the new object
    "std.base64Decode('6Q==')": FAILED,  # go-jsonnet writes U+FFFD
    "std.stripChars(['a', 'b'], 'a')": '[\n   "b"\n]\n',  # go-jsonnet fails
    "std.flatMap(function(x) [error 'cancel'], [error 'other'])": FAILED,  # go-jsonnet cancels: it is lazier
    "std.map(function(x) 0, [error 'nobody looks at'])": FAILED,  # the same, as for std.filter and std.filterMap
    "0 && error 'cancel'": CANCELLED,  # go-jsonnet minds the type of the left side first
    "std.sum([-0])": "-0\n",  # go-jsonnet begins with 0
}


@pytest.mark.parametrize("text", DIFFERENCES)
async def test_a_known_difference_is_still_as_documented(shared_sandbox: Sandbox, text: str) -> None:
    assert DIFFERENCES[text] == await ours(shared_sandbox, text)
    assert DIFFERENCES[text] != oracle(text)


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
numbers = st.one_of(
    st.integers(-(2**70), 2**70), st.floats(allow_nan=False, allow_infinity=False), st.just(-0.0), st.just(1e300)
)
json_values = st.recursive(
    st.none() | st.booleans() | numbers | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=EXAMPLES, deadline=None, database=None)
@given(value=json_values)
async def test_any_argument_comes_out_as_go_jsonnet_prints_it(shared_sandbox: Sandbox, value: object) -> None:
    assert oracle("function(x) x", x=value) == await ours(shared_sandbox, "function(x) x", x=value)


@settings(max_examples=EXAMPLES, deadline=None, database=None)
@given(value=json_values)
async def test_any_literal_comes_out_as_go_jsonnet_prints_it(shared_sandbox: Sandbox, value: object) -> None:
    text = json.dumps(value, ensure_ascii=False)
    assert oracle(text) == await ours(shared_sandbox, text)


NAMES = ("a", "b", "c", "self", "std")
integers = st.integers(-5, 5).map(lambda number: f"({number})")
leaves = integers | st.sampled_from(["true", "null", '"s"', "'é'", "[]", "{}", "a", "b", "self.a", "$.b"])


def _grown(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    names = st.sampled_from(NAMES[:3])
    operators = st.sampled_from(["+", "-", "==", "!=", "<", ">=", "&&", "||", "%"])
    functions = st.sampled_from(
        ["std.type", "std.length", "std.isNull", "std.toString", "std.objectFields", "std.prune"]
    )
    visibilities = st.sampled_from([":", "::", ":::", "+:"])
    return st.one_of(
        st.builds("({} {} {})".format, inner, operators, inner),
        st.builds("(if {} then {} else {})".format, inner, inner, inner),
        st.builds("(local {} = {}; {})".format, names, inner, inner),
        st.builds("(local {0}({1}) = {2}; {0}({3}))".format, names, names, inner, inner),
        st.builds("[{}, {}]".format, inner, inner),
        st.builds("[{} for {} in [{}, {}] if {}]".format, inner, names, inner, inner, inner),
        st.builds("{{{}{} {}, {}{} {}}}".format, names, visibilities, inner, names, visibilities, inner),
        st.builds("{{[{}]: {}, local {} = {}}}".format, inner, inner, names, inner),
        st.builds("({} + {{{}{} {}}})".format, inner, names, visibilities, inner),
        st.builds("{}({})".format, functions, inner),
        st.builds("({}).{}".format, inner, names),
        st.builds("({})[{}]".format, inner, st.sampled_from(["0", "1", "null", "'a'", "a"])),
    )


programs = st.recursive(leaves, _grown, max_leaves=10)


@settings(max_examples=EXAMPLES * 4, deadline=None, database=None)
@given(text=programs)
async def test_a_generated_program_does_what_it_does_in_go_jsonnet(shared_sandbox: Sandbox, text: str) -> None:
    assert oracle(text) == await ours(shared_sandbox, text)


@settings(max_examples=EXAMPLES * 4, deadline=None, database=None, derandomize=True)  # the same ones each time
@given(text=templates)
async def test_a_made_up_template_does_what_it_does_in_go_jsonnet(shared_sandbox: Sandbox, text: str) -> None:
    assert oracle(text, ctx=CTX) == await ours(shared_sandbox, text, ctx=CTX)
