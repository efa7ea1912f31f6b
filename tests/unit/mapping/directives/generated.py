"""Mappings and events as Hypothesis makes them: small words that meet each other often, well-formed or nearly so."""

from typing import Any

from hypothesis import strategies as st

KEYS = ("a", "b", "c") * 8 + ("0", "1", "10", "x.y", "", "length", "toString", "é", "@a", "_metadata")
TEXTS = (
    "",
    "a",
    "b",
    "$.a",
    "a.b",
    "A1b2",
    "ß İ \u017f",
    "a😀b",
    "{{a}}",
    "{{{b}}}",
    "x{{ a.b }}{",
    "1",
    "[1, {}]",
    '{"a":',
    "$&$1$$",
)
NUMBERS = (0, 1, -1, 2.5, 1.0, 1e21, 1e-7, 123456789.125, 5e-324, -0.0)

keys = st.sampled_from(KEYS)
texts = st.sampled_from(TEXTS) | st.text(alphabet="ab{}$. 0ßé😀", max_size=8)
scalars = st.none() | st.booleans() | st.sampled_from(NUMBERS) | texts
paths = st.lists(
    st.sampled_from(("a", "b", "c", "0", "1", "10", "length", "['x.y']", "[0]", "[1]", "é")), max_size=3
).map(lambda steps: "$." + ".".join(steps)) | st.sampled_from(("a", "$.", "", ".", "b.$.a", "a[0].b"))
json_values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=4), max_leaves=12
)
events = st.dictionaries(keys, json_values, max_size=6)


def directives(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Return directives whose operands are `inner`, mostly as they should be."""
    operand = inner | st.builds(lambda path: {"@path": path}, paths)
    text = st.builds(lambda path: {"@path": path}, paths) | texts
    objects = st.lists(
        st.builds(lambda path: {"@path": path}, paths) | st.dictionaries(keys, inner, max_size=3) | operand, max_size=3
    )
    return st.one_of(
        st.builds(lambda path: {"@path": path}, paths | paths | operand),
        st.builds(lambda one: {"@template": one}, texts | texts | operand),
        st.builds(lambda one: {"@literal": one}, operand),
        st.builds(lambda one: {"@excludeWhenNull": one}, operand),
        some("@if", exists=operand, then=operand, **{"else": operand}),
        some("@if", blank=operand, then=operand, **{"else": operand}),
        some("@case", operator=mostly("lower", "upper", odd=("title", "")), value=text | text | text | operand),
        some(
            "@replace",
            pattern=mostly("a", "b", "$", ".", "ß", "1", odd=("longer than ten", "")),
            value=text | text | text | operand,
            replacement=mostly("", "x", "$&", "$$", "$`", "$'", odd=("longer than ten", None)),
            ignorecase=mostly(True, False, odd=(None,)),
            pattern2=texts,
            **{"global": st.booleans()},
        ),
        st.builds(lambda path, shape: {"@arrayPath": [path, shape]}, paths | operand, operand),
        some("@flatten", separator=mostly(".", "_", odd=("", 5)), value=operand, omitArrays=st.booleans()),
        some("@json", mode=mostly("encode", "decode", odd=("ENCODE", "x")), value=operand),
        some("@merge", direction=mostly("left", "right", odd=("Left", "")), objects=objects),
        some("@transform", apply=operand, mapping=operand),
    )


def mostly(*usual: Any, odd: tuple[Any, ...]) -> st.SearchStrategy[Any]:
    return st.sampled_from(usual * 8 + odd)


def some(name: str, **options: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Return the directive with all of its options, or now and then with some."""
    whole = st.fixed_dictionaries(options)
    partial = st.fixed_dictionaries({}, optional=options)
    return st.builds(lambda value: {name: value}, st.integers(0, 15).flatmap(lambda die: whole if die else partial))


parts = st.recursive(
    scalars | st.builds(lambda path: {"@path": path}, paths),
    lambda inner: (
        directives(inner) | directives(inner) | st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3)
    ),
    max_leaves=10,
)
mappings = st.dictionaries(st.sampled_from(("a", "b", "c", "10")), parts, min_size=1, max_size=3)
