// A real OpenID provider for the tests: npm's certified `oidc-provider`, with pages, accounts and a remote control.
//
// Takes one argument, JSON: {clients: where npm installed it, keyFile, port, applications: OAuth clients,
// isPkceRequired}. Says `issuer URL` once it listens. When it ends it forgets everything but its key.
import { randomBytes } from 'node:crypto'
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'

import { Accounts } from './accounts.mjs'
import { control } from './control.mjs'
import { beforeSendingBack } from './departures.mjs'
import { interact } from './interactions.mjs'
import { keptKey, newKey } from './keys.mjs'
import { errorPage } from './pages.mjs'

const HOST = '127.0.0.1'
const HOUR_SECONDS = 3600
const LIFETIMES = Object.fromEntries(
  ['AccessToken', 'AuthorizationCode', 'Grant', 'IdToken', 'Interaction', 'Session'].map((it) => [it, HOUR_SECONDS]),
)
const CLAIMS = { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name'] }

const given = JSON.parse(process.argv[2])
const { Provider } = await import(pathToFileURL(createRequire(`${given.clients}/`).resolve('oidc-provider')))
const accounts = new Accounts()
const cookieKeys = [randomBytes(32).toString('hex')]
let key = keptKey(given.keyFile)

// A new one over the same memory: sessions, grants and codes outlive a rotation, as they do at real providers.
const newProvider = (issuer) =>
  new Provider(issuer, {
    claims: CLAIMS,
    clients: given.applications,
    conformIdTokenClaims: false, // as most providers: the ID token says who somebody is, not only the userinfo endpoint
    cookies: { keys: cookieKeys },
    features: { devInteractions: { enabled: false } },
    findAccount: (_, id) => accounts.find(id),
    interactions: { url: (_, { uid }) => `/interaction/${uid}` },
    jwks: { keys: [key] },
    pkce: { methods: ['S256'], required: () => given.isPkceRequired },
    renderError: (ctx, { error, error_description }) => {
      ctx.type = 'html'
      ctx.body = errorPage(error, error_description)
    },
    ttl: LIFETIMES,
  })

const server = createServer((request, response) => answer(request, response))
await new Promise((listening) => server.listen(given.port, HOST, listening))
const issuer = `http://localhost:${server.address().port}`
let provider = newProvider(issuer)

const rotate = () => {
  key = newKey(given.keyFile)
  provider = newProvider(issuer)
}

const end = () => {
  server.close()
  server.closeIdleConnections()
  server.once('close', () => process.exit(0))
}

// Requests are taken and never answered.
let isSilent = false
const fallSilent = () => {
  isSilent = true
}
const speak = () => {
  isSilent = false
}

const deeds = { rotate, end, fallSilent, speak }
const toCome = []

const answer = async (request, response) => {
  try {
    beforeSendingBack(response, () => toCome.shift()?.())
    const [, place, ...rest] = new URL(request.url, issuer).pathname.split('/')
    if (isSilent && place !== 'control') return
    if (place === 'interaction') return await interact(provider, accounts, request, response, rest)
    if (place === 'control') return await control({ accounts, deeds, toCome }, request, response, rest)
    await provider.callback()(request, response)
  } catch (error) {
    console.error(error)
    response.writeHead(400, { 'content-type': 'text/html; charset=utf-8' }).end(errorPage(error.name, error.message))
  }
}

process.on('SIGTERM', () => process.exit(0))
console.log(`issuer ${issuer}`)
