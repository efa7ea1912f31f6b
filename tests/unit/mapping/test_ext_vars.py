"""Ory's way of reading input, `std.extVar`, against go-jsonnet, which has it built in."""

import json
from typing import NoReturn

import _gojsonnet
import pytest

from headwater.mapping import ext_vars
from headwater.mapping.evaluation import MappingError, MappingRuntimeError, MappingSyntaxError
from headwater.mapping.sandbox import Sandbox

pytestmark = pytest.mark.asyncio(loop_scope="module")

FAILED = "failed"
NAME = "mapper_url"
VARIABLES = {
    "claims": {"sub": "ada-1", "email": "ada@example.org", "groups": ["a", "b"], "n": 12345678901234567, "none": None},
    "identity": {"traits": {}, "metadata_public": {"kept": True}, "metadata_admin": {}},
}
PROGRAMS = {
    "whole": "std.extVar('claims')",
    "in a local": "local claims = std.extVar('claims');\nclaims.email",
    "added to a default": "{verified: false, email: 'none'} + std.extVar('claims')",
    "two of them": "[std.extVar('claims').sub, std.extVar('identity').traits]",
    "name made at run time": "std.extVar('cla' + 'ims').sub",
    "twice": "std.extVar('claims') == std.extVar('claims')",
    "inside a function": "local f(name) = std.extVar(name).sub; f('claims')",
    "as a value": "local read = std.extVar; read('claims').groups",
    "beside the rest of std": "std.length(std.extVar('claims').groups) + std.foldl(function(a, b) a + b, [1, 2], 0)",
    "members that only the prelude has": "[std.trim(' x '), std.isNull(std.extVar('claims').none)]",
    "a comment at the end": "std.extVar('claims').sub // as in Ory's guide",
    "a block comment and lines before": "/* about\nclaims */\n\nlocal c = std.extVar('claims');\n{a: c.n}\n\n",
    "an assertion": "local c = std.extVar('claims'); assert c.sub != ''; c.sub",
    "an assertion that fails": "local c = std.extVar('claims'); assert c.sub == ''; c.sub",
    "unknown variable": "std.extVar('secrets')",
    "no text as a name": "std.extVar(5)",
    "no name": "std.extVar()",
    "the variable without std.extVar": "claims.email",
    "our own words": "headwater_plain_std.length('a')",
    "a missing member": "std.extVar('claims').phone",
    "a bracket too many": "1)",
    "brackets the wrong way round": "1) + (2",
    "half an object": "{a: 1",
    "a second expression": "1; 2",
    "nothing": "",
    "only a comment": "// nothing",
    "a function": "function(claims) claims",
    "another extVar on std": "local std = {extVar(name):: name}; std.extVar('claims')",
}


def _refuse(_folder: str, _path: str) -> NoReturn:
    raise RuntimeError


def oracle(text: str) -> str:
    codes = {name: json.dumps(value) for name, value in VARIABLES.items()}
    try:
        return _gojsonnet.evaluate_snippet(NAME, text, ext_codes=codes, import_callback=_refuse)
    except RuntimeError:
        return FAILED


async def ours(sandbox: Sandbox, text: str) -> str:
    try:
        return await ext_vars.evaluate(sandbox, text, name=NAME, variables=VARIABLES)
    except MappingError:
        return FAILED


async def failure(sandbox: Sandbox, text: str) -> MappingError:
    with pytest.raises(MappingError) as caught:
        await ext_vars.evaluate(sandbox, text, name=NAME, variables=VARIABLES)
    return caught.value


# `headwater_plain_std` is the only thing that a program could find out: it is std itself.
@pytest.mark.parametrize("name", [name for name in PROGRAMS if name != "our own words"])
async def test_a_program_prints_what_go_jsonnet_prints(shared_sandbox: Sandbox, name: str) -> None:
    assert oracle(PROGRAMS[name]) == await ours(shared_sandbox, PROGRAMS[name])


async def test_some_of_these_programs_work_and_some_fail() -> None:
    outcomes = [oracle(text) == FAILED for text in PROGRAMS.values()]
    assert outcomes.count(False) == 14
    assert outcomes.count(True) == 14


async def test_an_unknown_variable_says_which_there_are(shared_sandbox: Sandbox) -> None:
    error = await failure(shared_sandbox, "{a: std.extVar('session')}")

    assert isinstance(error, MappingRuntimeError)
    assert "std.extVar('session') is not known here; there is claims, identity" in error.message
    assert error.message.startswith("mapper_url: ")


PLACES = [
    pytest.param("claims.email", MappingSyntaxError, "mapper_url:1:1: unknown variable: claims", id="first letter"),
    pytest.param("{a: 1, b: clams}", MappingSyntaxError, "mapper_url:1:11: unknown variable: clams", id="first line"),
    pytest.param("{\n  a: clams,\n}", MappingSyntaxError, "mapper_url:2:6: unknown variable: clams", id="second line"),
    pytest.param("1)", MappingSyntaxError, "mapper_url:1:2: unexpected ')'", id="bracket too many"),
    pytest.param("{a:\n1", MappingSyntaxError, "mapper_url:2:2: unexpected end", id="half an object"),
    pytest.param("error 'no'", MappingRuntimeError, "mapper_url:1:1: no", id="raised on the first line"),
    pytest.param("'é' + error 'no'", MappingRuntimeError, "mapper_url:1:7: no", id="after a letter of two bytes"),
    pytest.param(
        "local a = 1;\n error 'no'", MappingRuntimeError, "mapper_url:2:2: no", id="raised on the second line"
    ),
    pytest.param(
        "std.extVar('claims').x", MappingRuntimeError, "mapper_url:1:22: no such field: x", id="missing member"
    ),
]


@pytest.mark.parametrize(("text", "type_", "said"), PLACES)
async def test_an_error_is_where_its_author_sees_it(shared_sandbox: Sandbox, text: str, type_: type, said: str) -> None:
    error = await failure(shared_sandbox, text)

    assert type(error) is type_
    assert error.message.startswith(said)


async def test_an_error_text_that_looks_like_a_place_is_left_alone(shared_sandbox: Sandbox) -> None:
    error = await failure(shared_sandbox, "local a = 1;\nerror 'mapper_url:1:700: forged'")
    assert error.message == "mapper_url:2:1: mapper_url:1:700: forged"


async def test_variables_are_data_and_never_code(shared_sandbox: Sandbox) -> None:
    hostile = {"claims": {"a": "' + std.extVar('identity') + '", "b": "}; error 'run' {", "std.extVar('x')": "|||"}}
    text = await ext_vars.evaluate(shared_sandbox, "std.extVar('claims')", name=NAME, variables=hostile)
    assert json.loads(text) == hostile["claims"]
