"""What settings say (1050xxx, 4050xxx, and 4010004, which Ory counts among the login messages)."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from headwater.core import clock
from headwater.core.secrets import Secret
from headwater.identity.messages import printing
from headwater.identity.messages.text import UiText, error, info, success

MS = 1000
BACKUP_CODE_ID = 1050009
USED = "used"


def saved() -> UiText:
    return success(1050001, "Your changes have been saved!")


def link(provider: str) -> UiText:
    return info(1050002, f"Link {provider}", provider=provider)


def unlink(provider: str) -> UiText:
    return info(1050003, f"Unlink {provider}", provider=provider)


def unlink_app() -> UiText:
    return info(1050004, "Unlink TOTP Authenticator App")


def app_qr_code() -> UiText:
    return info(1050005, "Authenticator app QR code")


def app_secret(secret: Secret) -> UiText:
    """Return the secret in the open, as its owner has to see it once: such a message goes into no log."""
    return info(1050006, secret.reveal(), secret=secret.reveal())


def reveal_backup_codes() -> UiText:
    return info(1050007, "Reveal backup recovery codes")


def renew_backup_codes() -> UiText:
    return info(1050008, "Generate new backup recovery codes")


def backup_code(code: Secret) -> UiText:
    """Return the code in the open, as its owner has to see it once: such a message goes into no log."""
    return info(BACKUP_CODE_ID, code.reveal(), secret=code.reveal())


def keep_backup_codes_safe() -> UiText:
    return info(1050010, "These are your back up recovery codes. Please keep them in a safe place!")


def confirm_backup_codes() -> UiText:
    return info(1050011, "Confirm backup recovery codes")


def add_security_key() -> UiText:
    return info(1050012, "Add security key")


def security_key_name() -> UiText:
    return info(1050013, "Name of the security key")


def backup_code_used(used_at: datetime) -> UiText:
    text = f"Secret was used at {printing.moment(used_at)}"
    return info(1050014, text, used_at=clock.iso_ms(used_at), used_at_unix=_unix(used_at))


def backup_codes(codes: Sequence[UiText]) -> UiText:
    """Return the list of what `backup_code` and `backup_code_used` made."""
    text = ", ".join(code.text if code.id == BACKUP_CODE_ID else USED for code in codes)
    return info(1050015, text, secrets=msgspec.to_builtins(list(codes)))


def disable_backup_codes() -> UiText:
    return info(1050016, "Disable this method")


def app_secret_label() -> UiText:
    return info(1050017, "This is your authenticator app secret. Use it if you can not scan the QR code.")


def remove_security_key(name: str, *, added_at: datetime) -> UiText:
    text = f'Remove security key "{name}"'
    return info(1050018, text, display_name=name, added_at=clock.iso_ms(added_at), added_at_unix=_unix(added_at))


def add_passkey() -> UiText:
    return info(1050019, "Add passkey")


def remove_passkey(name: str, *, added_at: datetime) -> UiText:
    text = f'Remove passkey "{name}"'
    return info(1050020, text, display_name=name, added_at=clock.iso_ms(added_at), added_at_unix=_unix(added_at))


def managed_by_organization() -> UiText:
    text = (
        "Your account is managed by your organization. To change these settings, contact your organization "
        "administrator."
    )
    return info(1050023, text)


def no_strategy() -> UiText:
    return error(4010004, "Could not find a strategy to update your settings. Did you fill out the form correctly?")


def flow_expired(minutes_ago: float, *, expired_at: str, expired_at_unix: int) -> UiText:
    text = f"The settings flow expired {minutes_ago:.2f} minutes ago, please try again."
    return error(4050001, text, expired_at=expired_at, expired_at_unix=expired_at_unix)


def too_many_address_changes() -> UiText:
    return error(4050002, "You can only change one address at a time. Please update each address separately.")


def _unix(moment: datetime) -> int:
    return clock.epoch_ms(moment) // MS
