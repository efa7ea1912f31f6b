// Loaded only with a flow's own script (security keys, passkeys): calls the functions it defines, by the names in the
// page's nodes, and shows the buttons that do nothing without it.
addEventListener('DOMContentLoaded', () => {
  const named = (name) => {
    const call = /^ory[A-Za-z]+$/.test(name) ? window[name] : undefined
    return typeof call === 'function' ? call : undefined
  }
  document.querySelectorAll('[data-onclick-trigger]').forEach((element) => {
    const call = named(element.dataset.onclickTrigger)
    if (!call) return
    element.hidden = false
    element.addEventListener('click', () => call())
  })
  document.querySelectorAll('[data-onload-trigger]').forEach((element) => {
    const call = named(element.dataset.onloadTrigger)
    if (call) call()
  })
})
