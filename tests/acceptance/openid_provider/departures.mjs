// The moment in which somebody has a code and is sent back with it: what happens then, the application learns too late.
export const beforeSendingBack = (response, act) => {
  const writeHead = response.writeHead
  response.writeHead = (...given) => {
    const location = response.getHeader('location')
    if (location && new URL(location, 'relative:/').searchParams.has('code')) {
      response.setHeader('connection', 'close')
      act()
    }
    return writeHead.apply(response, given)
  }
}
