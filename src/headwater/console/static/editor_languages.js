// The languages that the editors know, by their `data-editor`. Jsonnet and FQL are ours: colours only, the server judges.
"use strict";

const editorLanguages = window.CodeMirror && (() => {
  const { json, PostgreSQL, sql, StreamLanguage } = CodeMirror;

  const words = (text) => new Set(text.split(" "));
  const NUMBER = /^-?\d+(\.\d+)?([eE][-+]?\d+)?/;
  const NAME = /^[A-Za-z_]\w*/;
  // A name before a colon, or before the parameters of a method, is a field's.
  const FIELD = /^\s*(\+?:{1,3}|\([^()]*\)\s*:)/;
  const JSONNET_WORDS = words("assert else error for function if import importbin importstr in local self super tailstrict then");
  const FQL_WORDS = words("and or not contains match length lowercase typeof");
  const CONSTANTS = words("true false null $");
  const STD = words(
    "abs all any asciiLower asciiUpper base64 base64Decode contains count endsWith escapeStringJson filter filterMap find flatMap " +
    "flattenArrays foldl foldr format get isArray isBoolean isEmpty isFunction isNumber isObject isString join length lines lstripChars " +
    "manifestJson manifestJsonEx map mapWithIndex mapWithKey max md5 member mergePatch min mod objectFields objectHas objectKeysValues " +
    "objectRemoveKey objectValues parseInt parseJson prune range repeat reverse round rstripChars set setMember slice sort split " +
    "splitLimit startsWith strReplace stringChars stripChars substr sum toString trim type uniq",
  );
  const MOST_SHOWN = 32;

  // What ends a text or comment that goes on over lines.
  const ENDS = {
    "/*": { until: /^.*?\*\//, as: "comment" },
    "|||": { until: /^\s*\|\|\|/, as: "string", atLineStart: true },
    '"': { until: /^(?:[^"\\]|\\.)*"/, as: "string" },
    "'": { until: /^(?:[^'\\]|\\.)*'/, as: "string" },
    '@"': { until: /^(?:[^"]|"")*"(?!")/, as: "string" },
    "@'": { until: /^(?:[^']|'')*'(?!')/, as: "string" },
  };

  function goOn(stream, state) {
    const { until, as, atLineStart } = ENDS[state.inside];
    if ((!atLineStart || stream.sol()) && stream.match(until)) state.inside = null;
    else stream.skipToEnd();
    return as;
  }

  function begin(stream, state, opening) {
    state.inside = opening;
    return opening === "|||" ? (stream.skipToEnd(), "string") : goOn(stream, state);
  }

  // What `ctx.identity.` or `event.` can go on with: the members of the one that the page shows, `std.` with the usual functions.
  function members(context) {
    const found = context.matchBefore(/\b(?:ctx|event|std)(?:\.\w+)*\.\w*/);
    if (!found) return null;
    const [name, ...steps] = found.text.split(".");
    const last = steps.pop();
    const options = name === "std" && !steps.length ? [...STD].map((label) => ({ label })) : membersOf(shown(name), steps);
    return { from: found.to - last.length, options, validFor: /^\w*$/ };
  }

  function shown(name) {
    const place = document.querySelector(`[data-sample="${name}"] pre`);
    try {
      return place && JSON.parse(place.textContent);
    } catch {
      return null; // too deep to be shown, and so to be read
    }
  }

  function membersOf(sample, steps) {
    const value = steps.reduce((inside, step) => inside?.[step], sample);
    if (typeof value !== "object" || value === null || Array.isArray(value)) return [];
    const named = Object.entries(value).filter(([label]) => /^[A-Za-z_]\w*$/.test(label));
    return named.map(([label, inside]) => ({ label, detail: JSON.stringify(inside).slice(0, MOST_SHOWN) }));
  }

  const jsonnet = {
    name: "jsonnet",
    languageData: {
      autocomplete: members,
      commentTokens: { line: "//", block: { open: "/*", close: "*/" } },
      closeBrackets: { brackets: ["(", "[", "{", "'", '"'] },
      indentOnInput: /^\s*[}\])]$/,
    },
    startState: () => ({ inside: null, depth: 0 }),
    token(stream, state) {
      if (state.inside) return goOn(stream, state);
      if (stream.eatSpace()) return null;
      if (stream.match("//") || stream.match("#")) return stream.skipToEnd(), "comment";
      const opening = stream.match(/^(?:\/\*|\|\|\||@?["'])/);
      if (opening) {
        const as = begin(stream, state, opening[0]);
        return as === "string" && !state.inside && FIELD.test(stream.string.slice(stream.pos)) ? "propertyName" : as;
      }
      if (stream.match(NUMBER)) return "number";
      const name = stream.match(NAME);
      if (name) {
        if (JSONNET_WORDS.has(name[0])) return "keyword";
        if (CONSTANTS.has(name[0])) return "atom";
        return FIELD.test(stream.string.slice(stream.pos)) ? "propertyName" : "variableName";
      }
      const character = stream.next();
      if ("([{".includes(character)) state.depth += 1;
      if (")]}".includes(character)) state.depth = Math.max(state.depth - 1, 0);
      return "()[]{}".includes(character) ? "bracket" : "operator";
    },
    indent: (state, after, context) => (state.inside ? null : context.unit * (state.depth - (/^[)\]}]/.test(after) ? 1 : 0))),
  };

  const fql = {
    name: "fql",
    languageData: { closeBrackets: { brackets: ["(", "[", "'", '"'] } },
    token(stream) {
      if (stream.eatSpace()) return null;
      if (stream.match(/^"(?:[^"\\]|\\.)*("|$)/) || stream.match(/^'(?:[^'\\]|\\.)*('|$)/)) return "string";
      if (stream.match(NUMBER)) return "number";
      const name = stream.match(NAME);
      if (name) return FQL_WORDS.has(name[0]) ? "keyword" : CONSTANTS.has(name[0]) ? "atom" : "variableName";
      stream.next();
      return "operator";
    },
  };

  return {
    jsonnet: () => StreamLanguage.define(jsonnet),
    fql: () => StreamLanguage.define(fql),
    json: () => json(),
    sql: (schema) => sql({ dialect: PostgreSQL, upperCaseKeywords: true, schema }),
  };
})();
