// What somebody is asked on the way: who they are, and whether this application may know it.
import { bodyOf } from './body.mjs'
import { consentPage, loginPage } from './pages.mjs'

const CANCELLED = { error: 'access_denied', error_description: 'The end-user cancelled.' }

export const interact = async (provider, accounts, request, response, [, step]) => {
  const details = await provider.interactionDetails(request, response)
  if (request.method === 'GET') return show(details, response)
  const fields = new URLSearchParams(await bodyOf(request))
  if (step === 'cancel') return provider.interactionFinished(request, response, CANCELLED)
  if (step === 'consent') {
    const consent = { grantId: await granted(provider, details) }
    return provider.interactionFinished(request, response, { consent }, { mergeWithLastSubmission: true })
  }
  const accountId = fields.get('account')
  if (!accounts.has(accountId)) return show(details, response, `There is no account ${accountId}.`)
  return provider.interactionFinished(request, response, { login: { accountId } })
}

const show = ({ uid, prompt, params, session }, response, problem) => {
  const page =
    prompt.name === 'login'
      ? loginPage({ uid, problem, hint: params.login_hint })
      : consentPage({ uid, account: session.accountId, application: params.client_id, scope: params.scope })
  response.writeHead(200, { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' }).end(page)
}

const granted = async (provider, { grantId, params, prompt, session }) => {
  const existing = grantId && (await provider.Grant.find(grantId))
  const grant = existing || new provider.Grant({ accountId: session.accountId, clientId: params.client_id })
  const { missingOIDCScope, missingOIDCClaims } = prompt.details
  if (missingOIDCScope) grant.addOIDCScope(missingOIDCScope.join(' '))
  if (missingOIDCClaims) grant.addOIDCClaims(missingOIDCClaims)
  return grant.save()
}
