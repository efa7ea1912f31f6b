// Asks Segment's own packages what FQL means: one JSON document in, one out. Run by tests/unit/mapping/test_fql_judges.py.
//   { triggers: [{ fql, events }], conditions: [{ ir, event }], transforms: [{ transformers, event }] }
import { createHash } from 'node:crypto'
import { createRequire } from 'node:module'
import { readFileSync } from 'node:fs'

const require = createRequire(import.meta.url)

// The sampling of tsub as published keeps everything: it reads the digest as bytes and gets hexadecimal letters, and
// the ldexp that npm resolves to answers 0. It is given both as it means them. What is left of its mistakes is that it
// shifts the wrong way where the first bit of the digest is 0, so that it is good only where that is 1.
const replace = (from, name, exports) => {
  const id = createRequire(require.resolve(from)).resolve(name)
  require.cache[id] = { id, filename: id, loaded: true, exports }
}
replace('@segment/tsub', 'tiny-hashes/md5', (text) => [...createHash('md5').update(text).digest()])
replace('@segment/tsub', '@stdlib/math-base-special-ldexp', (fraction, exponent) => fraction * 2 ** exponent)

const { parseFql, validate } = require('@segment/destination-subscriptions')
const { matches, transform } = require('@segment/tsub')

// What it throws is no match: deliver doesn't send either.
const orFalse = (ask) => { try { return ask() === true } catch { return false } }

const asked = JSON.parse(readFileSync(0, 'utf8'))
process.stdout.write(JSON.stringify({
  triggers: asked.triggers.map(({ fql, events }) => {
    const tree = parseFql(fql)
    return { isRead: !tree.error, answers: events.map((event) => orFalse(() => validate(tree, event))) }
  }),
  conditions: asked.conditions.map(({ ir, event }) => orFalse(() => matches(event, { type: 'fql', ir: JSON.stringify(ir) }))),
  transforms: asked.transforms.map(({ transformers, event }) => transform(event, transformers)),
}))
