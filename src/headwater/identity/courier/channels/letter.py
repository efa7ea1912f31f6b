"""A message as an e-mail. Nothing that came from a person can end a header here and begin another."""

from collections.abc import Mapping
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP

from headwater.core.clock import from_epoch_ms
from headwater.identity.courier.channels.channel import Parcel
from headwater.identity.courier.writing import one_line

# These describe the body, which is ours.
BOUNDARY = "=_"  # "=_" is in no quoted-printable or base64 text (RFC 2045, section 6.7)
OURS = ("content-", "mime-version")


def letter(parcel: Parcel, *, from_address: str, from_name: str, headers: Mapping[str, str]) -> EmailMessage:
    """Return the e-mail. A retry makes the same one again, with the same Message-ID. ValueError if it can't be one."""
    message, contents = parcel.message, parcel.contents
    made = EmailMessage(policy=SMTP)
    made["From"] = Address(display_name=one_line(from_name), addr_spec=from_address)
    made["To"] = message.recipient
    made["Subject"] = one_line(contents.subject)
    made["Date"] = from_epoch_ms(message.created_at_ms)
    made["Message-ID"] = f"<{message.id}@{from_address.rpartition('@')[2]}>"
    made["Auto-Submitted"] = "auto-generated"  # no out-of-office answers, please
    for name, value in headers.items():
        if not name.lower().startswith(OURS):
            del made[name]
            made[name] = value
    made.set_content(contents.body)
    if contents.html_body:
        made.add_alternative(contents.html_body, subtype="html")
        made.set_boundary(f"{BOUNDARY}{message.id}")  # a random one costs more, and a retry would be another mail
    return made
