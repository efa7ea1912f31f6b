import asyncio
import base64
import json
from typing import Any, NoReturn

import _gojsonnet
import pytest
import pytest_asyncio
from ory_mappers import CLAIMS, MAPPERS, WHOLE

from headwater.core.clock import SystemClock
from headwater.core.secrets import Secret
from headwater.identity.config.social_config import ProviderConfig
from headwater.identity.people.accounts import Account
from headwater.identity.people.claims import CodeAddress
from headwater.identity.social import mapper
from headwater.identity.social.mapper import ClaimsMapper, MapperError
from headwater.mapping import ext_vars
from headwater.mapping.evaluation import MappingBusyError, MappingError
from headwater.mapping.limits import SandboxLimits
from headwater.mapping.sandbox import Sandbox
from headwater.mapping.sources import Sources
from headwater.mapping.template_files import TemplateFiles
from headwater.net.address_rules import NO_RULES, AddressRules

pytestmark = pytest.mark.asyncio(loop_scope="module")

FAILED = "failed"
NOBODY: dict[str, Any] = {"traits": {}, "metadata_public": {}, "metadata_admin": {}}
CLAIMS_OF_ADA = {"sub": "ada-1", "email": "ada@example.org", "name": "Ada", "pin": 48151623}
TRAITS = "identity: { traits: {} }"
MOST_MESSAGE_LETTERS = 700


class NoSender:
    """These mappers are embedded: nothing may be fetched."""

    async def send(self, request: Any) -> NoReturn:
        raise AssertionError(request)


SOURCES = Sources(sender=NoSender(), clock=SystemClock(), files=TemplateFiles(None))


async def no_rules() -> AddressRules:
    return NO_RULES


class BusyEvaluator:
    async def evaluate(self, _snippet: Any, **_arguments: Any) -> NoReturn:
        raise MappingBusyError

    async def check(self, _snippet: Any) -> NoReturn:
        raise MappingBusyError


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def sandbox():
    sandbox = Sandbox(clock=SystemClock(), limits=SandboxLimits(evaluation_seconds=0.3, address_space_bytes=2**28))
    await sandbox.start()
    yield sandbox
    await sandbox.close()


@pytest.fixture
def claims_mapper(sandbox):
    return ClaimsMapper(evaluator=sandbox, sources=SOURCES, rules=no_rules)


def provider(text, *, id_="acme"):
    url = "base64://" + base64.b64encode(text.encode()).decode()
    return ProviderConfig(id=id_, kind="generic", label="", client_id="c", client_secret=Secret(""), mapper_url=url)


def account(**members):
    stored = {"traits": {}, "state": "active", "state_changed_at_ms": 1, "created_at_ms": 1, "updated_at_ms": 1}
    return Account(id="ada", schema_id="person", **{**stored, **members})


async def failure(claims_mapper, text, claims=None):
    with pytest.raises(MapperError) as caught:
        await claims_mapper.map(provider(text), CLAIMS_OF_ADA if claims is None else claims)
    message = caught.value.message
    assert message.startswith('The claims mapper of the provider "acme" failed: ')
    assert len(message) < MOST_MESSAGE_LETTERS
    assert caught.value.__cause__ is None  # a traceback would print what the message must not say
    assert caught.value.__suppress_context__
    return message


async def verified(claims_mapper, addresses):
    text = f"{{ identity: {{ traits: {{}}, verified_addresses: {addresses} }} }}"
    return (await claims_mapper.map(provider(text), CLAIMS_OF_ADA)).verified


# The mappers of Ory's guides


def oracle(text, claims):
    codes = {"claims": json.dumps(claims), "identity": json.dumps(NOBODY)}
    try:
        return _gojsonnet.evaluate_snippet("mapper_url", text, ext_codes=codes)
    except RuntimeError:
        return FAILED


async def ours(sandbox, text, claims):
    variables = {"claims": claims, "identity": NOBODY}
    try:
        return await ext_vars.evaluate(sandbox, text, name="mapper_url", variables=variables)
    except MappingError:
        return FAILED


@pytest.mark.parametrize("said", CLAIMS)
@pytest.mark.parametrize("name", MAPPERS)
async def test_a_mapper_of_orys_guides_does_what_it_does_in_go_jsonnet(sandbox, name, said):
    expected = oracle(MAPPERS[name], CLAIMS[said])
    assert expected == await ours(sandbox, MAPPERS[name], CLAIMS[said])
    if said == "everything":
        assert expected != FAILED


