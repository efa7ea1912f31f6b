// The app: people sign up through Ory, and Segment hears what they do. It knows nothing of the emulator.
import { Configuration, FrontendApi, ResponseError } from '@ory/client-fetch'
import { Analytics } from '@segment/analytics-node'

export const signUps = ({ oryUrl, segmentHost, writeKey }) => {
  const ory = new FrontendApi(new Configuration({ basePath: oryUrl }))
  const segment = new Analytics({ writeKey, host: segmentHost })

  return {
    // The id and the session token of somebody new.
    async signUp(email, password) {
      const flow = await ory.createNativeRegistrationFlow()
      const { identity, session_token: token } = await ory.updateRegistrationFlow({
        flow: flow.id,
        updateRegistrationFlowBody: { method: 'password', password, traits: { email } },
      })
      segment.track({ userId: identity.id, event: 'Signed Up', properties: { plan: 'free' } })
      await segment.flush()
      return { id: identity.id, token }
    },

    async isSignedIn(token) {
      try {
        return (await ory.toSession({ xSessionToken: token })).active
      } catch (error) {
        if (error instanceof ResponseError && error.response.status === 401) return false
        throw error
      }
    },

    // Has a code sent; returns the flow that it goes into.
    async verify(email) {
      const flow = await ory.createNativeVerificationFlow()
      await ory.updateVerificationFlow({ flow: flow.id, updateVerificationFlowBody: { method: 'code', email } })
      return flow.id
    },

    async enterCode(flow, code) {
      const done = await ory.updateVerificationFlow({ flow, updateVerificationFlowBody: { method: 'code', code } })
      return done.state === 'passed_challenge'
    },

    close: () => segment.closeAndFlush(),
  }
}
