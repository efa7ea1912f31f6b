"""Programs whose output must be what go-jsonnet prints, or which must fail in both."""

from headwater.workspace import identify_action

CTX = {
    "identity": {
        "id": "9f425a8d-7efc-4768-8f23-7647a74fdf13",
        "traits": {"email": "ada@example.org", "name": {"first": "Ada", "last": "Łovelace"}, "tags": ["a", "b"]},
        "metadata_public": None,
    },
    "flow": {"id": "f", "transient_payload": {}, "ui": {"nodes": [{"type": "input"}, {"type": "img"}]}},
    "request_headers": {"User-Agent": ["x'y", '"z"']},
}

# Each is a function of ctx, as the Actions of Ory's documentation and of its users are.
OF_CTX = [
    "function(ctx) {userId: ctx.identity.id, traits: {email: ctx.identity.traits.email}}",
    "function(ctx) ctx",
    "function(ctx) {userId: ctx.identity.id, c: ctx.identity.traits.consent.newsletter}",
    "function(ctx) {[if std.objectHas(ctx, 'session') then 'session']: ctx.session, flow: ctx.flow.id}",
    "function(ctx) {email: if std.objectHas(ctx.identity.traits, 'email') then ctx.identity.traits.email else null}",
    "function(ctx) std.get(ctx.identity.traits, 'phone', 'none')",
    "function(ctx) if std.length(ctx.identity.traits.tags) > 5 then 1 else error 'cancel'",
    "function(ctx) {[k]: std.length(ctx[k]) for k in std.objectFields(ctx)}",
    "function(ctx) [n.type for n in ctx.flow.ui.nodes if n.type != 'img']",
    "function(ctx) ctx.request_headers['User-Agent'][0]",
    "function(ctx) '%s <%s>' % [ctx.identity.traits.name.first, ctx.identity.traits.email]",
    "function(ctx) '%(first)s %(last)s' % ctx.identity.traits.name",
    "function(ctx) std.asciiUpper(ctx.identity.traits.name.last)",
    "function(ctx) std.split(ctx.identity.traits.email, '@')[1]",
    "function(ctx) std.manifestJsonEx(ctx.identity, '  ')",
    "function(ctx) std.base64(ctx.identity.traits.email)",
    "function(ctx) std.mergePatch(ctx.identity.traits, {email: null, extra: {a: 1}})",
    "function(ctx) std.prune(ctx.identity)",
    "function(ctx) ctx.identity {traits+: {added: true}}",
    "function(ctx) local i = ctx.identity; {id: i.id, again: self.id, deep: {id: $.id}}",
    "function(ctx, extra=1) {extra: extra}",
    "function(context) context.id",
    "function(ctx, more) ctx",
    "{plain: 'value'}",
    "function(ctx) function(x) x",
    "function(ctx) {a: function() 1}",
    "function(ctx) ctx.identity.metadata_public.x",
    "function(ctx) std.map(function(t) {tag: t}, ctx.identity.traits.tags)",
    "function(ctx) std.foldl(function(a, t) a + t, ctx.identity.traits.tags, '')",
    "function(ctx) 'traits' in ctx.identity && 'nothing' in ctx.identity",
    identify_action.JSONNET,
    "function(ctx) if std.objectHas(ctx.flow.transient_payload, 'plan') then ctx.flow else error 'cancel'",
    "function(ctx) if ctx.flow.ui.nodes[0].type == 'input' then error 'cancelled: ' + ctx.identity.id else {}",
    "function(ctx) {to: std.strReplace(ctx.identity.traits.email, '@', ' at '), basic: 'Basic ' + std.base64('ada:x')}",
    "function(ctx) {hash: std.sha256(ctx.identity.traits.email), key: std.md5(std.asciiLower(ctx.identity.id))}",
    "function(ctx) {text: std.manifestJsonEx(ctx.identity, '  ', '\\n', ':'), min: std.manifestJsonMinified(ctx.flow)}",
    "function(ctx) {'text': |||\n  Hello %s,\n    welcome.\n||| % ctx.identity.traits.name.first}",
    "function(ctx) local B = {kind: 'p', name:: 'n', label: self.kind + self.name}; B {name: ctx.identity.id}",
    "function(ctx) assert std.length(ctx.identity.traits.tags) > 0 : 'cancel'; ctx.identity.traits.tags",
    "function(ctx) assert ctx.flow.id == 'g' : 'cancel'; 1",
    "function(ctx) local t = ctx.identity.traits; {[std.asciiUpper(k)]: t[k] for k in std.objectFields(t) if k > 'm'}",
    "function(ctx) std.foldl(function(a, n) a {[n.type]+: 1}, ctx.flow.ui.nodes, {input: 0, img: 0})",
    "function(ctx) std.get(std.get(ctx.identity, 'metadata_public', {}), 'plan', 'free')",
    "function(ctx) std.get(ctx.identity.traits.name, 'middle')",
    "function(ctx) {phone: std.get(ctx.identity.traits, 'phone', error 'cancel')}",
    "function(ctx) std.mapWithKey(function(k, v) {k: k, v: std.toString(v)}, ctx.identity.traits)",
    "function(ctx) local h = ctx.request_headers; std.join(', ', [k + '=' + h[k][0] for k in std.objectFields(h)])",
]

