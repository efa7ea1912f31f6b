"""The std members that rjsonnet lacks or has otherwise than go-jsonnet, written in Jsonnet.

They are put before a program's first line and stay on it, so that line numbers in errors remain the program's own;
`reports.py` puts columns right. A program gets only the members that it names, mostly none: parsing all of them costs
as much as a small evaluation. Standard library only: workers import it.
"""

import json
from itertools import pairwise

from headwater.mapping.tokens import ID, OP, STRING, Token

STANDARD_LIBRARY = "std"
THIS_FILE = "thisFile"
BASE = "headwater_std"  # grammar.py knows no such name, so no program can use it

# What Go's strings.TrimSpace calls space.
_SPACES = r" \t\n\u000b\f\r\u0085\u00a0\u1680" + "".join(rf"\u{code:04x}" for code in range(0x2000, 0x200B))
_ALL_SPACES = _SPACES + r"\u2028\u2029\u202f\u205f\u3000"
_PI = "3.141592653589793"

# The arithmetic goes step by step as theirs, so that even the last digit is the same.
_MEMBERS = {
    "trim": f'(str):: std.stripChars(str, "{_ALL_SPACES}")',
    "isNull": ":: function(v) v == null",
    "flattenDeepArray": (
        f"(value):: if std.isArray(value) then std.flatMap({BASE}.flattenDeepArray, value) else [value]"
    ),
    "pi": f":: {_PI}",
    "deg2rad": f"(x):: x * {_PI} / 180",
    "rad2deg": f"(x):: x * 180 / {_PI}",
    "log2": "(x):: std.log(x) / std.log(2)",
    "log10": "(x):: std.log(x) / std.log(10)",
    "hypot": (
        "(a, b):: local p = std.max(std.abs(a), std.abs(b)), q = std.min(std.abs(a), std.abs(b));"
        " if p == 0 then 0 else p * std.sqrt(1 + (q / p) * (q / p))"
    ),
    "atan2": (
        "(y, x):: local is_negative(n) = n < 0 || (n == 0 && std.toString(n) == '-0'),"
        " signed(n) = if is_negative(y) then -n else n, q = std.atan(y / x);"
        f" if y == 0 then signed(if is_negative(x) then {_PI} else 0)"
        f" else if x == 0 then signed({_PI} / 2)"
        f" else if x < 0 then (if q <= 0 then q + {_PI} else q - {_PI}) else q"
    ),
    # What follows exists in rjsonnet, but is another function there.
    "abs": "(n):: if std.isNumber(n) then (if n > 0 then n else -n) else std.abs(n)",  # of 0 it is -0
    "base64": (
        "(input):: if std.isString(input) && std.any([std.codepoint(c) > 255 for c in std.stringChars(input)])"
        " then error 'std.base64 takes letters up to U+00FF' else std.base64(input)"
    ),
    "escapeStringJson": "(str_):: std.escapeStringJson(std.toString(str_))",
    # rjsonnet's looks at every element, and so meets errors that nobody asks for.
    "flatMap": (
        "(func, arr):: if std.isArray(arr) then std.flattenArrays(std.map(func, arr)) else std.flatMap(func, arr)"
    ),
    # rjsonnet's array has elements beyond its end.
    "repeat": (
        "(what, count):: local n = std.max(count, 0); if std.isArray(what)"
        " then std.flattenArrays(std.makeArray(n, function(_) what)) else std.repeat(what, n)"
    ),
    # rjsonnet's ends the process where an object shows no field.
    "objectRemoveKey": (
        "(obj, key):: if std.isObject(obj) && std.isString(key) && std.length(obj) == 0"
        " then (if std.objectHasAll(obj, key) then {} else obj) else std.objectRemoveKey(obj, key)"
    ),
    "stringChars": (
        "(str):: if std.isString(str) then std.stringChars(str) else std.makeArray(std.length(str), function(i) str[i])"
    ),
    # These two take no string.
    "foldl": "(func, arr, init):: std.foldl(func, if std.isString(arr) then std.stringChars(arr) else arr, init)",
    "foldr": "(func, arr, init):: std.foldr(func, if std.isString(arr) then std.stringChars(arr) else arr, init)",
}


def prefix(words: list[Token], *, name: str) -> str:
    """Return what to put before the program made of `words`: one line, or nothing."""
    needed = _needed(words)
    if not needed:
        return ""
    members = [f"{member}{_MEMBERS[member]}" for member in _MEMBERS if member in needed]
    if THIS_FILE in needed:
        members.append(f"{THIS_FILE}:: {json.dumps(name)}")
    return f"local {BASE} = std {{ {', '.join(members)} }}; local std = {BASE}; "


def _needed(words: list[Token]) -> frozenset[str]:
    """Return which members the program may reach. A member reached through a computed name needs `std` as a value."""
    every = frozenset({*_MEMBERS, THIS_FILE})
    mentioned: set[str] = set()
    for word, following in pairwise(words):
        if word.kind == ID and word.text == STANDARD_LIBRARY and not (following.kind == OP and following.text == "."):
            return every
        if word.kind in (ID, STRING):
            mentioned.add(word.text)
    return every & mentioned
