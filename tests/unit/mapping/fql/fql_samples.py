"""Events, expressions and texts to try FQL on, generated."""

from hypothesis import strategies as st

from headwater.mapping.fql import functions
from headwater.mapping.fql.nodes import COMPARISONS, And, Call, Comparison, Listing, Literal, Not, Or, Path

NAMES = [
    "a",
    "b",
    "a b",
    "a.b",
    "c-d",
    "_x",
    "é",
    "0",
    "9z",
    "and",
    "or",
    "in",
    "null",
    "true",
    "all",
    "length",
    "\\",
    "\n",
]
TEXTS = [
    "",
    "a",
    "abc",
    "ABC",
    "a*",
    "*c",
    "1",
    "12.5",
    "true",
    "it's",
    'say "x"',
    "C:\\",
    "ж",
    "\ud800",
    "🐟",
    " a b ",
]
NUMBERS = [0, 1, -1, 12.5, -0.0, 1e21, 2**53 + 1, 10**17, 1e-7]

names = st.sampled_from(NAMES)
texts = st.sampled_from(TEXTS) | st.text(max_size=5)
scalars = st.none() | st.booleans() | st.sampled_from(NUMBERS) | st.integers() | st.floats(allow_nan=False) | texts
json_values = st.recursive(
    scalars | st.sampled_from([10**400, -(10**400)]),
    lambda inside: st.lists(inside, max_size=3) | st.dictionaries(names, inside, max_size=3),
    max_leaves=8,
)
json_events = st.dictionaries(names, json_values, max_size=5)

literals = st.builds(
    Literal,
    st.none()
    | st.booleans()
    | st.integers(-(10**17) + 1, 10**17 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | texts.filter(lambda text: "'" not in text or '"' not in text),
)
paths = st.builds(Path, st.lists(names, min_size=1, max_size=3).map(tuple))


def _calls(inside):
    return st.one_of(
        [
            st.builds(Call, st.just(name), st.tuples(*[inside] * function.arity))
            for name, function in functions.FUNCTIONS.items()
            if name != functions.MATCH
        ]
        # A pattern that can't be read is refused where it is written, so that here it comes from the event.
        + [st.builds(Call, st.just(functions.MATCH), st.tuples(inside, paths))]
    )


def _larger(inside):
    several = st.lists(inside, min_size=2, max_size=3).map(tuple)
    return (
        st.builds(And, several)
        | st.builds(Or, several)
        | st.builds(Not, inside)
        | st.builds(Comparison, st.sampled_from(sorted(COMPARISONS)), inside, inside)
        | st.builds(Listing, st.lists(inside, max_size=3).map(tuple))
        | _calls(inside)
    )


trees = st.recursive(literals | paths, _larger, max_leaves=12)

PIECES = [
    *[
        "type",
        "event",
        "name",
        "userId",
        "properties",
        "traits",
        "context",
        "other",
        "true",
        "false",
        "null",
        "nul",
        "an",
        "o",
    ],
    *[
        "properties.a",
        "properties.a.b",
        "traits.x-y",
        "context.\\a\\ b",
        "properties.list.length",
        "properties.\\.",
        "propertiesq",
    ],
    *[
        "=",
        "!=",
        "<",
        "<=",
        ">",
        ">=",
        "!",
        "and",
        "or",
        "in",
        ".",
        ",",
        "(",
        ")",
        "[",
        "]",
        "contains",
        "match",
        "starts_with",
    ],
    *[
        '"track"',
        '"a"',
        "'a'",
        '"a*"',
        '"*a"',
        '""',
        '"5"',
        '"0x10"',
        "5",
        "-5",
        "+.5",
        "12.50",
        "5.",
        "-",
        "1e3",
        '"',
        "'",
        "\\",
        "é",
    ],
    *[
        "contains(event, ",
        'match(event, "',
        "*",
        "!contains(properties.a, ",
        "!match(traits.x-y, ",
        "exists",
        "number_equals",
        "🐟",
    ],
    *[
        "properties.a = ",
        "properties.a != ",
        'type = "track" and ',
        "properties.a >= ",
        "properties.a.b != null",
        "(type = ",
    ],
]
trigger_soups = st.lists(st.tuples(st.sampled_from(PIECES), st.sampled_from([" ", " ", " ", ""])), max_size=9).map(
    lambda pieces: "".join(piece + space for piece, space in pieces)
)

FIELDS = [
    "type",
    "event",
    "name",
    "userId",
    "properties.a",
    "properties.a.b",
    "properties.list",
    "traits.x-y",
    "context.a\\ b",
]
QUOTED = [
    '"track"',
    '"a"',
    '"5"',
    '"ab"',
    '""',
    '"a*"',
    '"*a"',
    '"*a*"',
    '"*"',
    '"0x10"',
    '"Order*"',
    "'a'",
    '"true"',
    "\"'a'\"",
]
BARE = ["5", "0", "-3", "0.10", "true", "false", "null", "an", "abc", "5.", "1000000000000000000000"]
OPERATORS = ["=", "=", "!=", "!=", "<", "<=", ">", ">=", "contains", "is_true", "not_exists", "not_starts_with"]

_fields = st.sampled_from(FIELDS)
_comparisons = st.builds(
    "{} {} {}".format, _fields, st.sampled_from(OPERATORS), st.sampled_from(QUOTED) | st.sampled_from(BARE)
)
_calls_of_triggers = st.builds(
    "{}{}({}, {})".format,
    st.sampled_from(["", "!"]),
    st.sampled_from(["contains", "match"]),
    _fields,
    st.sampled_from(QUOTED),
)
_tests = _comparisons | _calls_of_triggers


def _chained(parts):
    return st.lists(st.tuples(parts, st.sampled_from([" and ", " or "])), min_size=1, max_size=4).map(
        lambda pairs: "".join(part + joint for part, joint in pairs).removesuffix(pairs[-1][1])
    )


def _torn(text):
    """Return `text` with one character more, less or other, at any place."""
    places = st.integers(0, len(text))
    return st.builds(
        lambda place, letter, gone: text[:place] + letter + text[place + gone :],
        places,
        st.sampled_from([*" ()=!.,\"'\\5a-\r", ""]),
        st.integers(0, 1),
    )


well_formed_triggers = _chained(_tests | _chained(_tests).map("({})".format))
trigger_texts = st.one_of(well_formed_triggers, well_formed_triggers.flatmap(_torn), trigger_soups)