async def test_everything_a_mapper_can_say_arrives(claims_mapper):
    google = await claims_mapper.map(provider(MAPPERS["google"], id_="google"), WHOLE)
    github = await claims_mapper.map(provider(MAPPERS["github"]), WHOLE)

    assert google.provider_id == "google"
    assert google.traits == {
        "email": "Ada@Example.org",
        "first_name": "Ada",
        "last_name": "Łovelace",
        "hd": "example.org",
    }
    assert google.verified == (CodeAddress(value="ada@example.org", via="email"),)
    assert github.metadata_public == {"github_username": "ADA", "avatar": "https://op.example/ada.png"}
    assert github.metadata_admin == {"id": 583231}


async def test_metadata_that_a_mapper_does_not_mention_are_none(claims_mapper):
    mapped = await claims_mapper.map(provider(f"{{ {TRAITS} }}"), CLAIMS_OF_ADA)
    assert mapped.metadata_public is None
    assert mapped.metadata_admin is None
    assert mapped.verified == ()


async def test_a_mapper_may_empty_metadata(claims_mapper):
    text = "{ identity: { traits: {}, metadata_public: {}, metadata_admin: {} } }"
    mapped = await claims_mapper.map(provider(text), CLAIMS_OF_ADA)
    assert mapped.metadata_public == {}
    assert mapped.metadata_admin == {}


async def test_a_region_is_nothing_to_us(claims_mapper):
    mapped = await claims_mapper.map(provider("{ identity: { traits: {}, region: 5, other: 1 } }"), CLAIMS_OF_ADA)
    assert mapped.traits == {}


SHOWN = "{ identity: { traits: { all: std.extVar('identity') } } }"


async def test_a_mapper_at_sign_up_sees_an_empty_identity(claims_mapper):
    mapped = await claims_mapper.map(provider(SHOWN), CLAIMS_OF_ADA)
    assert mapped.traits["all"] == NOBODY


async def test_a_mapper_at_login_sees_who_it_is_and_no_more(claims_mapper):
    ada = account(traits={"email": "ada@example.org"}, metadata_public=None, metadata_admin={"plan": "gold"})
    mapped = await claims_mapper.map(provider(SHOWN), CLAIMS_OF_ADA, identity=ada)
    assert mapped.traits["all"] == {
        "traits": {"email": "ada@example.org"},
        "metadata_public": {},
        "metadata_admin": {"plan": "gold"},
    }


# Addresses that the provider vouches for


@pytest.mark.parametrize(
    ("addresses", "found"),
    [
        pytest.param("[]", [], id="none"),
        pytest.param("[{via: 'email', value: ' Ada@Example.ORG\\n'}]", [("ada@example.org", "email")], id="spelling"),
        pytest.param("[{via: 'sms', value: '+49 (151) 234-5678'}]", [("+491512345678", "sms")], id="phone"),
        pytest.param("[{via: 'email', value: 'łada@x.test'}]", [("łada@x.test", "email")], id="beyond ASCII"),
        pytest.param("[null, {via: 'email', value: null}, {via: 'email'}, {value: 'a@x.test'}, {}]", [], id="nulls"),
        pytest.param("[{via: 'email', value: '  '}]", [], id="blank"),
        pytest.param("[{via: 'mail', value: 'a@x.test'}]", [], id="unknown via"),
        pytest.param("[{via: 'email', value: 'a@x.test', more: 1}]", [("a@x.test", "email")], id="more members"),
        pytest.param(
            "[{via: 'email', value: v} for v in ['b@x.test', 'a@x.test', 'B@x.test']]",
            [("b@x.test", "email"), ("a@x.test", "email")],
            id="each once",
        ),
    ],
)
async def test_a_verified_address_is_in_the_form_of_identifiers(claims_mapper, addresses, found):
    assert [(item.value, item.via) for item in await verified(claims_mapper, addresses)] == found


@pytest.mark.parametrize(
    "value",
    [
        pytest.param("\\uff41da@example.org", id="wide a"),
        pytest.param("ada\\u200b@example.org", id="zero-width space"),
        pytest.param("ad\\u00aa@example.org", id="ordinal a"),
        pytest.param("\\u212aate@example.org", id="Kelvin sign"),
        pytest.param("ada@example\\uff0eorg", id="wide full stop"),
    ],
)
async def test_mallory_owning_a_look_alike_mailbox_does_not_prove_adas_address(claims_mapper, value):
    assert await verified(claims_mapper, f"[{{via: 'email', value: '{value}'}}]") == ()


