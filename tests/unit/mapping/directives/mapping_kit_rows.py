"""The mappings of the table, by kind, and the event that they are applied to."""

EVENT = {
    "type": "track",
    "userId": "ada",
    "event": "Order Completed",
    "properties": {
        "revenue": 39.95,
        "whole": 1.0,
        "huge": 1e21,
        "tiny": 5e-7,
        "many": 123456789012345680000,
        "negative": -0.000123,
        "zero": 0,
        "no": False,
        "yes": True,
        "empty": "",
        "null": None,
        "text": "Straße K ŸÿǅΣς İ",
        "money": "$1.00 costs $1.00",
        "braces": "{{userId}} {{{userId}}}",
        "emoji": "a😀b",
        "json": '{"a": [1, 2.50, "x"], "b": null}',
        "bad json": "{a: 1}",
        "NaN": "NaN",
        "path": "$.userId",
        "emptied": [],
        "nulls": [None, None],
        "list": [1, None, "x", [2, [3]], {"a": 1}, True],
        "object": {"a": 1, "b": {"c": None, "d": [None, {"e": None}]}, "f": {}, "g": [], "10": 1, "2": {"x": 1}},
        "quo'ted": {"do.t": 1, "a]b": 2},
        "products": [
            {"sku": "ж-1", "price": 2, "tags": [{"t": 1}, {"t": 2}]},
            {"sku": "b-2", "price": 0.5, "tags": []},
            "stray",
            None,
            7,
        ],
    },
    "context": {"app": {"version": "1.2"}},
    "dotted.key": 1,
    "": "nameless",
}


def of(value):
    return {"out": value}


def path(*steps):
    return {"@path": "$.properties." + ".".join(steps)}


