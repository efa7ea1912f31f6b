// One person's way in by a provider with Ory's own Node client: node ory_social_journey.mjs PUBLIC_URL ADMIN_URL RETURN_TO
// Says `go URL COOKIES` when somebody has to sign in at the provider, in a browser with these cookies of ours, and reads
// as a line of JSON where they arrived: {location, cookies}. Prints as JSON what each step answered.
import { Configuration, FrontendApi, IdentityApi } from '@ory/client'
import { createInterface } from 'node:readline'

const [publicUrl, adminUrl, returnTo] = process.argv.slice(2)
const frontend = new FrontendApi(new Configuration({ basePath: publicUrl }))
const identities = new IdentityApi(new Configuration({ basePath: adminUrl }))
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]()
const seen = {}

const refusal = async (promise) => {
  try {
    await promise
  } catch (error) {
    if (error.response) return error.response
    throw error
  }
  throw new Error('was not refused')
}
const buttons = ({ ui }) =>
  ui.nodes
    .filter(({ group }) => group === 'oidc')
    .map(({ attributes, meta }) => [attributes.name, attributes.value, meta.label.id, meta.label.context.provider])
const texts = ({ ui }) => (ui.messages ?? []).map(({ id }) => id)
const jar = new Map()
const cookies = () => [...jar].map((pair) => pair.join('=')).join('; ')
const cookie = () => ({ headers: { Cookie: cookies() } })
const keep = (set) => {
  for (const line of set ?? []) {
    const [name, ...value] = line.split(';')[0].split('=')
    jar.set(name, value.join('='))
  }
}
const kept = (answer) => {
  keep(answer.headers['set-cookie'])
  return answer.data
}
const token = ({ ui }) => ui.nodes.find(({ attributes }) => attributes.name === 'csrf_token').attributes.value
// Presses a button that leads to the provider; returns how that was answered, and where the person arrived.
const away = async (pressed, shown = '-') => {
  const { status, data } = await refusal(pressed)
  console.log(`go ${data.redirect_browser_to} ${shown}`)
  const arrived = JSON.parse((await lines.next()).value)
  return { answer: [status, data.error.id], ...arrived }
}

// A native app: its browser shares nothing with it.
let { data: flow } = await frontend.createNativeRegistrationFlow({ returnSessionTokenExchangeCode: true, returnTo })
seen.buttons = buttons(flow)
const up = await away(
  frontend.updateRegistrationFlow({ flow: flow.id, updateRegistrationFlowBody: { method: 'oidc', provider: 'acme' } }),
)
const back = new URL(up.location)
seen.signedUp = [...up.answer, `${back.protocol}//${back.host}`]
const { data: exchanged } = await frontend.exchangeSessionToken({
  initCode: flow.session_token_exchange_code,
  returnToCode: back.searchParams.get('code'),
})
const { data: session } = await frontend.toSession({ xSessionToken: exchanged.session_token })
seen.methods = session.authentication_methods.map(({ method, provider }) => [method, provider])
const { id } = session.identity
seen.traits = session.identity.traits

// A browser's page: the same person by the same button.
flow = kept(await frontend.createBrowserLoginFlow())
const signedIn = await away(
  frontend.updateLoginFlow(
    { flow: flow.id, updateLoginFlowBody: { method: 'oidc', provider: 'acme', csrf_token: token(flow) } },
    cookie(),
  ),
  cookies(),
)
keep(signedIn.cookies)
const { data: again } = await frontend.toSession({}, cookie())
seen.signedIn = [...signedIn.answer, again.identity.id === id]

flow = kept(await frontend.createBrowserSettingsFlow({}, cookie()))
const change = async (step) => {
  const updateSettingsFlowBody = { csrf_token: token(flow), ...step }
  flow = kept(await frontend.updateSettingsFlow({ flow: flow.id, updateSettingsFlowBody }, cookie()))
  return texts(flow)
}
seen.onlyWayIn = buttons(flow)
seen.password = await change({ method: 'password', password: 'correct horse battery' })
seen.twoWaysIn = buttons(flow)
seen.unlinked = await change({ method: 'oidc', unlink: 'acme' })
seen.noneLinked = buttons(flow)
const link = { method: 'oidc', link: 'acme', csrf_token: token(flow) }
const linked = await away(
  frontend.updateSettingsFlow({ flow: flow.id, updateSettingsFlowBody: link }, cookie()),
  cookies(),
)
keep(linked.cookies)
seen.linking = linked.answer
seen.linked = texts((await frontend.getSettingsFlow({ id: flow.id }, cookie())).data)

const { data: shown } = await identities.getIdentity({ id, includeCredential: ['oidc'] })
seen.credential = shown.credentials.oidc.config.providers.map(({ provider, subject }) => [provider, subject])
const [identifier] = shown.credentials.oidc.identifiers
seen.removed = (await identities.deleteIdentityCredentials({ id, type: 'oidc', identifier })).status
seen.left = (await identities.getIdentity({ id })).data.credentials.oidc.identifiers
console.log(JSON.stringify(seen))
process.exit(0)
