// A single-page app whose forms are Ory Elements', unmodified. One page a flow, as Ory's own examples have it.
import { Configuration, FrontendApi } from '@ory/client-fetch'
import { Login, Recovery, Registration, Settings, Verification } from '@ory/elements-react/theme'
import '@ory/elements-react/theme/styles.css'
import { createRoot } from 'react-dom/client'

const ory = document.documentElement.dataset.ory
const frontend = new FrontendApi(
  new Configuration({ basePath: ory, credentials: 'include', headers: { Accept: 'application/json' } }),
)
const pages = {
  login: [Login, (id) => frontend.getLoginFlow({ id })],
  registration: [Registration, (id) => frontend.getRegistrationFlow({ id })],
  recovery: [Recovery, (id) => frontend.getRecoveryFlow({ id })],
  settings: [Settings, (id) => frontend.getSettingsFlow({ id })],
  verification: [Verification, (id) => frontend.getVerificationFlow({ id })],
}
const project = {
  name: "Ada's shop",
  registration_enabled: true,
  verification_enabled: true,
  recovery_enabled: true,
  default_redirect_url: '/',
  error_ui_url: '/error',
  login_ui_url: '/login',
  recovery_ui_url: '/recovery',
  registration_ui_url: '/registration',
  settings_ui_url: '/settings',
  verification_ui_url: '/verification',
}

const Home = ({ session }) => {
  if (!session) return <p>Nobody is signed in.</p>
  const { traits, verifiable_addresses } = session.identity
  const signOut = async () => {
    const { logout_token } = await frontend.createBrowserLogoutFlow()
    await frontend.updateLogoutFlow({ token: logout_token })
    window.location.assign('/')
  }
  return (
    <main>
      <p>
        {traits.email} is {verifiable_addresses[0].verified ? 'verified' : 'not verified'}.
      </p>
      <button onClick={signOut}>Sign out</button>
    </main>
  )
}

const show = async (root) => {
  const kind = window.location.pathname.slice(1)
  if (!(kind in pages)) {
    const session = await frontend.toSession().catch(() => null)
    return root.render(<Home session={session} />)
  }
  const [Page, find] = pages[kind]
  const query = new URLSearchParams(window.location.search)
  if (!query.has('flow')) return window.location.replace(`${ory}/self-service/${kind}/browser?${query}`)
  const flow = await find(query.get('flow'))
  root.render(<Page flow={flow} config={{ sdk: { url: ory }, project }} />)
}

show(createRoot(document.getElementById('root')))
