// Segment and Ory for tests: starts `headwater emulate` and asks it. Copy it; it needs Node 18 and nothing else.
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'

// It stops when our end of its stdin closes: with this process, however that ends.
export const start = async (...flags) => {
  const child = spawn('headwater', ['emulate', '--stop-with-stdin', ...flags], { stdio: ['pipe', 'pipe', 'inherit'] })
  const ended = new Promise((resolve, reject) => {
    child.on('exit', resolve)
    child.on('error', (cause) => reject(new Error('No `headwater` on the PATH: pip install headwater', { cause })))
  })
  const line = new Promise((resolve) => createInterface(child.stdout).once('line', resolve))
  const first = await Promise.race([line, ended])
  if (typeof first !== 'string') throw new Error(`The emulator did not start; it ended with ${first}.`)
  return new Headwater(JSON.parse(first), () => (child.stdin.end(), ended))
}

export class Headwater {
  constructor(info, stop) {
    Object.assign(this, { info, stop, url: info.url, oryUrl: info.ory_url, writeKey: info.write_key })
  }

  // To the state at the start, or at the last `baseline()`.
  reset = () => this.ask('POST', '/emulator/reset')
  baseline = () => this.ask('POST', '/emulator/baseline')

  // What happened. Each waits until everything that was acked is processed.
  events = (filter) => this.ask('GET', `/emulator/events?${new URLSearchParams(filter)}`)
  badEvents = () => this.ask('GET', '/emulator/bad-events')
  requests = (to = '') => this.ask('GET', `/emulator/requests?${new URLSearchParams({ to })}`)
  mails = () => this.ask('GET', '/emulator/mails')
  identities = () => this.ask('GET', '/emulator/identities')
  trace = (messageId) => this.ask('GET', `/emulator/trace/${messageId}`)

  // What requests `to` a URL pattern, a host or a destination are answered: {status, json, fault: 'hang', times: 1, …}.
  answer = (to, rule) => this.ask('POST', '/emulator/answers', { to, ...rule })
  freeze = (at = true) => this.ask('POST', '/emulator/clock', { freeze: at })
  advance = (by) => this.ask('POST', '/emulator/clock', { advance: by })

  createDestination = (kind, settings, more = {}) =>
    this.ask('POST', '/api/destinations', { kind, settings, sources: [this.info.source], ...more })

  // A web_hook after registration whose body is this Jsonnet; with a write key it is Segment's.
  async addAction(jsonnet, { url, writeKey }) {
    const body = `base64://${Buffer.from(jsonnet).toString('base64')}`
    const auth = writeKey && { type: 'basic_auth', config: { user: writeKey, password: '' } }
    const value = { hook: 'web_hook', config: { url, method: 'POST', body, ...(auth && { auth }) } }
    const path = '/services/identity/config/selfservice/flows/registration/after/hooks/0'
    await this.ask('PATCH', `/projects/${this.info.project}`, [{ op: 'add', path, value }])
  }

  // Everything else: /emulator/*, /api/*, /admin/*, /projects/*.
  async ask(method, path, body) {
    const headers = { authorization: `Bearer ${this.info.admin_key}`, 'content-type': 'application/json' }
    const answer = await fetch(this.url + path, { method, headers, body: body && JSON.stringify(body) })
    const text = await answer.text()
    if (!answer.ok) throw new Error(`${method} ${path} was answered ${answer.status}: ${text}`)
    return text && JSON.parse(text)
  }
}
