// The app's tests. `headwater` is Segment and Ory, empty for each test; nothing that it sends really leaves.
import { readFileSync } from 'node:fs'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { start } from './headwater.js'
import { signUps } from './signup.js'

const PASSWORD = 'correct horse battery staple'
const jsonnet = (name) => readFileSync(new URL(`${name}.jsonnet`, import.meta.url), 'utf8')
let headwater, app

beforeAll(async () => {
  headwater = await start() // one for each file: vitest runs files beside each other
}, 60_000)
afterAll(() => headwater?.stop())
beforeEach(async () => {
  await headwater.reset()
  app = signUps({ oryUrl: headwater.oryUrl, segmentHost: headwater.url, writeKey: headwater.writeKey })
})
afterEach(() => app.close())

test.each(['https://api.segment.io/v1/identify', 'https://events.eu1.segmentapis.com/v1/identify'])(
  'who signs up is identified by the Action at %s, and tracked by the app',
  async (url) => {
    await headwater.addAction(jsonnet('identify'), { url, writeKey: headwater.writeKey })

    const { id } = await app.signUp('ada@example.com', PASSWORD)

    expect(await headwater.events({ type: 'identify' })).toMatchObject([
      { userId: id, traits: { email: 'ada@example.com' } },
    ])
    expect(await headwater.events({ type: 'track' })).toMatchObject([
      { userId: id, event: 'Signed Up', properties: { plan: 'free' } },
    ])
    expect(await headwater.requests()).toMatchObject([{ url, status: 200, how: 'tracking-alias' }])
  },
)

test('each test begins with nobody', async () => {
  expect([await headwater.identities(), await headwater.events()]).toEqual([[], []])
})

test('an Action welcomes who signed up', async () => {
  await headwater.addAction(jsonnet('welcome'), { url: 'https://mailer.example.com/welcome' })

  await app.signUp('ada@example.com', PASSWORD)

  expect(await headwater.requests('https://mailer.example.com/**')).toMatchObject([
    { method: 'POST', body: { to: 'ada@example.com', template: 'welcome' } },
  ])
})

test('a CRM that is down hears of it later', async () => {
  await headwater.createDestination('webhook', { url: 'https://crm.example.com/people' }, { name: 'CRM' })
  await headwater.answer('CRM', { status: 500, times: 1 })

  const { id } = await app.signUp('ada@example.com', PASSWORD)
  expect(await headwater.requests('CRM')).toMatchObject([{ status: 500 }])
  await headwater.advance('10s')

  expect(await headwater.requests('CRM')).toMatchObject([
    { status: 500 },
    { status: 200, body: { event: 'Signed Up', userId: id } },
  ])
})

test('a session ends by itself', async () => {
  const { token } = await app.signUp('ada@example.com', PASSWORD)
  expect(await app.isSignedIn(token)).toBe(true)

  await headwater.advance('365d')

  expect(await app.isSignedIn(token)).toBe(false)
})

test('an address is verified by the code in the mail', async () => {
  await app.signUp('ada@example.com', PASSWORD)
  const flow = await app.verify('ada@example.com')

  const [newest] = await headwater.mails()
  const [code] = newest.body.match(/\b\d{6}\b/)

  expect(newest.recipient).toBe('ada@example.com')
  expect(await app.enterCode(flow, code)).toBe(true)
})
