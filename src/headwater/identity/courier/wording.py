"""What we write to people when nobody says otherwise. Plain text first; the HTML is the same words, laid out.

A line that is nothing but `{{ .SomethingURL }}` becomes a link, one that is nothing but a code a large one.
"""

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass

from headwater.identity.courier import kinds

LINK = re.compile(r"\{\{ \.\w+URL \}\}")
CODE = re.compile(r"\{\{ \.\w+Code \}\}")
BODY = "font-family: sans-serif; font-size: 16px; line-height: 1.5; color: #1c1c1c; max-width: 36em; margin: 2em auto"
LARGE = "font-family: monospace; font-size: 28px; letter-spacing: 4px"


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """The templates of one kind. `sms` is empty where it is never sent so."""

    subject: str
    plaintext: str
    sms: str = ""

    @property
    def html(self) -> str:
        """The plain text as an HTML template."""
        paragraphs = "\n".join(_paragraph(block) for block in self.plaintext.strip().split("\n\n"))
        return (
            f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{_plain(self.subject)}</title></head>'
            f'\n<body style="{BODY}">\n{paragraphs}\n</body></html>\n'
        )


def _paragraph(block: str) -> str:
    if LINK.fullmatch(block):
        return f'<p><a href="{block}">{block}</a></p>'
    if CODE.fullmatch(block):
        return f'<p style="{LARGE}">{block}</p>'
    return f"<p>{_plain(block)}</p>"


def _plain(text: str) -> str:
    return html.escape(" ".join(text.split()), quote=False)


def _sms(what: str, field: str) -> str:
    # The last line is what phones read to fill the code in, on the right page only ("domain-bound codes").
    return (
        f"{{{{ .{field} }}}} is your {what} code. It works for {{{{ .ExpiresInMinutes }}}} minutes. "
        "Share it with nobody."
        f"{{{{ if .RequestURLDomain }}}}\n\n@{{{{ .RequestURLDomain }}}} #{{{{ .{field} }}}}{{{{ end }}}}"
    )


NOT_YOU = "Wasn't it you? Then you need do nothing, and nothing changes. Please don't pass this message on."
NO_ACCOUNT_RECOVERY = Words(
    subject="Somebody tried to get into an account with this address",
    plaintext="""Hello,

somebody, perhaps you, asked for access to an account with this e-mail address. There is none, so nothing happened.

If it was you: you may have signed up with another address. Try that one.

If it wasn't you, you can forget this message.
""",
)
NO_ACCOUNT_VERIFICATION = Words(
    subject="Somebody tried to confirm this address",
    plaintext="""Hello,

somebody, perhaps you, asked to confirm this e-mail address. No account uses it, so nothing happened.

If it was you: you may have signed up with another address. Try that one.

If it wasn't you, you can forget this message.
""",
)

WORDS: Mapping[str, Words] = {
    kinds.RECOVERY_VALID: Words(
        subject="Get back into your account",
        plaintext=f"""Hello,

open this link to get back into your account. It works once, within {{{{ .ExpiresInMinutes }}}} minutes:

{{{{ .RecoveryURL }}}}

{NOT_YOU}
""",
    ),
    kinds.RECOVERY_INVALID: NO_ACCOUNT_RECOVERY,
    kinds.RECOVERY_CODE_VALID: Words(
        subject="{{ .RecoveryCode }} is your code to get back into your account",
        plaintext=f"""Hello,

enter this code to get back into your account. It works once, within {{{{ .ExpiresInMinutes }}}} minutes:

{{{{ .RecoveryCode }}}}

{NOT_YOU}
""",
        sms=_sms("recovery", "RecoveryCode"),
    ),
    kinds.RECOVERY_CODE_INVALID: NO_ACCOUNT_RECOVERY,
    kinds.VERIFICATION_VALID: Words(
        subject="Please confirm your e-mail address",
        plaintext=f"""Hello,

open this link to confirm that this address is yours. It works once, within {{{{ .ExpiresInMinutes }}}} minutes:

{{{{ .VerificationURL }}}}

{NOT_YOU}
""",
    ),
    kinds.VERIFICATION_INVALID: NO_ACCOUNT_VERIFICATION,
    kinds.VERIFICATION_CODE_VALID: Words(
        subject="{{ .VerificationCode }} is your code to confirm this address",
        plaintext=f"""Hello,

enter this code to confirm that this address is yours. It works once, within {{{{ .ExpiresInMinutes }}}} minutes:

{{{{ .VerificationCode }}}}

Or open this link:

{{{{ .VerificationURL }}}}

{NOT_YOU}
""",
        sms=_sms("verification", "VerificationCode"),
    ),
    kinds.VERIFICATION_CODE_INVALID: NO_ACCOUNT_VERIFICATION,
    kinds.LOGIN_CODE_VALID: Words(
        subject="{{ .LoginCode }} is your code to sign in",
        plaintext=f"""Hello,

enter this code to sign in. It works once, within {{{{ .ExpiresInMinutes }}}} minutes:

{{{{ .LoginCode }}}}

{NOT_YOU}
""",
        sms=_sms("sign-in", "LoginCode"),
    ),
    kinds.REGISTRATION_CODE_VALID: Words(
        subject="{{ .RegistrationCode }} is your code to sign up",
        plaintext=f"""Hello and welcome,

enter this code to complete your sign-up. It works once, within {{{{ .ExpiresInMinutes }}}} minutes:

{{{{ .RegistrationCode }}}}

{NOT_YOU}
""",
        sms=_sms("sign-up", "RegistrationCode"),
    ),
    kinds.VERIFIABLE_ADDRESS_CHANGED: Words(
        subject="An address of your account was changed",
        plaintext="""Hello,

an e-mail address or phone number of your account was changed at {{ .ChangedAt }}. If that was you, all is well.

If it wasn't you, somebody else may be in your account: please contact support now and name account
{{ .Identity.id }}.
""",
        sms="An address of your account was changed. If that wasn't you, please contact support now.",
    ),
    kinds.AUTHENTICATOR_KEY_ADDED: Words(
        subject="A new way to sign in was added to your account",
        plaintext="""Hello,

a new key to sign in with was added to your account at {{ .AddedAt }}. If that was you, all is well.

If it wasn't you, somebody else may be in your account: please contact support now and name account
{{ .Identity.id }}.
""",
        sms="A new way to sign in was added to your account. If that wasn't you, please contact support now.",
    ),
    kinds.STUB: Words(subject="{{ .Subject }}", plaintext="{{ .Body }}", sms="{{ .Body }}"),
}
