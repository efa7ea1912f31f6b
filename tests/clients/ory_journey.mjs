// One person's life with Ory's own Node client: node ory_journey.mjs PUBLIC_URL ADMIN_URL KEY EMAIL
// Prints as JSON what each step answered. With a KEY the admin API is asked with it, with "" without.
import { Configuration, CourierApi, FrontendApi, IdentityApi } from '@ory/client'

const [publicUrl, adminUrl, key, email] = process.argv.slice(2)
const frontend = new FrontendApi(new Configuration({ basePath: publicUrl }))
const administrators = new Configuration({ basePath: adminUrl, accessToken: key || undefined })
const identities = new IdentityApi(administrators)
const courier = new CourierApi(administrators)
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
const texts = ({ ui }) => [...(ui.messages ?? []), ...ui.nodes.flatMap((node) => node.messages)].map(({ id }) => id)
// The code of the newest letter, once there are so many of a kind.
const code = async (kind, letters = 1) => {
  for (;;) {
    const { data } = await courier.listCourierMessages({ recipient: email })
    const came = data.filter(({ template_type }) => template_type === kind)
    if (came.length >= letters) return came[0].body.match(/\b\d{6}\b/)[0]
  }
}

const password = 'correct horse battery'
let { data: flow } = await frontend.createNativeRegistrationFlow()
const registration = { method: 'password', password: 'short', traits: { email } }
const short = await refusal(
  frontend.updateRegistrationFlow({ flow: flow.id, updateRegistrationFlowBody: registration }),
)
seen.tooShort = [short.status, texts(short.data)]
registration.password = password
const { data: registered } = await frontend.updateRegistrationFlow({
  flow: flow.id,
  updateRegistrationFlowBody: registration,
})
let token = registered.session_token
const { data: session } = await frontend.toSession({ xSessionToken: token })
seen.registered = [session.active, session.identity.traits]

;({ data: flow } = await frontend.createNativeVerificationFlow())
const verify = (step) =>
  frontend.updateVerificationFlow({ flow: flow.id, updateVerificationFlowBody: { method: 'code', ...step } })
seen.verificationSent = texts((await verify({ email })).data)
const { data: verified } = await verify({ code: await code('verification_code_valid', 2) }) // sign-up's own came first
seen.verified = [verified.state, texts(verified)]

await frontend.performNativeLogout({ performNativeLogoutBody: { session_token: token } })
seen.signedOut = (await refusal(frontend.toSession({ xSessionToken: token }))).status

;({ data: flow } = await frontend.createNativeLoginFlow())
const login = { method: 'password', identifier: email, password }
const signedIn = await frontend.updateLoginFlow({ flow: flow.id, updateLoginFlowBody: login })
token = signedIn.data.session_token

;({ data: flow } = await frontend.createNativeSettingsFlow({ xSessionToken: token }))
const { data: saved } = await frontend.updateSettingsFlow({
  flow: flow.id,
  xSessionToken: token,
  updateSettingsFlowBody: { method: 'password', password: `${password} staple` },
})
seen.saved = [saved.state, texts(saved)]
;({ data: flow } = await frontend.createNativeLoginFlow())
const old = await refusal(frontend.updateLoginFlow({ flow: flow.id, updateLoginFlowBody: login }))
seen.oldPassword = [old.status, texts(old.data)]

// With a browser's cookies, as a server that renders pages passes them on.
const jar = new Map()
const cookie = () => ({ headers: { Cookie: [...jar].map((pair) => pair.join('=')).join('; ') } })
const keep = (answer) => {
  for (const line of answer.headers['set-cookie'] ?? []) {
    const [name, ...value] = line.split(';')[0].split('=')
    jar.set(name, value.join('='))
  }
  return answer
}
const start = keep(await frontend.createBrowserRecoveryFlow())
const csrf_token = start.data.ui.nodes.find(({ attributes }) => attributes.name === 'csrf_token').attributes.value
const recover = (step) =>
  frontend.updateRecoveryFlow(
    { flow: start.data.id, updateRecoveryFlowBody: { method: 'code', csrf_token, ...step } },
    cookie(),
  )
seen.recoverySent = texts(keep(await recover({ email })).data)
const { data: recovered } = keep(await recover({ code: await code('recovery_code_valid') }))
const [next] = recovered.continue_with
seen.recovered = [recovered.state, next.action]
seen.settings = texts((await frontend.getSettingsFlow({ id: next.flow.id }, cookie())).data)
const { data: out } = await frontend.createBrowserLogoutFlow({}, cookie())
seen.logout = keep(await frontend.updateLogoutFlow({ token: out.logout_token }, cookie())).status

const { data: found } = await identities.listIdentities({ credentialsIdentifier: email })
seen.found = found.map(({ traits }) => traits)
await identities.patchIdentity({
  id: found[0].id,
  jsonPatch: [{ op: 'replace', path: '/metadata_public', value: { plan: 'pro' } }],
})
seen.patched = (await identities.getIdentity({ id: found[0].id })).data.metadata_public
seen.deleted = (await identities.deleteIdentity({ id: found[0].id })).status
seen.gone = (await refusal(identities.getIdentity({ id: found[0].id }))).status
console.log(JSON.stringify(seen))
