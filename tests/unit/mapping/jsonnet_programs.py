"""Jsonnet programs made up by a grammar: what people write over a ctx, with the library's functions, mostly sensibly.

Every expression has a type, and "any" where a function takes any: so most programs have a value to compare, and some
raise, cancel, or ask for what isn't there. What a function does with a wrong type is the corpus's business: there are
too many such differences, and nobody's template lives by them. Nor is in the grammar what is a documented difference
(DIFFERENCES in the oracle's tests): fractions that decimals can't write exactly, negative indexes and slices, the empty
pattern, padding of letters beyond ASCII, control characters inside what is made into text, hidden fields of what a key
is removed from, elements that raise where nobody looks at them.
"""

from hypothesis import strategies as st

KEYS = ("a", "b", "email", "név", "first name")
Texts = st.SearchStrategy[str]


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("'", "\\'").replace("\n", "\\n").replace("\0", "\\u0000")
    return f"'{escaped}'"


letters = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=4) | st.sampled_from(
    ["ada@example.org", "Łódź", "😀", "a,b,,c", " \t x ", "100%", "<&>\"'$", "a\nb"]
)
keys = st.sampled_from(KEYS).map(_quoted)
small = st.integers(0, 4).map(str)
exact = st.sampled_from(["0.5", "1.25", "1e3", "2.5e-1", "0", "1000000", "9007199254740991", "1e20"])
variables = st.sampled_from(["x", "y"])


def _numbers(inner: "Kinds") -> Texts:
    number, text, array = inner["number"], inner["text"], inner["array"]
    two = st.sampled_from(["({} + {})", "({} - {})", "std.max({}, {})", "std.min({}, {})"])
    return st.one_of(
        st.builds(str.format, two, number, number),
        st.builds("({} * {})".format, small, exact),
        st.builds("({} % 7)".format, number),
        st.builds("({} / 4)".format, number),
        st.builds("(-{})".format, number),
        st.builds("std.{}({})".format, st.sampled_from(["abs", "sign", "floor", "ceil", "round"]), number),
        st.builds("std.clamp({}, -2, 3)".format, number),
        st.builds("std.pow({}, {})".format, small, small),
        st.builds("({} {} {})".format, small, st.sampled_from(["&", "|", "^", "<<", ">>"]), small),
        st.builds("std.length({})".format, text | array | inner["object"]),
        st.builds("std.count({}, {})".format, array, small),
        st.builds("std.foldl(function(x, y) x + std.length(std.toString(y)), {}, 0)".format, array),
        st.builds("std.codepoint({}[0])".format, text),
        st.builds("std.parseInt(std.toString({}))".format, small),
        st.builds("std.sum([1, {}, {}])".format, number, number),
    )


def _text(inner: "Kinds") -> Texts:
    text, array, any_, number = inner["text"], inner["array"], inner["any"], inner["number"]
    of_one = ["asciiUpper", "asciiLower", "base64", "md5", "sha1", "sha256", "sha512", "sha3", "escapeStringJson"]
    of_one += ["escapeStringBash", "escapeStringDollars", "escapeStringXML", "trim"]
    of_any = ["toString", "type", "manifestJson", "manifestJsonMinified", "manifestPython"]
    formats = ["%s", "<%s>", "%%%s"]
    of_whole = ["%d", "%5d", "%-5d|", "%05d", "%+d", "% d", "%x", "%o", "%i"]
    return st.one_of(
        st.builds("({} + {})".format, text, text | any_),
        st.builds("std.{}({})".format, st.sampled_from(of_one), text),
        st.builds("std.{}({})".format, st.sampled_from(of_any), any_),
        st.builds("std.strReplace({}, {}, {})".format, text, st.sampled_from(["'a'", "'@'", "'é'", "', '"]), text),
        st.builds("std.substr({}, {}, {})".format, text, small, small),
        st.builds("{}[{}]".format, text, small),
        st.builds("{}[{}:{}]".format, text, small, small),
        st.builds("std.join({}, std.map(std.toString, {}))".format, text, array),
        st.builds("('{}' % {})".format, st.sampled_from(formats), any_),
        st.builds("('{}' % std.round({}))".format, st.sampled_from(of_whole), number),
        st.builds("('{}' % ({} / 4))".format, st.sampled_from(["%.2f", "%8.3f", "%-9.2f|"]), small),
        st.builds("('{}' % {})".format, st.sampled_from(["%5s|", "%-5s|"]), small | st.just("true")),
        st.builds("('%s-%s' % [{}, {}])".format, any_, any_),
        st.builds("('%(a)s/%(b)s' % {{a: {}, b: {}}})".format, any_, text),
        st.builds("std.format('%s', [{}])".format, any_),
        st.builds(
            "std.{}(std.toString({}), 'aé ')".format,
            st.sampled_from(["lstripChars", "rstripChars", "stripChars"]),
            text,
        ),
        st.builds("std.manifestJsonEx({}, {})".format, any_, st.sampled_from(["'  '", "''", "'\\t'"])),
        st.builds("std.base64Decode(std.base64({}))".format, text),
        st.builds("std.decodeUTF8(std.encodeUTF8({}))".format, text),
        st.builds("std.get({}, {}, {})".format, inner["object"], keys, text),
        st.builds("|||\n  {}\n   more\n\n  end\n|||".format, st.sampled_from(["text", "é 'q' \"d\"", "\\n no escape"])),
    )


