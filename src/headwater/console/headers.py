"""What a page may load, where its forms may go, and who may keep or frame it: nothing from or to another host."""

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'{nonce}; img-src 'self' data:; connect-src 'self';"
    " form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)

OF_PAGES = {
    "Content-Security-Policy": POLICY.format(nonce=""),
    "Cache-Control": "no-store",  # pages show people's data
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "same-origin",  # not `no-referrer`: browsers then post with `Origin: null`
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",  # for browsers that don't know frame-ancestors
}
OF_FILES = {"X-Content-Type-Options": "nosniff", "Cross-Origin-Resource-Policy": "same-origin"}

# HTML that others wrote: an origin of its own, without scripts, forms, or anything from afar. Only we may frame it.
OF_LETTERS = {
    **OF_PAGES,
    "Content-Security-Policy": (
        "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'none'; base-uri 'none';"
        " frame-ancestors 'self'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-DNS-Prefetch-Control": "off",  # else the names of hosts in its links are looked up
    "X-Frame-Options": "SAMEORIGIN",
}
FRAMED = "; frame-src 'self'"  # so that no link in a frame leads its frame elsewhere, either


def of_page(nonce: str, *, has_frame: bool = False) -> dict[str, str]:
    """Return the headers of a page whose scripts may add a style sheet: the editor's, by a word good for once."""
    policy = POLICY.format(nonce=f" 'nonce-{nonce}'") + (FRAMED if has_frame else "")
    return {**OF_PAGES, "Content-Security-Policy": policy}
