// Segment's own mapping kit, on lines of standard input: {"mapping", "event"} in, one line of JSON out for each:
// {"json": text} with what it made, {"nothing": true} for undefined, {"threw": message}; never the end of the run.
const { createInterface } = require('node:readline')
const { transform } = require('@segment/actions-core/mapping-kit')

function judged({ mapping, event }) {
  try {
    const made = JSON.stringify(transform(mapping, event))
    return made === undefined ? { nothing: true } : { json: made }
  } catch (error) {
    return { threw: String(error.message ?? error) }
  }
}

createInterface({ input: process.stdin }).on('line', (line) => {
  process.stdout.write(JSON.stringify(judged(JSON.parse(line))) + '\n')
})