async def test_mallory_owning_a_number_in_wide_digits_does_not_prove_adas_number(claims_mapper):
    assert await verified(claims_mapper, "[{via: 'sms', value: '+49151234567\\uff18'}]") == ()


# Mappers that return what has no meaning


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param("{}", "identity.traits must be an object, not null", id="nothing"),
        pytest.param("null", "identity.traits must be an object, not null", id="null"),
        pytest.param("5", "identity.traits must be an object, not null", id="number"),
        pytest.param("[{identity: {traits: {}}}]", "identity.traits must be an object, not null", id="list"),
        pytest.param("{identity: null}", "identity.traits must be an object, not null", id="identity null"),
        pytest.param("{identity: [{traits: {}}]}", "identity.traits must be an object, not null", id="identity list"),
        pytest.param("{identity: 'traits'}", "identity.traits must be an object, not null", id="identity text"),
        pytest.param("{identity: {}}", "identity.traits must be an object, not null", id="no traits"),
        pytest.param("{'identity.traits': {}}", "identity.traits must be an object, not null", id="dotted"),
        pytest.param("{identity: {traits: []}}", "identity.traits must be an object, not array", id="traits list"),
        pytest.param("{identity: {traits: 1}}", "identity.traits must be an object, not number", id="traits number"),
        pytest.param(
            "{identity: {traits: {}, metadata_public: 'x'}}",
            "identity.metadata_public must be an object, not string",
            id="public text",
        ),
        pytest.param(
            "{identity: {traits: {}, metadata_public: null}}",
            "identity.metadata_public must be an object, not null",
            id="public null, as in Kratos",
        ),
        pytest.param(
            "{identity: {traits: {}, metadata_admin: []}}",
            "identity.metadata_admin must be an object, not array",
            id="admin list",
        ),
    ],
)
async def test_a_mapper_without_traits_or_with_odd_metadata_is_told_what_is_wrong(claims_mapper, text, said):
    assert said in await failure(claims_mapper, text)


@pytest.mark.parametrize(
    "addresses",
    [
        pytest.param("null", id="null"),
        pytest.param("{via: 'email', value: 'a@x.test'}", id="object"),
        pytest.param("'a@x.test'", id="text"),
        pytest.param("['a@x.test']", id="texts"),
        pytest.param("[[1]]", id="lists"),
        pytest.param("[{via: 'email', value: 5}]", id="number"),
        pytest.param("[{via: ['email'], value: 'a@x.test'}]", id="list as via"),
        pytest.param("[{via: 'email', value: {a: 1}}]", id="object as value"),
    ],
)
async def test_verified_addresses_that_are_no_list_of_addresses_are_refused(claims_mapper, addresses):
    said = await failure(claims_mapper, f"{{ identity: {{ traits: {{}}, verified_addresses: {addresses} }} }}")
    assert "identity.verified_addresses must be a list of objects with texts at value and via" in said
    assert "x.test" not in said


async def test_traits_too_large_or_too_deep_to_keep_are_refused(claims_mapper):
    large = await failure(claims_mapper, "{identity: {traits: {a: std.repeat('x', 200000)}}}")
    deep = await failure(claims_mapper, "{identity: {traits: std.foldl(function(a, i) {a: a}, std.range(1, 30), {})}}")
    metadata = await failure(claims_mapper, "{identity: {traits: {}, metadata_admin: {a: std.repeat('x', 200000)}}}")

    assert "identity.traits is larger than 128 KiB" in large
    assert "identity.traits is nested deeper than 16 levels" in deep
    assert "identity.metadata_admin is larger" in metadata


# Mappers that fail, and what people are told of it


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param("{a: 1", "mapper_url:1:6: unexpected end of the program", id="half"),
        pytest.param(
            "local c = std.extVar('claims');\n{a: clams}", "mapper_url:2:5: unknown variable: clams", id="typo"
        ),
        pytest.param("claims.email", "mapper_url:1:1: unknown variable: claims", id="without std.extVar"),
        pytest.param("local c = std.extVar('claims');\nc.emial", "mapper_url:2:3: no such field: emial", id="missing"),
        pytest.param("\n\nerror 'Only for staff.'", "mapper_url:3:1: Only for staff.", id="raised"),
        pytest.param("error 'cancel'", "mapper_url:1:1: cancel", id="nothing to cancel"),
        pytest.param("assert false : 'too young'; {}", "assert failed: too young", id="asserted"),
        pytest.param(
            "std.extVar('secrets')", "std.extVar('secrets') is not known here; there is claims, identity", id="x"
        ),
    ],
)
async def test_a_failing_mapper_says_where_and_why(claims_mapper, text, said):
    assert said in await failure(claims_mapper, text)


