"""The kinds of provider that an operator can configure, and what each needs to be told. Data only.

The configuration reads this before there are any providers, so it may import nothing of them; how each kind
behaves is in the file of its name (`registered.py` brings the two together).
"""

from dataclasses import dataclass

# Settings, in Ory's words.
ISSUER_URL = "issuer_url"
AUTH_URL = "auth_url"
TOKEN_URL = "token_url"  # noqa: S105  a setting's name
CLIENT_SECRET = "client_secret"  # noqa: S105  a setting's name
MICROSOFT_TENANT = "microsoft_tenant"
APPLE = ("apple_team_id", "apple_private_key_id", "apple_private_key")

# One of these groups has to be there.
NOTHING = ((),)
ISSUER = ((ISSUER_URL,),)
ISSUER_OR_ENDPOINTS = ((ISSUER_URL,), (AUTH_URL, TOKEN_URL))


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One kind. `needs` are groups of settings of which one has to be complete.

    `takes_secret` says whether it needs a `client_secret`: Apple's is made of its key instead.
    """

    title: str
    needs: tuple[tuple[str, ...], ...] = NOTHING
    takes_secret: bool = True


KINDS: dict[str, Entry] = {
    "generic": Entry(title="OpenID Connect", needs=ISSUER_OR_ENDPOINTS),
    "google": Entry(title="Google"),
    "github": Entry(title="GitHub"),
    "github-app": Entry(title="GitHub App"),
    "apple": Entry(title="Apple", needs=(APPLE,), takes_secret=False),
    "microsoft": Entry(title="Microsoft", needs=((MICROSOFT_TENANT,),)),
    "gitlab": Entry(title="GitLab"),
    "auth0": Entry(title="Auth0", needs=ISSUER),
    "salesforce": Entry(title="Salesforce", needs=ISSUER),
    "discord": Entry(title="Discord"),
    "facebook": Entry(title="Facebook"),
    "linkedin_v2": Entry(title="LinkedIn"),
    "slack": Entry(title="Slack"),
    "spotify": Entry(title="Spotify"),
}
NAMES = tuple(KINDS)
