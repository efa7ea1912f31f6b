// Who has an account at the provider: ada, verified; grace, whose e-mail is not; eve, who has none.
const WELL_KNOWN = {
  ada: { email: 'ada@example.com', email_verified: true, name: 'Ada Lovelace' },
  grace: { email: 'grace@example.com', email_verified: false, name: 'Grace Hopper' },
  eve: { name: 'Eve' },
}

export class Accounts {
  #claims = new Map(Object.entries(WELL_KNOWN))

  has(id) {
    return this.#claims.has(id)
  }

  put(id, claims) {
    this.#claims.set(id, claims)
  }

  // What oidc-provider asks for: an account, whose claims it filters by scope.
  find(id) {
    const claims = this.#claims.get(id)
    return claims && { accountId: id, claims: () => ({ sub: id, ...claims }) }
  }
}
