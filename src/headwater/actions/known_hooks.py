"""Which hooks exist, where each may run, and which of them this release runs. A table, nothing else.

Source: Kratos's hook interfaces (reference/ory.md part 2).
"""

WEB_HOOK = "web_hook"
SESSION = "session"
REVOKE_ACTIVE_SESSIONS = "revoke_active_sessions"
REQUIRE_VERIFIED_ADDRESS = "require_verified_address"
VERIFICATION = "verification"
SHOW_VERIFICATION_UI = "show_verification_ui"
VERIFY_NEW_ADDRESS = "verify_new_address"
NOTIFY_PREVIOUS_ADDRESSES = "notify_previous_addresses"

# What notify_previous_addresses may be configured with.
RECIPIENTS = "recipients"
REMOVED, ALL_VERIFIED, ALL = RECIPIENT_MODES = ("removed", "all_verified", "all")

METHODS = {
    "login": ("password", "webauthn", "passkey", "oidc", "code", "totp", "lookup_secret"),
    "registration": ("password", "webauthn", "passkey", "oidc", "code"),
    "settings": ("password", "totp", "oidc", "webauthn", "passkey", "lookup_secret", "profile"),
    "recovery": (),
    "verification": (),
}
FLOWS = tuple(METHODS)
# What operators do to people by the admin API: no flow, and ours. Hooks stand at /identity/after/<change>/hooks.
IDENTITY = "identity"
CREATED, UPDATED, DELETED = CHANGES = ("created", "updated", "deleted")
# Kratos's closed editions add these to every flow; a configuration exported from there holds them.
CLOSED_EDITION_METHODS = ("saml", "deviceauthn")
ALL_METHODS = tuple(dict.fromkeys([*(name for names in METHODS.values() for name in names), *CLOSED_EDITION_METHODS]))

# After which flows a hook has something to do. Nowhere else does anything call it.
RUNS_AFTER = {
    WEB_HOOK: FLOWS,
    SESSION: ("registration",),
    REVOKE_ACTIVE_SESSIONS: ("login", "recovery", "settings"),
    REQUIRE_VERIFIED_ADDRESS: ("login",),
    VERIFICATION: ("login", "registration", "settings"),
    SHOW_VERIFICATION_UI: ("login", "registration", "settings"),
    VERIFY_NEW_ADDRESS: ("settings",),
    NOTIFY_PREVIOUS_ADDRESSES: ("settings",),
    "two_step_registration": ("registration",),
    "b2b_sso": FLOWS,
    "organization": FLOWS,
}
NAMES = tuple(RUNS_AFTER)

RUN_BY_THIS_RELEASE = {
    WEB_HOOK: FLOWS,
    SESSION: ("registration",),
    REVOKE_ACTIVE_SESSIONS: ("login", "recovery", "settings"),
    REQUIRE_VERIFIED_ADDRESS: ("login",),
    VERIFICATION: ("login", "registration", "settings"),
    SHOW_VERIFICATION_UI: ("login", "registration", "settings"),
    NOTIFY_PREVIOUS_ADDRESSES: ("settings",),
    VERIFY_NEW_ADDRESS: ("settings",),
}