PLAIN = """
{b: 1, a: [], c: {}, d: [1, 2, {x: 'é\\u2028\\u0000"\\n\\u007f\\u0085'}]}
[1e21, 1e20, 0.1, 1/3, 1e-7, 1e-5, -0, 0.1 + 0.2, 1e300, 5e-324, 123456.789, 1e15, 1e18, 9007199254740993]
1/0
1e308*10
std.log(0)
std.acos(2)
error {a: 1}
{a: error "x"}
local f(x)=
x
{a: 1}.b
import "a"
importstr "a"
importbin "a"
std.extVar("a")
std.native("a")(1)
std.thisFile
std["this" + "File"]
std.trace("hi", 1)
assert false; 1
assert 1 == 1; 2
{assert self.a == 1, a: 2}
{assert true, a: 1}
{a: {assert false}}
"\\ud800"
"\\ud83d\\ude00"
{"😀": 1, "\\uffff": 2, "a": 3, "Z": 4, "": 5}
[1, 2][3]
"a" + 1
1 + "a"
null + "a"
[1] + [2]
[1] + 1
{a: 1} + 1
true + true
!1
-"a"
self
$
super.x
{a: 1, a: 2}
{a: 1, "a": 2}
{["a"]: 1 for x in [1, 2]}
local a = 1, a = 2; a
local x = y; 1
function(x) z
if true then 1 else zz
[b for c in [1]]
[c for c in c]
{[self.x]: 1, x: 2}
{local l = 1, [l]: 1}
{local l = 1, a: l, b: {c: l, d: $.a}}
{["a" + x]: x for x in ["b", "c"]}
{local y = x + 1, ["a" + x]: y, for x in ["b"]}
{[null]: 1}
{["a"]: 1, [if true then null]: 2}
{a: 1} + {b: super.a}
{a: 1} + {b: "a" in super}
{a: 1} + {b: super["a"]}
{a: 1} {a+: 1}
{a: {x: 1}} + {a+: {y: 2}}
{a:: 1} + {a: 2}
{a:: 1} + {a::: 2}
{a: 1} + {a:: 2}
{a+: 1}
{f(x):: x + 1, r: self.f(1)}
{a: 1, b: self.a, c: {d: $.a, e: self.f, f: 2}}
local f(x, y=x + 1) = x + y; f(1)
local f(x, y) = [x, y]; f(y=1, x=2)
(function(x) x)()
(function(x=3) x)()
local a = {b: c}, c = 1; a
local f(n) = if n == 0 then 0 else n + f(n - 1); f(100)
local f(n) = if n == 0 then 0 else n + f(n - 1) tailstrict; f(100)
local f(n) = if n == 0 then 0 else n + f(n - 1); f(490)
[x + y for x in [1, 2] for y in [3, 4] if x + y > 4]
[x, for x in [1, 2]]
[1, 2,]
{a: 1,}
[x for x in "abc"]
if false then 1
if 1 then 2
"abc"[1]
"é😀"[1]
std.length("é😀")
[1].a
"abc".length
@"a\\b"
@'it''s'
'it\\'s'
"a\\/b"
"\\x41"
"\\u00e9" == "é"
1_000
1_
01
.5
5.
1e3
0x10
1 + 2 * 3 - 4 / 2
1 < 2 == true
true || error "x"
false && error "x"
1 && true
7 >> 1
-7 >> 1
1 << 2
~5
5 & 3
5 | 7
5 ^ 7
-5 % 3
5.5 % 2
1 % 0
[1, 2] < [1, 3]
"a" < "b"
{a: 1} == {a: 1.0}
{} < {}
null < null
"%5.2f|%-5s|%05d|%+d|%e|%g|%c|%x|%X|%o|%%" % [1.234, "a", 3, 4, 12345.678, 0.0001, "z", 255, 255, 8]
"%s %s" % [1]
"%d" % "a"
"%*d" % [5, 1]
[1, 2, 3][::2]
[1, 2, 3][1:]
"hello"[1:3]
[1, 2, 3][5:]
[1, 2, 3][1:2:1]
[1, 2, 3][::0]
1 2
{a 1}
[1 2]
{a: }
local a; 1
for
"abc
1 /* c
/* c */ 1
1 // c
1 # c
({a: 1}) { b: 2 }.b
std.foo
std.length(1, 2, 3)
std.join(",", ["a", null, "b"])
std.sort([3, 1, 2], function(x) -x)
std.sort([1, "a"])
std.set([3, 1, 1, 2])
std.setUnion([1, 2], [2, 3])
std.mapWithKey(function(k, v) k + v, {a: "x"})
std.flatMap(function(x) [x, x], [1, 2])
std.length(std.flatMap(function(x) [error "x"], [1, 2]))
std.flatMap(function(x) null, [1])
std.flatMap(function(x) x + x, "ab")
std.flatMap(function(x) "a", [1])
std.flatMap(function(x) [x], {a: 1})
std.filterMap(function(x) x > 1, function(x) x * 2, [1, 2])
std.foldl(function(a, b) a + b, "abc", "")
std.foldr(function(a, b) a + b, "abc", "")
std.foldr(function(a, b) a + b, [1, 2], 0)
std.range(3, 1)
std.repeat("ab", 3)
std.objectValues({b: 1, a: 2, c:: 3})
std.objectFieldsAll({b: 1, a: 2, c:: 3})
std.objectRemoveKey({a: 1, b: 2}, "a")
std.prune({a: null, b: [], c: {}, d: [null, 1, {}], e: ""})
std.parseJson('{"a": [1, null, "x"]}')
std.parseJson("1 2")
std.parseInt("-12")
std.parseHex("fF")
std.parseYaml("a: 1\\nb: [x, 'y']")
std.manifestYamlDoc({a: [1, {b: "x: y"}], c: "a\\nb\\n", d: "yes", f: [], g: {}, j: null})
std.manifestIni({main: {a: 1}, sections: {s: {x: ["y", "z"]}}})
std.manifestPython({a: true, b: null, c: "x"})
std.manifestToml({a: 1, b: {c: [1, 2], d: "x"}})
std.escapeStringJson("a\\"\\n\\u0000é")
std.escapeStringBash("a'b")
std.md5("é")
std.sha256("a")
std.base64DecodeBytes("AQL/")
std.strReplace("aaa", "a", "b")
std.substr("hello", 1, 3)
std.findSubstr("ana", "banana")
std.splitLimit("a,b,c", ",", 1)
std.stripChars(" a ", " ")
std.clamp(5, 1, 3)
std.round(2.5)
std.maxArray([], function(x) x, 5)
std.uniq([1, 1, 2])
std.trim(" \\t\\u000b a\\u00a0 b\\n\\u2003")
std.trim(1)
std["trim"](" a ")
local s = std; s.trim(" a ")
std["tr" + "im"](" a ")
std.isNull(null)
std.isNull(0)
std.flattenDeepArray([[1, [2]], [[3]], 4, [], "ab"])
std.flattenDeepArray(1)
std.pi
std.deg2rad(90)
std.deg2rad(33.3)
std.rad2deg(1)
[std.log2(x) for x in [8, 0.3, 1, 7, 1e300, 0.5]]
[std.log10(x) for x in [1000, 7, 0.001, 1e300]]
std.log2(0)
std.log2(-1)
std.log2("a")
[std.hypot(3, 4), std.hypot(1e200, 1e200), std.hypot(0.1, 0.3), std.hypot(0, 0), std.hypot(-3, 4)]
std.abs(0)
[std.abs(x) for x in [1, -1.5, -0]]
std.base64("Ā")
std.base64("éÿ")
std.base64([1, 255])
std.base64([256])
[std.sha1("é"), std.sha256("é"), std.sha512("a"), std.sha3("é")]
std.objectRemoveKey({}, "a")
std.objectRemoveKey({a:: 1}, "a")
std.objectRemoveKey({a: 1}, "a")
std.objectRemoveKey({}, 1)
std.objectRemoveKey(std.objectRemoveKey({a: 1}, "a"), "a")
std.stringChars(["a", 1])
std.stringChars(1)
std.escapeStringJson(12)
std.repeat([1, 2], 1)[2]
std.repeat([1, error "x"], 2)[2]
std.repeat([error "cancel"], 0)
std.repeat([1], -1)
std.repeat("a", -1)
std.repeat([1], 1.5)
std.repeat([1], "1")
std.repeat("a", 0)
std.repeat(1, 2)
{price: 19.99, tax: 19.99 * 0.23, whole: 1e2, tiny: 1.5e-7}
[12345678901234567890, 0.1234567890123456789, 1e-320, -1.7976931348623157e308]
"Zażółć gęślą jaźń, 日本語, 👩‍👩‍👧"
std.length("👩‍👩‍👧")
[std.atan2(y, x) for y in [1, -1, 0, -0, 2.5] for x in [1, -1, 0, -0, 2.5]]
""".strip().split("\n")

BLOCKS = [
    "|||\n  a\n   b\n\n  c\n|||",
    "|||-\n  a\n|||",
    "|||\n\ta\n\tb\n  |||",
    "{a: |||\n  x\n|||, b: 1}",
    "|||\n|||",
    "|||\n  never closed",
    '|||\n  "quotes" and \\n no escapes\n||| + "x"',
]
