// The Action of Ory's Segment guide: who signs up is identified.
function(ctx) {
  userId: ctx.identity.id,
  traits: {
    email: ctx.identity.traits.email,
  },
}
