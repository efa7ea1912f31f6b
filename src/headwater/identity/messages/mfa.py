"""What is wrong with a second factor or a key, by app, backup code or device (some of 4000xxx).

Ory's range for second factors, 1030xxx, holds no message yet.
"""

from headwater.identity.messages.text import UiText, error


def app_code_wrong() -> UiText:
    return error(4000008, "The provided authentication code is invalid, please try again.")


def no_app() -> UiText:
    return error(4000011, "You have no TOTP device set up.")


def backup_code_used() -> UiText:
    return error(4000012, "This backup recovery code has already been used.")


def no_security_key() -> UiText:
    return error(4000013, "You have no WebAuthn device set up.")


def no_backup_codes() -> UiText:
    return error(4000014, "You have no backup recovery codes set up.")


def no_security_key_user() -> UiText:
    return error(4000015, "This account does not exist or has no security key set up.")


def backup_code_wrong() -> UiText:
    return error(4000016, "The backup recovery code is not valid.")


def no_device() -> UiText:
    return error(4000042, "You have no DeviceAuthn device set up.")


def security_key_wrong() -> UiText:
    return error(4000043, "The provided web authn login is invalid, please try again.")


def device_wrong() -> UiText:
    return error(4000044, "The provided DeviceAuthn signature is invalid.")


def device_attestation_ended() -> UiText:
    text = (
        "This DeviceAuthn key can no longer be used because relaxed attestation is expired or disabled. "
        "Please enroll your device again."
    )
    return error(4000045, text)


def device_outdated() -> UiText:
    text = (
        "This DeviceAuthn key was enrolled before user verification was introduced and can no longer be used. "
        "Please enroll your device again."
    )
    return error(4000046, text)