VALUES = [path(name) for name in EVENT["properties"] if name != "quo'ted"] + [{"@path": "$.nowhere"}]
PATHS = """
$.userId|userId|$userId|$.|.||..|$|$.properties.products[0].sku|$.properties.products.0.sku
$.properties.products[5]|$.properties['text']|$.properties["text"]|properties[text]|$.properties.products[-1]
$.properties.products[00]|$.properties.products.length|$.properties.text.length|$.properties.emoji.length
$.properties.text[1]|$.properties.text.99|$.properties.zero.x|$.properties.empty.x.y|$.properties.no.x
$.properties.null.x|$.properties.yes.x|$.properties.whole.x|a$.userId|us$.erId|$.$.userId|$.properties.quo'ted
$.properties["quo'ted"]|$.properties['bad json']|$.properties.bad json|dotted.key|['dotted.key']
$.properties[products][0]|$.properties.products[0][sku]|$.properties.products]0[.sku|$.properties.list[3][1][0]
$.properties.list.3.1.0|$.properties.object['10']|$.properties.object.10|''|[''].x| userId |$. userId
$.properties.object.b.d[1].e|$.properties.products[4].x|$.properties.products[3].x|properties..text|.userId|userId.
[0]|[
""".replace("\n", "|").strip("|")
TEMPLATES = [
    "{{userId}}",
    "{{ userId }} and {{{ event }}}",
    "{{$.userId}}",
    "{{nowhere}}|{{properties.null}}|{{properties.no}}|{{properties.zero}}|{{properties.empty}}",
    "{{properties.braces}} {{{properties.braces}}}",
    "{{}} {{ }} {{{}}} {{{ }}}",
    "{{{{userId}}}}",
    "{{{{{userId}}}}}",
    "{{userId}",
    "{userId}}",
    "{{user{{userId}}Id}}",
    "{{ userId } }} {{event}}",
    "{{\n userId \n}}\u00a0{{\ufeffuserId\u2003}}{{\x1cuserId}}",
    "}}{{userId}}{{",
    "{{properties.money}} $& {{properties.money}}",
    "{{properties.products.length}} {{properties.text.0}} {{.}}",
    "",
]
TABLE = {
    "values": [of(value) for value in (1, "x", None, True, [], {}, [None, {"a": [{}]}], 1.5, "{{userId}}")],
    "paths": [of({"@path": one}) for one in PATHS.split("|")],
    "paths of directives": [
        of({"@path": one})
        for one in (
            path("path"),
            path("whole"),
            {"@path": "$.nowhere"},
            {"@template": "$.properties.{{ userId }}"},
            {"@template": "$.properties.{{properties.NaN}}"},
            {"@path": {"@path": {"@literal": "$.properties.path"}}},
        )
    ],
    "templates": [of({"@template": one}) for one in TEMPLATES],
    "templates of values": [
        of({"@template": template.replace("x", inner["@path"].removeprefix("$."))})
        for inner in VALUES
        for template in ("<{{x}}>", "<{{{x}}}>")
    ],
    "templates of directives": [of({"@template": value}) for value in VALUES],
    "literal": [of({"@literal": one}) for one in (1, None, [path("text")], {"a": path("text")}, path("text"), "x")],
    "if exists": [of({"@if": {"exists": value, "then": 1, "else": 2}}) for value in VALUES],
    "if blank": [of({"@if": {"blank": value, "then": 1, "else": 2}}) for value in VALUES],
    "if": [
        of({"@if": one})
        for one in (
            {"exists": path("text")},
            {"exists": path("text"), "else": 1},
            {"exists": path("nope"), "then": 1},
            {"exists": path("nope"), "else": 0},
            {"exists": path("nope"), "else": False},
            {"exists": path("nope"), "else": None},
            {"exists": path("nope"), "else": {}},
            {"exists": path("text"), "then": None},
            {"exists": path("text"), "then": {"a": path("nope"), "b": [path("nope")]}},
            {"exists": None, "blank": path("text"), "then": 1, "else": 2},
            {"exists": 0, "blank": path("text"), "then": 1, "else": 2},
            {"exists": True, "then": 1},
            {"exists": [], "then": 1},
            {"exists": "", "then": 1},
            {"exists": False, "then": 1},
            {"blank": [], "then": 1, "else": 2},
            {"blank": [[]], "then": 1, "else": 2},
            {"blank": [""], "then": 1, "else": 2},
            {"blank": ["", ""], "then": 1, "else": 2},
            {"blank": [0], "then": 1, "else": 2},
            {"blank": {}, "then": 1, "else": 2},
            {"blank": {"toString": 1}, "then": 1, "else": 2},
            {},
            {"then": 1},
            {"other": 1, "exists": path("text"), "then": path("text")},
        )
    ],
    "case": [
        of({"@case": {"operator": operator, "value": value}}) for operator in ("lower", "upper") for value in VALUES
    ]
    + [
        of({"@case": one})
        for one in (
            {"operator": "LOWER", "value": path("text")},
            {"operator": "title", "value": path("whole")},
            {"operator": "title", "value": path("text")},
            {"operator": "lower", "value": ""},
            {"operator": "lower"},
            {"operator": "", "value": "X"},
            {"value": "X"},
            {},
            {"operator": "lower", "value": "ABC"},
        )
    ],
    "replace": [
        of({"@replace": {"pattern": pattern, "replacement": replacement, "value": value, **more}})
        for value in (path("money"), path("text"), path("emoji"))
        for pattern in ("$1", "s", "K", "\u017f", "ß", "1.0", ".", "İ", "i", "\\", "a😀", "\u03c3", "-", "ǆ")
        for replacement in ("", "[$&]", "$$", "$1", "$`", "$'", "$", "$$$", "$<x>", "$0")
        for more in ({}, {"ignorecase": True}, {"global": False})
    ]
    + [of({"@replace": {"pattern": "e", "replacement": "3", "value": value}}) for value in VALUES]
    + [
        of({"@replace": {"value": path("money"), **one}})
        for one in (
            {},
            {"pattern": ""},
            {"pattern": "$"},
            {"pattern": "12345678901"},
            {"pattern": "😀😀😀😀😀"},
            {"pattern": "😀😀😀😀😀😀"},
            {"pattern": "$", "replacement": "12345678901"},
            {"pattern": "$", "replacement": None},
            {"pattern": "$", "pattern2": "1", "replacement2": "2"},
            {"pattern": "$", "pattern2": "1"},
            {"pattern": "$", "replacement": "1", "pattern2": "1"},
            {"pattern": "$", "pattern2": "12345678901"},
            {"pattern": "$", "pattern2": 5},
            {"pattern": "$", "pattern2": "1", "replacement2": 5},
            {"pattern": "$", "global": 1},
            {"pattern": "$", "ignorecase": "yes"},
            {"pattern": 5},
            {"pattern": "$", "value": 5},
            {"pattern": "$", "value": ""},
        )
    ],
    "array path": [
        of({"@arrayPath": one})
        for one in (
            ["$.properties.products"],
            ["$.properties.products", {"id": {"@path": "$.sku"}, "n": {"@path": "$.length"}, "all": {"@path": "$."}}],
            ["$.properties.products", {"@path": "$.sku"}],
            ["$.properties.products", {"tags": {"@arrayPath": ["$.tags", {"x": {"@path": "$.t"}}]}}],
            ["$.properties.products", {}],
            ["$.properties.products", []],
            ["$.properties.products", "x"],
            ["$.properties.products", None],
            ["$.properties.products", {"x": 1}, "more"],
            ["$.properties.object", {"x": {"@path": "$.a"}}],
            ["$.properties.text", {"x": {"@path": "$.length"}}],
            ["$.nowhere", {"x": 1}],
            ["$.properties.null", {"x": 1}],
            ["$.properties.emptied", {"x": 1}],
            [path("products"), {"@template": "{{sku}}-{{price}}"}],
            [{"@path": "$.properties.list"}, {"x": {"@path": "$."}}],
            [{"a": 1}, {"x": 1}],
            [[{"a": 1}], {"x": 1}],
            [],
            [5],
            [None, {"x": 1}],
            "x",
            {"a": 1},
            ["", {"x": {"@path": "$.userId"}}],
            ["$.properties.products", {"x": {"@transform": {"apply": {"y": {"@path": "$.sku"}}, "mapping": {"z": 1}}}}],
            ["$.properties.list", {"@transform": {"apply": {"y": 1}, "mapping": {"z": {"@path": "$.y"}}}}],
            ["$.properties.products", {"@nope": 1}],
            ["$.properties.products", [{"@path": "$.sku"}]],
        )
    ],
    "flatten": [of({"@flatten": {"separator": "_", "value": value}}) for value in VALUES]
    + [of({"@flatten": {"separator": ".", "value": value, "omitArrays": True}}) for value in VALUES]
    + [
        of({"@flatten": one})
        for one in (
            {"value": path("object")},
            {"separator": "", "value": path("object")},
            {"separator": 5, "value": path("object")},
            {"separator": "_"},
            {"separator": "_", "value": {"a": {"b": 1}, "a_b": 2}},
            {"separator": ".", "value": {"1.2": "x", "1": {"2": "y"}}},
            {"separator": ".", "value": {"": {"a": 1}, "b": {"": 2}}},
            {"separator": "_", "value": {"a": {"b": 1}}, "omitArrays": ""},
            {"separator": "_", "value": {"a": [1]}, "omitArrays": {"@path": "$.nowhere"}},
            {"separator": path("text"), "value": {"a": {"b": 1}}},
            {"separator": "_", "value": 5},
            {"separator": "_", "value": None},
        )
    ],
    "json encode": [of({"@json": {"mode": "encode", "value": value}}) for value in VALUES],
    "json decode": [of({"@json": {"mode": "decode", "value": value}}) for value in VALUES],
    "json": [
        of({"@json": one})
        for one in (
            {
                "mode": "encode",
                "value": {"b": 1, "10": 2, "2": 3, "a": path("nowhere"), "01": 4, "l": [path("nowhere")]},
            },
            {"mode": "encode", "value": 'quote " slash \\ / \b\f\n\r\t \x01 \x7f \u2028 é'},
            {"mode": "encode", "value": 0},
            {"mode": "encode", "value": ""},
            {"mode": "encode", "value": None},
            {"mode": "encode", "value": False},
            {"mode": "encode", "value": []},
            {"mode": "ENCODE", "value": 1},
            {"mode": "other", "value": 1},
            {"mode": "encode"},
            {"value": 1},
            {"mode": "", "value": 1},
            *(
                {"mode": "decode", "value": text}
                for text in (
                    " 1 ",
                    "1.0",
                    "01",
                    "+1",
                    "1e400",
                    "-0",
                    "NaN",
                    "Infinity",
                    "-Infinity",
                    "'x'",
                    '"\\ud83d\\ude00"',
                    '{"a":1,"a":2}',
                    "[1,]",
                    '"\t"',
                    "\ufeff1",
                    "\u00a01",
                    "null",
                    "true",
                    "",
                    " ",
                    "12345678901234567890123",
                    '{"b":1,"1":2}',
                    "0.1e1",
                    "nul",
                    '"\\x"',
                    "[[[[]]]]",
                    "1 2",
                    '{"__x__": 1}',
                )
            ),
        )
    ],
    "merge": [
        of({"@merge": one})
        for one in (
            {"direction": "right", "objects": [{"a": 1, "b": 2}, {"b": 3}]},
            {"direction": "left", "objects": [{"a": 1, "b": 2}, {"b": 3}]},
            {"direction": "LEFT", "objects": [{"a": 1}, {"a": 2}]},
            {"direction": "up", "objects": [{"a": 1}, {"a": 2}]},
            {"objects": [{"a": 1}]},
            {"direction": "right"},
            {"direction": "right", "objects": {}},
            {"direction": "right", "objects": []},
            {"direction": "right", "objects": [5]},
            {"direction": "right", "objects": [path("list"), path("emoji"), path("whole"), path("null"), path("nope")]},
            {"direction": "right", "objects": [{"a": 1}, {"a": path("nope")}]},
            {"direction": "right", "objects": [path("object"), {"b": {"@path": "$.userId"}}]},
            {"direction": path("text"), "objects": []},
            {"direction": "right", "objects": [{"@nope": 1}]},
            {"direction": "right", "objects": [{"a": {"@nope": 1}}]},
        )
    ],
    "transform": [
        of({"@transform": one})
        for one in (
            {"apply": {"a": {"@path": "$.userId"}}, "mapping": {"b": {"@path": "$.a"}, "c": {"@path": "$.userId"}}},
            {
                "apply": {"a": path("nope"), "l": [path("nope")]},
                "mapping": {"b": {"@json": {"mode": "encode", "value": {"@path": "$."}}}},
            },
            {"apply": {"@path": "$.userId"}, "mapping": {"@path": "$.length"}},
            {"apply": {"@path": "$.nowhere"}, "mapping": {"@path": "$.length"}},
            {
                "apply": {"@path": "$.nowhere"},
                "mapping": {"@transform": {"apply": {"a": 1}, "mapping": {"@path": "$.a"}}},
            },
            {"apply": {"@path": "$.properties.null"}, "mapping": {"@path": "$.length"}},
            {
                "apply": {"@path": "$.properties.null"},
                "mapping": {"@transform": {"apply": {"a": 1}, "mapping": {"@path": "$.a"}}},
            },
            {"apply": {"a": 1}, "mapping": "x"},
            {"apply": "x", "mapping": {"a": 1}},
            {"apply": {"a": 1}},
            {"mapping": {"a": 1}},
            {"apply": {}, "mapping": {}},
            {"apply": [], "mapping": {}},
            {
                "apply": {
                    "__segment_internal_directive": {"@merge": {"direction": "right", "objects": [{"z": 1}]}},
                    "q": 1,
                },
                "mapping": {"@path": "$."},
            },
        )
    ],
    "exclude when null": [of({"@excludeWhenNull": value}) for value in VALUES]
    + [
        of({"@excludeWhenNull": one})
        for one in ({"a": None, "b": {"c": None}, "d": [None, {"e": None}]}, None, 1, [None])
    ],
    "mixed": [
        of(one)
        for one in (
            {"@path": "$.userId", "other": 1},
            {"@path": "$.userId", "_metadata": {"label": "x"}},
            {"@path": "$.userId", "@template": "x"},
            {"_metadata": 1},
            {"@": 1},
            {"@pathh": "x"},
            {"@toString": 1},
            {"x": {"@path": "$.userId", "other": 1}},
            [{"@path": "$.userId", "other": path("text")}],
            [{"@path": "$.userId", "@template": "x"}],
            [{"@template": "x", "@path": "$.userId", "_metadata": 1}],
            [{"@nope": 1}],
            [{"@path": 5}],
            [{"@path": None}],
            [{"@template": ["x"]}],
            [{"@replace": {"pattern": "longer than ten", "value": "x"}}],
            [{"@replace": {"pattern": "longer than ten", "value": [1]}}],
            [{"@replace": {"pattern": 5, "value": "x"}}],
            [{"@replace": {"pattern": "x", "replacement": None, "value": "x"}}],
            [{"@replace": {"pattern": "x", "ignorecase": 1, "value": "x"}}],
            [{"@replace": {"pattern": "x", "value": 5}}, {"@replace": {"pattern": "x"}}],
            [{"@json": {"mode": "nope", "value": 1}}],
            [{"@json": {"mode": path("text"), "value": 1}}],
            [{"@merge": {"direction": {"@literal": "left"}, "objects": [{"a": 1}, {"a": 2}]}}],
            [{"@merge": {"direction": "right", "objects": [5, "ab", [7]]}}],
            [{"@merge": {"direction": "right", "objects": "x"}}],
            [{"@flatten": {"separator": path("path"), "value": {"a": {"b": 1}}}}],
            [{"@flatten": {"separator": path("whole"), "value": {"a": {"b": 1}}}}],
            [{"@flatten": {"separator": ["x"], "value": {"a": {"b": 1}}}}],
            [{"@flatten": {"separator": "_"}}],
            [{"@case": {"operator": ["x"], "value": "x"}}],
            [{"@case": {"operator": ["x"], "value": 5}}],
            [{"@case": 5}],
            [{"@if": 5}],
            [{"@transform": {"apply": {"@path": "$.userId", "a": 1}, "mapping": {"a": 1}}}],
            [{"@transform": {"apply": {"a": 1}, "mapping": [path("nope"), 1]}}],
            [{"@arrayPath": []}],
            [{"@arrayPath": [None]}],
            {"@literal": {"a": {"@path": "$.userId", "b": 1}}},
            {"@literal": {"@path": "$.userId", "b": 1}},
            {"@excludeWhenNull": {"a": {"@nope": 1, "b": 1}}},
            {"@excludeWhenNull": {"a": {"@nope": 1}}},
        )
    ],
    "whole": [
        {},
        {"@path": "$.userId"},
        {"@path": "$.nowhere"},
        {"@template": "{{userId}}"},
        {"@path": "$.userId", "_metadata": 1},
        {"@path": "$.userId", "x": 1},
        {"@literal": [1, path("nope"), None]},
        {"a": path("nope"), "b": {"c": path("nope"), "d": [path("nope"), {"e": path("nope")}], "n": None}},
    ],
    "root directive": [
        {"__segment_internal_directive": one, "a": {"@path": "$.sku"}, "b": 1}
        for one in (
            {"@transform": {"apply": {"sku": {"@path": "$.userId"}}}},
            {"@transform": {"apply": {"sku": {"@path": "$.userId"}}, "mapping": {"z": 1}}},
            {"@merge": {"direction": "right", "objects": [{"a": 1}]}},
            {"@if": {"exists": {"@path": "$.userId"}, "then": {"x": 1}}},
            {"@arrayPath": ["$.properties.products", {"s": {"@path": "$.sku"}}]},
            {"@path": "$.userId"},
            {"plain": {"x": 1}},
            {},
            {"@merge": {"direction": "right", "objects": []}, "@if": {}},
            "x",
            None,
            5,
            {"@nope": {}},
            {"@merge": None},
        )
    ],
}