LEAKS = {
    "raised": "error 'blocked: ' + c.email",
    "raised as an object": "error c",
    "a part of it": "error std.split(c.email, '@')[0]",
    "in other letters": "error std.asciiUpper(c.email)",
    "a number": "error 'pin %d' % c.pin",
    "asserted": "assert c.name == '' : c.name; {}",
    "compared": "std.assertEqual(c.email, 'x')",
    "read as a number": "std.parseInt(c.email)",
    "as a field's name": "{}[c.email]",
    "as a field of std": "std[c.email]",
    "as a name twice": "{[c.name]: 1, [c.name + '']: 2}",
    "as a variable's name": "std.extVar(c.name)",
    "of the identity": "error std.extVar('identity').traits.city",
}


@pytest.mark.parametrize("name", LEAKS)
async def test_an_error_never_quotes_what_the_provider_says_of_ada(claims_mapper, name):
    ada = account(traits={"city": "Marylebone"})
    with pytest.raises(MapperError) as caught:
        await claims_mapper.map(
            provider(f"local c = std.extVar('claims');\n{LEAKS[name]}"), CLAIMS_OF_ADA, identity=ada
        )

    said = caught.value.message.casefold()
    for value in ("ada@", "example", "48151623", "marylebone"):
        assert value not in said
    assert "ada" not in said.replace("as a field", "")
    assert "…" in said


async def test_claims_full_of_common_words_do_not_blot_out_the_error(claims_mapper):
    claims = {"bio": "there is no such field with similar name: expected string, got number; emial claims"}
    said = await failure(claims_mapper, "local claims = std.extVar('claims');\nclaims.emial", claims)
    assert "mapper_url:2:8: no such field: emial" in said


async def test_an_operators_endless_error_text_is_cut(claims_mapper):
    said = await failure(claims_mapper, "error std.repeat('no ', 5000)")
    assert said.endswith("…")


async def test_an_error_is_one_line_whatever_the_mapper_writes(claims_mapper):
    assert "a b c" in await failure(claims_mapper, "error 'a\\n\\tb\\r\\nc'")


async def test_no_free_worker_is_not_the_mappers_fault():
    busy = ClaimsMapper(evaluator=BusyEvaluator(), sources=SOURCES, rules=no_rules)
    with pytest.raises(MappingBusyError):
        await busy.map(provider("{}"), {})


# Attacks

RUNAWAY = {
    "loops": "std.foldl(function(a, b) a + b, std.range(1, 1e9), 0)",
    "recurses": "local f(n) = f(n + 1) + 1; {identity: {traits: {a: f(1)}}}",
    "contains itself": "{identity: {traits: self}}",
    "allocates": "{identity: {traits: {a: std.foldl(function(a, b) a + a, std.range(1, 60), 'x')}}}",
    "returns megabytes": "{identity: {traits: {a: std.repeat('x', 3000000)}}}",
    "is nested without end": "[" * 5000,
}


@pytest.mark.parametrize("name", RUNAWAY)
async def test_a_mapper_that_runs_away_is_stopped_and_the_next_works(claims_mapper, name):
    async with asyncio.timeout(5):
        await failure(claims_mapper, RUNAWAY[name])
    assert (await claims_mapper.map(provider(f"{{ {TRAITS} }}"), CLAIMS_OF_ADA)).traits == {}


@pytest.mark.parametrize("word", ["import", "importstr", "importbin"])
@pytest.mark.parametrize("path", ["/etc/passwd", "../mapper.py", "http://169.254.169.254/"])
async def test_a_mapper_that_imports_a_file_reads_nothing(claims_mapper, word, path):
    said = await failure(claims_mapper, f"{{identity: {{traits: {{a: {word} '{path}'}}}}}}")
    assert "import not available" in said


async def test_a_mapper_sees_no_environment_and_no_other_mappers_variables(claims_mapper):
    await claims_mapper.map(provider(SHOWN), CLAIMS_OF_ADA, identity=account(traits={"email": "ada@example.org"}))
    for name in ("session", "ctx", "HOME", "headwater_ext_vars", "extVar"):
        assert "is not known here" in await failure(claims_mapper, f"std.extVar('{name}')")
    assert (await claims_mapper.map(provider(SHOWN), CLAIMS_OF_ADA)).traits["all"] == NOBODY


