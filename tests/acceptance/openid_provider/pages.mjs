// The provider's pages: plain forms that a person, a screen reader and a test read alike.
const ESCAPES = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }
const escaped = (text) => String(text ?? '').replace(/[&<>"]/g, (sign) => ESCAPES[sign])

const page = (title, body) => `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>${title}</title>
<link rel="icon" href="data:,">
<main><h1>${title}</h1>${body}</main>
</html>
`

const form = (uid, step, fields) => `<form method="post" action="/interaction/${uid}/${step}">${fields}</form>`
const cancel = (uid) => form(uid, 'cancel', '<button>Cancel</button>')

export const loginPage = ({ uid, problem, hint }) => {
  const alert = problem ? `<p role="alert">${escaped(problem)}</p>` : ''
  const field = `<label for="account">Account</label>
<input id="account" name="account" value="${escaped(hint)}" required autofocus>`
  return page('Sign in to Acme', alert + form(uid, 'login', `${field}<button>Sign in</button>`) + cancel(uid))
}

export const consentPage = ({ uid, account, application, scope }) => {
  const asked = `<p>${escaped(account)}, ${escaped(application)} wants to know: ${escaped(scope)}</p>`
  return page('Allow access', asked + form(uid, 'consent', '<button>Allow</button>') + cancel(uid))
}

export const errorPage = (error, description) =>
  page('Acme cannot go on', `<p role="alert">${escaped(error)}: ${escaped(description)}</p>`)
