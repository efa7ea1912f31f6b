// The six calls with Segment's own Node client: node six_calls.mjs HOST WRITE_KEY FLUSH_AT
// Prints how many requests that took.
import { Analytics } from '@segment/analytics-node'

const [host, writeKey, flushAt] = process.argv.slice(2)
const analytics = new Analytics({ host, writeKey, flushAt: Number(flushAt), flushInterval: 100 })
let requests = 0
analytics.on('http_request', () => {
  requests += 1
})
analytics.on('error', (error) => {
  console.error(error)
  process.exitCode = 1
})

const userId = 'ada'
analytics.identify({ userId, traits: { email: 'ada@example.com', plan: 'pro' } })
analytics.track({ userId, event: 'Order Completed', properties: { revenue: 39.95, products: [{ sku: 'ж-1' }] } })
analytics.page({ userId, category: 'Help', name: 'Docs', properties: { path: '/docs' } })
analytics.screen({ anonymousId: 'phone', category: 'Shop', name: 'Basket', properties: { items: 2 } })
analytics.group({ userId, groupId: 'analysts', traits: { seats: 12 } })
analytics.alias({ userId, previousId: 'phone' })
await analytics.closeAndFlush({ timeout: 20_000 })
console.log(requests)
