// Segment's own page snippet: node snippet.cjs '{"apiKey": …, "host": …, …}'
const snippet = require('@segment/snippet')

process.stdout.write(snippet.min(JSON.parse(process.argv[2])))