def _truths(inner: "Kinds") -> Texts:
    truth, text, array, any_, number = (inner[name] for name in ("truth", "text", "array", "any", "number"))
    kinds = st.sampled_from(["String", "Number", "Boolean", "Object", "Array", "Function", "Null"])
    order = st.sampled_from(["<", "<=", ">", ">="])
    return st.one_of(
        st.builds("({} {} {})".format, any_, st.sampled_from(["==", "!="]), any_),
        st.builds("({} {} {})".format, number, order, number),
        st.builds("({} {} {})".format, text, order, text),
        st.builds("(!{})".format, truth),
        st.builds("({} {} {})".format, truth, st.sampled_from(["&&", "||"]), truth),
        st.builds("std.is{}({})".format, kinds, any_),
        st.builds("std.objectHas({}, {})".format, inner["object"], keys),
        st.builds("({} in {})".format, keys, inner["object"]),
        st.builds("std.member({}, {})".format, array, any_),
        st.builds(
            "std.{}(std.toString({}), {})".format,
            st.sampled_from(["startsWith", "endsWith"]),
            text,
            letters.map(_quoted),
        ),
        st.builds("std.{}([{}, {}])".format, st.sampled_from(["any", "all"]), truth, truth),
        st.builds("std.setMember({}, std.set(std.objectFields({})))".format, keys, inner["object"]),
    )


def _arrays(inner: "Kinds") -> Texts:
    text, array, any_, obj, truth = (inner[name] for name in ("text", "array", "any", "object", "truth"))
    of_sets = st.sampled_from(["setUnion", "setInter", "setDiff"])
    return st.one_of(
        st.builds("[{}, {}]".format, any_, any_),
        st.builds("({} + {})".format, array, array),
        st.builds("[{} for {} in {} if {}]".format, any_, variables, array, truth),
        st.builds("[[x, y] for x in {} for y in {}]".format, array, array),
        st.builds("std.{}({})".format, st.sampled_from(["objectFields", "objectValues", "objectKeysValues"]), obj),
        st.builds("std.map(function({}) {}, {})".format, variables, any_, array),
        st.builds("std.mapWithIndex(function(x, y) [x, {}], {})".format, any_, array),
        st.builds("std.filter(function({}) {}, {})".format, variables, truth, array),
        st.builds("std.filterMap(function(x) {}, function(y) {}, {})".format, truth, any_, _LEAVES["array"]),
        st.builds("std.flatMap(function({}) [{}], {})".format, variables, any_, _LEAVES["array"]),
        st.builds("std.sort(std.map(std.toString, {}))".format, array),
        st.builds("std.uniq(std.sort(std.map(std.length, std.map(std.toString, {}))))".format, array),
        st.builds("std.{}(std.set(std.objectFields({})), std.set(['a', {}]))".format, of_sets, obj, text),
        st.builds("std.range({}, {})".format, small, small),
        st.builds("std.{}({})".format, st.sampled_from(["reverse", "flattenDeepArray", "prune"]), array),
        st.builds("std.split({}, {})".format, text, st.sampled_from(["'a'", "','", "'@'", "'%'"])),
        st.builds("std.splitLimit({}, ',', {})".format, text, small),
        st.builds("std.stringChars({})".format, text),
        st.builds("std.encodeUTF8({})".format, text),
        st.builds("std.flattenArrays([[{}], {}])".format, any_, array),
        st.builds("std.repeat({}, {})".format, array, small),
        st.builds("{}[{}:{}]".format, array, small, small),
        st.builds("std.find({}, {})".format, any_, array),
        st.builds("std.makeArray({}, function({}) {})".format, small, variables, any_),
        st.builds("std.sort([{{k: std.toString({})}}, {{k: {}}}], function(x) x.k)".format, any_, text),
    )


