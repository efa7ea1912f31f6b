// The tests' own doors.
//
//   PUT  /control/accounts/ID    sets somebody's claims
//   POST /control/now/DEED       `rotate` replaces the signing key, `end` ends the program, `fallSilent` answers nobody
//                                any more until `speak`
//   POST /control/then/DEED      the same, when the next person is sent back to an application
import { bodyOf } from './body.mjs'

export const control = async ({ accounts, deeds, toCome }, request, response, [what, name]) => {
  const asked = `${request.method} ${what}`
  if (asked === 'PUT accounts' && name) accounts.put(decodeURIComponent(name), JSON.parse(await bodyOf(request)))
  else if (asked === 'POST now' && deeds[name]) deeds[name]()
  else if (asked === 'POST then' && deeds[name]) toCome.push(deeds[name])
  else return response.writeHead(404).end()
  response.writeHead(204).end()
}