async def test_claims_that_look_like_code_stay_text(claims_mapper):
    hostile = {
        "sub": "' + std.extVar('identity') + '",
        "email": "}; error 'run'; {",
        "name": "%(sub)s ||| std.",
        "std.extVar('claims')": {"$ref": "import '/etc/passwd'"},
        "\u0000": "\u2028\u2029</script>",
    }
    mapped = await claims_mapper.map(provider("{identity: {traits: std.extVar('claims')}}"), hostile)
    assert mapped.traits == hostile


async def test_ten_thousand_claims_are_no_trouble_and_no_more_come_through_than_are_kept(claims_mapper):
    claims = {f"claim-{number}": f"value-{number}" for number in range(10_000)} | CLAIMS_OF_ADA
    text = "local c = std.extVar('claims'); { identity: { traits: { email: c.email, n: std.length(c) } } }"

    mapped = await claims_mapper.map(provider(text), claims)
    assert mapped.traits == {"email": "ada@example.org", "n": 10_004}
    said = await failure(claims_mapper, "{identity: {traits: std.extVar('claims')}}", claims)
    assert "larger than" in said
    assert "value-9999" not in await failure(claims_mapper, "error std.extVar('claims')['claim-9999']", claims)


async def test_claims_too_large_for_the_sandbox_are_refused_in_words(claims_mapper):
    assert "larger than" in await failure(claims_mapper, f"{{ {TRAITS} }}", {"a": "x" * (17 * 2**20)})


# What was typed and what the mapper says, as one. Each line was compared with Kratos's own merge.


@pytest.mark.parametrize(
    ("typed", "mapped", "both"),
    [
        pytest.param({}, {}, {}, id="nothing"),
        pytest.param({}, {"a": 1}, {"a": 1}, id="nothing typed"),
        pytest.param({"a": 1}, {}, {"a": 1}, id="nothing mapped"),
        pytest.param({"a": 1}, {"a": 2, "b": 3}, {"a": 1, "b": 3}, id="typed wins"),
        pytest.param({"n": {"f": "A"}}, {"n": {"f": "B", "l": "C"}}, {"n": {"f": "A", "l": "C"}}, id="deep"),
        pytest.param({"n": {}}, {"n": {"f": 1}}, {"n": {"f": 1}}, id="empty object adds nothing"),
        pytest.param({"a": []}, {"a": [1]}, {"a": []}, id="lists whole"),
        pytest.param({"a": [{"b": 1}]}, {"a": [{"c": 1}, 2]}, {"a": [{"b": 1}]}, id="lists are not merged"),
        pytest.param({"a": ""}, {"a": "x"}, {"a": ""}, id="empty text wins"),
        pytest.param({"a": None}, {"a": "x"}, {"a": None}, id="null wins"),
        pytest.param({"a": False}, {"a": True}, {"a": False}, id="false wins"),
        pytest.param({"a": "x"}, {"a": {"b": 1}}, {"a": "x"}, id="text over object"),
        pytest.param({"a": {"b": 1}}, {"a": "x"}, {"a": {"b": 1}}, id="object over text"),
        pytest.param({"a": {"b": 1}}, {"a": None}, {"a": {"b": 1}}, id="object over null"),
    ],
)
async def test_typed_traits_win_over_mapped_ones_as_in_kratos(typed, mapped, both):
    before = json.dumps([typed, mapped])
    assert mapper.merged(typed, mapped) == both
    assert json.dumps([typed, mapped]) == before  # nobody's own data changed


async def test_a_typed_address_is_not_proven_by_the_providers_other_one(claims_mapper):
    text = (
        "{identity: {traits: {email: 'mallory@x.test'}, verified_addresses: [{via: 'email', value: 'mallory@x.test'}]}}"
    )
    mapped = await claims_mapper.map(provider(text), CLAIMS_OF_ADA)
    traits = mapper.merged({"email": "ada@example.org"}, mapped.traits)

    assert traits["email"] == "ada@example.org"
    assert traits["email"] not in {item.value for item in mapped.verified}


async def test_nothing_of_a_person_is_in_a_repr(claims_mapper):
    mapped = await claims_mapper.map(provider(MAPPERS["google"]), WHOLE)
    assert "example.org" not in repr(mapped).casefold()
