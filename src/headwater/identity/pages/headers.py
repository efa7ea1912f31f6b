"""What a page may load, where its forms may go, and who may keep, frame or follow it."""

from collections.abc import Iterable

from headwater.identity.pages import addresses

# A provider sends people on as it likes, and Chromium holds the form's policy against each step of the way.
ANYWHERE = "https: http:"
# The address holds the flow's id. Not `no-referrer`: browsers then post with `Origin: null`.
REFERRER_POLICY = "strict-origin"


def of_page(
    *, form_targets: Iterable[str] = (), is_open_ended: bool = False, nonce: str | None = None
) -> dict[str, str]:
    """Return the headers of a page whose forms end at `form_targets`, or anywhere (`is_open_ended`: providers)."""
    origins = dict.fromkeys(filter(None, map(addresses.origin_or_none, form_targets)))
    form_action = " ".join(["'self'", *([ANYWHERE] if is_open_ended else origins)])
    policy = [
        "default-src 'none'",
        "style-src 'self'",
        "img-src 'self' data:",
        f"form-action {form_action}",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    ]
    if nonce is not None:
        policy.append(f"script-src 'nonce-{nonce}'")
    return {
        "Content-Security-Policy": "; ".join(policy),
        # Pages say who somebody is, and hold tokens.
        "Cache-Control": "no-store",
        "Referrer-Policy": REFERRER_POLICY,
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",  # for browsers that don't know frame-ancestors
    }