def _objects(inner: "Kinds") -> Texts:
    any_, obj, array, truth, text = (inner[name] for name in ("any", "object", "array", "truth", "text"))
    marks = st.sampled_from([":", "::", ":::"])
    return st.one_of(
        st.builds("{{a{} {}, 'first name'{} {}}}".format, marks, any_, marks, any_),
        st.builds("({} + {})".format, obj, obj),
        st.builds("({} + {{a+: {}}})".format, obj, any_),
        st.builds("({} {{b: super.a, név: 'a' in super}})".format, obj),
        st.builds("{{a: {}, b: self.a, email: {{deep: $.a}}}}".format, any_),
        st.builds("{{local x = {}, a: [x, x]}}".format, any_),
        st.builds("{{assert {}, a: {}}}".format, truth, any_),
        st.builds("{{[if {} then {}]: {}, b: 1}}".format, truth, keys, any_),
        st.builds("{{[std.toString(x)]: {} for x in std.set(std.map(std.toString, {}))}}".format, any_, array),
        st.builds("std.mergePatch({}, {})".format, obj, obj),
        st.builds("std.prune({})".format, obj),
        st.builds("std.objectRemoveKey(std.parseJson(std.manifestJson({})), {})".format, obj, keys),
        st.builds("std.mapWithKey(function(x, y) [x, {}], {})".format, any_, obj),
        st.builds("std.parseJson(std.manifestJson({}))".format, obj),
        st.builds("{{f(x, y={}):: [x, y], a: self.f({})}}".format, any_, text),
    )


def _anything(inner: "Kinds") -> Texts:
    any_, truth, obj = inner["any"], inner["truth"], inner["object"]
    return st.one_of(
        *(inner[name] for name in ("number", "text", "truth", "array", "object")),
        st.builds("(if {} then {} else {})".format, truth, any_, any_),
        st.builds("(if {} then {})".format, truth, any_),
        st.builds("(local {} = {}; {})".format, variables, any_, any_),
        st.builds("(local f(x, y=1) = [x, y]; f({}))".format, any_),
        st.builds("(assert {} : 'cancel'; {})".format, truth, any_),
        st.builds("{}[{}]".format, obj, keys),
        st.builds("std.get({}, {})".format, obj, keys),
        st.builds("{}[{}]".format, inner["array"], small),
        st.builds("(if {} then error {} else {})".format, truth, inner["text"], any_),
        st.builds("(if {} then error 'cancel' else {})".format, truth, any_),
    )


Kinds = dict[str, Texts]
_GROWN = {"number": _numbers, "text": _text, "truth": _truths, "array": _arrays, "object": _objects, "any": _anything}
_LEAVES: Kinds = {
    "number": st.integers(-9, 9).map("({})".format) | exact | st.just("std.length(ctx)"),
    "text": letters.map(_quoted)
    | st.sampled_from(
        ["ctx.identity.id", "ctx.identity.traits.email", "ctx.identity.traits.name.last", "std.thisFile"]
    ),
    "truth": st.sampled_from(["true", "false", "std.objectHas(ctx, 'session')", "std.isNull(ctx.flow)"]),
    "array": st.sampled_from(["[]", "[3, 1, 2]", "ctx.identity.traits.tags", "['b', 'a', null]", "ctx.flow.ui.nodes"]),
    "object": st.sampled_from(["{}", "{a: 1, b:: 2}", "ctx.identity", "ctx.identity.traits", "ctx.request_headers"]),
    "any": st.sampled_from(
        [
            "null",
            "ctx",
            "x",
            "ctx.phone",
            "ctx.identity.metadata_public",
            "function(x) x",
            "error 'no'",
            "error 'cancel'",
        ]
    ),
}
DEPTH = 3


def _kinds(depth: int) -> Kinds:
    """Return a strategy for each type of expression, nested at most so deep."""
    if depth == 0:
        return {**_LEAVES, "any": st.one_of(*_LEAVES.values())}
    inner = _kinds(depth - 1)
    return {name: inner[name] | grow(inner) for name, grow in _GROWN.items()}


templates = st.builds("function(ctx) local x = 'X', y = ['Y']; {}".format, _kinds(DEPTH)["any"])
