"""Claims mappers of the shapes that Ory's guides give for each provider, and what the providers say. Data only."""

ADA = {"iss": "https://op.example", "sub": "ada-1", "name": "Ada Lovelace", "raw_claims": {"sub": "ada-1"}}
MAILED = {**ADA, "email": "Ada@Example.org", "email_verified": True}
UNPROVEN = {**ADA, "email": "ada@example.org", "email_verified": False}

DEFAULTS = "local claims = { email_verified: false } + std.extVar('claims');\n"
PLAIN = "local claims = std.extVar('claims');\n"
PROVEN_EMAIL = "[if 'email' in claims && claims.email_verified then 'email' else null]: claims.email,"

GENERIC = f"""{PLAIN}
{{
  identity: {{
    traits: {{
      // Unverified addresses would let mallory in as ada.
      [if 'email' in claims && std.get(claims, 'email_verified', false) then 'email' else null]: claims.email,
    }},
  }},
}}"""

GOOGLE = f"""{DEFAULTS}
{{
  identity: {{
    traits: {{
      {PROVEN_EMAIL}
      first_name: claims.given_name,
      last_name: claims.family_name,
      [if 'hd' in claims && claims.email_verified then 'hd' else null]: claims.hd,
    }},
    verified_addresses: [
      {{ via: 'email', value: claims.email }},
    ],
  }},
}}"""

GITHUB = f"""{DEFAULTS}
{{
  identity: {{
    traits: {{
      {PROVEN_EMAIL}
    }},
    metadata_public: {{
      github_username: claims.nickname,
      [if 'picture' in claims then 'avatar' else null]: claims.picture,
    }},
    metadata_admin: {{ id: claims.raw_claims.id }},
  }},
}}"""

APPLE = f"""{DEFAULTS}
{{
  identity: {{
    traits: {{
      {PROVEN_EMAIL}
      [if 'name' in claims && 'first' in claims.raw_claims then 'name']: {{ first: claims.raw_claims.first }},
    }},
  }},
}}"""

# Microsoft never says whether an address is verified.
MICROSOFT = f"""{PLAIN}
{{
  identity: {{
    traits: {{
      email: claims.email,
      [if std.objectHas(claims.raw_claims, 'oid') then 'oid' else null]: claims.raw_claims.oid,
    }},
  }},
}}"""

DISCORD = f"""{DEFAULTS}
{{
  identity: {{
    traits: {{
      {PROVEN_EMAIL}
      username: std.asciiLower(claims.nickname),
    }},
    metadata_public: {{ locale: std.get(claims, 'locale', 'en') }},
  }},
}}"""

FACEBOOK = f"""{PLAIN}
if std.length(claims.sub) == 0 then
  error 'claim sub not set'
else
  {{
    identity: {{
      traits: {{
        subject: claims.sub,
        [if 'email' in claims then 'email' else null]: claims.email,
      }},
    }},
  }}"""

SLACK = f"""{DEFAULTS}
{{
  identity: {{
    traits: {{
      {PROVEN_EMAIL}
      name: {{ first: std.split(claims.name, ' ')[0], last: std.join(' ', std.split(claims.name, ' ')[1:]) }},
      team: claims.raw_claims['https://slack.com/team_id'],
    }},
  }},
}}"""

SPOTIFY = f"""{PLAIN}
{{
  identity: {{
    traits: {{
      [if 'email' in claims && claims.email != '' then 'email' else null]: claims.email,
      name: '%s (%s)' % [claims.name, claims.sub],
    }},
  }},
}}"""

GITLAB = f"""{DEFAULTS}
local groups = if 'groups' in claims.raw_claims then claims.raw_claims.groups else [];
{{
  identity: {{
    traits: {{ {PROVEN_EMAIL} }},
    metadata_admin: {{
      admins: [group for group in groups if std.startsWith(group, 'ops')],
      is_member: std.member(groups, 'staff'),
    }},
  }},
}}"""

KEEPING = f"""{PLAIN}
local identity = std.extVar('identity');
// What somebody typed here stays.
local website = std.get(identity.traits, 'website', std.get(claims, 'website', ''));
{{
  identity: {{
    traits: {{
      subject: claims.sub,
      [if website != '' then 'website' else null]: website,
    }},
    metadata_public: identity.metadata_public {{
      seen: true,
      [if 'existing' in identity.metadata_admin then 'existing']: identity.metadata_admin.existing,
    }},
  }},
}}"""

RAW = {"id": 583231, "oid": "o-1", "first": "Ada", "groups": ["ops-eu", "staff"], "https://slack.com/team_id": "T1"}
WHOLE = {
    **MAILED,
    "given_name": "Ada",
    "family_name": "Łovelace",
    "hd": "example.org",
    "nickname": "ADA",
    "picture": "https://op.example/ada.png",
    "website": "https://ada.example",
    "raw_claims": RAW,
}

CLAIMS = {"everything": WHOLE, "unverified": {**WHOLE, **UNPROVEN, "raw_claims": {}}, "hardly anything": ADA}
MAPPERS = {
    "generic": GENERIC,
    "google": GOOGLE,
    "github": GITHUB,
    "apple": APPLE,
    "microsoft": MICROSOFT,
    "discord": DISCORD,
    "facebook": FACEBOOK,
    "slack": SLACK,
    "spotify": SPOTIFY,
    "gitlab": GITLAB,
    "one that keeps what was typed": KEEPING,
}
