"""What Kratos documents of each message, by the function that says it: id, type, text, context (its own examples)."""

from typing import Any, NamedTuple


class Documented(NamedTuple):
    id: int
    type: str
    text: str
    context: dict[str, Any] | None = None


INFO = "info"
ERROR = "error"
SUCCESS = "success"

DOCUMENTED = {
    "login.sign_in": Documented(1010001, INFO, "Sign in"),
    "login.sign_in_with": Documented(
        1010002, INFO, "Sign in with {provider}", {"provider": "{provider}", "provider_id": "{providerID}"}
    ),
    "login.confirm_it_is_you": Documented(1010003, INFO, "Please confirm this action by verifying that it is you."),
    "login.second_factor_needed": Documented(1010004, INFO, "Please complete the second authentication challenge."),
    "login.verify": Documented(1010005, INFO, "Verify"),
    "login.app_code": Documented(1010006, INFO, "Authentication code"),
    "login.backup_code": Documented(1010007, INFO, "Backup recovery code"),
    "login.sign_in_with_security_key": Documented(1010008, INFO, "Sign in with a hardware key"),
    "login.use_app": Documented(1010009, INFO, "Use Authenticator"),
    "login.use_backup_code": Documented(1010010, INFO, "Use backup recovery code"),
    "login.continue_with_security_key": Documented(1010011, INFO, "Sign in with a hardware key"),
    "login.prepare_security_key": Documented(
        1010012, INFO, "Prepare your WebAuthn device (e.g. security key, biometrics scanner, ...) and press continue."
    ),
    "login.continue_": Documented(1010013, INFO, "Continue"),
    "login.code_sent": Documented(
        1010014,
        INFO,
        "A code was sent to the address you provided. If you didn't receive it, please check the "
        "spelling of the address and try again.",
    ),
    "login.send_code": Documented(1010015, INFO, "Send sign in code"),
    "login.link_to_existing": Documented(
        1010016,
        INFO,
        'You tried to sign in with "{duplicateIdentifier}", but that email is already used by '
        "another account. Sign in to your account with one of the options below to add your account "
        '"{duplicateIdentifier}" at "{provider}" as another way to sign in.',
        {
            "available_credential_types": ["{available_credential_types_list}"],
            "available_providers": ["{available_oidc_providers_list}"],
            "duplicateIdentifier": "{duplicateIdentifier}",
            "duplicate_identifier": "{duplicateIdentifier}",
            "newLoginUrl": "{newLoginUrl}",
            "new_login_url": "{newLoginUrl}",
            "provider": "{provider}",
        },
    ),
    "login.sign_in_and_link": Documented(1010017, INFO, "Sign in and link"),
    "login.confirm_with": Documented(1010018, INFO, "Confirm with {provider}", {"provider": "{provider}"}),
    "login.request_code": Documented(1010019, INFO, "Request code to continue"),
    "login.sign_in_with_passkey": Documented(1010021, INFO, "Sign in with passkey"),
    "login.sign_in_with_password": Documented(1010022, INFO, "Sign in with password"),
    "login.send_code_to": Documented(
        1010023, INFO, "Send code to {address}", {"address": "{address}", "channel": "{channel}"}
    ),
    "login.sign_in_with_device": Documented(1010024, INFO, "Sign in with a hardware key"),
    "login.code_sent_again_to_you": Documented(
        1010025, INFO, "A code was sent to your address. If you didn't receive it, please try again."
    ),
    "registration.sign_up": Documented(1040001, INFO, "Sign up"),
    "registration.sign_up_with": Documented(
        1040002, INFO, "Sign up with {provider}", {"provider": "{provider}", "provider_id": "{providerID}"}
    ),
    "registration.continue_": Documented(1040003, INFO, "Continue"),
    "registration.sign_up_with_security_key": Documented(1040004, INFO, "Sign up with security key"),
    "registration.code_sent": Documented(
        1040005,
        INFO,
        "A code has been sent to the address(es) you provided. If you have not received a message, "
        "check the spelling of the address and retry the registration.",
    ),
    "registration.send_code": Documented(1040006, INFO, "Send sign up code"),
    "registration.sign_up_with_passkey": Documented(1040007, INFO, "Sign up with passkey"),
    "registration.back": Documented(1040008, INFO, "Back"),
    "registration.choose_credentials": Documented(
        1040009, INFO, "Please choose a credential to authenticate yourself with."
    ),
    "settings.saved": Documented(1050001, SUCCESS, "Your changes have been saved!"),
    "settings.link": Documented(1050002, INFO, "Link {provider}", {"provider": "{provider}"}),
    "settings.unlink": Documented(1050003, INFO, "Unlink {provider}", {"provider": "{provider}"}),
    "settings.unlink_app": Documented(1050004, INFO, "Unlink TOTP Authenticator App"),
    "settings.app_qr_code": Documented(1050005, INFO, "Authenticator app QR code"),
    "settings.app_secret": Documented(1050006, INFO, "{secret}", {"secret": "{secret}"}),
    "settings.reveal_backup_codes": Documented(1050007, INFO, "Reveal backup recovery codes"),
    "settings.renew_backup_codes": Documented(1050008, INFO, "Generate new backup recovery codes"),
    "settings.backup_code": Documented(1050009, INFO, "{secret}", {"secret": "{secret}"}),
    "settings.keep_backup_codes_safe": Documented(
        1050010, INFO, "These are your back up recovery codes. Please keep them in a safe place!"
    ),
    "settings.confirm_backup_codes": Documented(1050011, INFO, "Confirm backup recovery codes"),
    "settings.add_security_key": Documented(1050012, INFO, "Add security key"),
    "settings.security_key_name": Documented(1050013, INFO, "Name of the security key"),
    "settings.backup_code_used": Documented(
        1050014,
        INFO,
        "Secret was used at 2020-01-01 00:59:59 +0000 UTC",
        {"used_at": "2020-01-01T00:59:59.000Z", "used_at_unix": 1577840399},
    ),
    "settings.backup_codes": Documented(
        1050015,
        INFO,
        "{secret}, used",
        {
            "secrets": [
                {"id": 1050009, "text": "{secret}", "type": "info", "context": {"secret": "{secret}"}},
                {
                    "id": 1050014,
                    "text": "Secret was used at 2020-01-01 00:59:59 +0000 UTC",
                    "type": "info",
                    "context": {"used_at": "2020-01-01T00:59:59.000Z", "used_at_unix": 1577840399},
                },
            ]
        },
    ),
    "settings.disable_backup_codes": Documented(1050016, INFO, "Disable this method"),
    "settings.app_secret_label": Documented(
        1050017, INFO, "This is your authenticator app secret. Use it if you can not scan the QR code."
    ),
    "settings.remove_security_key": Documented(
        1050018,
        INFO,
        'Remove security key "{display_name}"',
        {"added_at": "2020-01-01T00:59:59.000Z", "added_at_unix": 1577840399, "display_name": "{display_name}"},
    ),
    "settings.add_passkey": Documented(1050019, INFO, "Add passkey"),
    "settings.remove_passkey": Documented(
        1050020,
        INFO,
        'Remove passkey "{display_name}"',
        {"added_at": "2020-01-01T00:59:59.000Z", "added_at_unix": 1577840399, "display_name": "{display_name}"},
    ),
    "settings.managed_by_organization": Documented(
        1050023,
        INFO,
        "Your account is managed by your organization. To change these settings, contact your "
        "organization administrator.",
    ),
    "recovery.recovered": Documented(
        1060001,
        SUCCESS,
        "You successfully recovered your account. Please change your password or set up an "
        "alternative login method (e.g. social sign in) within the next 1.00 minutes.",
        {
            "privilegedSessionExpiresAt": "2020-01-01T01:01:00.000Z",
            "privileged_session_expires_at": "2020-01-01T01:01:00.000Z",
            "privileged_session_expires_at_unix": 1577840460,
        },
    ),
    "recovery.link_sent": Documented(
        1060002,
        INFO,
        "An email containing a recovery link has been sent to the email address you provided. If you "
        "have not received an email, check the spelling of the address and make sure to use the "
        "address you registered with.",
    ),
    "recovery.code_sent": Documented(
        1060003,
        INFO,
        "An email containing a recovery code has been sent to the email address you provided. If you "
        "have not received an email, check the spelling of the address and make sure to use the "
        "address you registered with.",
    ),
    "recovery.code_sent_to": Documented(
        1060004,
        INFO,
        "A recovery code has been sent to {masked_address}. If you have not received it, check the "
        "spelling of the address and make sure to use the address you registered with.",
        {"masked_address": "{masked_address}"},
    ),
    "recovery.full_address_needed": Documented(
        1060005, INFO, "Recover access to your account by providing your recovery address in full."
    ),
    "recovery.choose_address": Documented(1060006, INFO, "How do you want to recover your account?"),
    "recovery.back": Documented(1060007, INFO, "Back"),
    "labels.password": Documented(1070001, INFO, "Password"),
    "labels.trait": Documented(1070002, INFO, "{title}", {"name": "{name}", "title": "{title}"}),
    "labels.save": Documented(1070003, INFO, "Save"),
    "labels.identifier": Documented(1070004, INFO, "ID"),
    "labels.submit": Documented(1070005, INFO, "Submit"),
    "labels.verify_code": Documented(1070006, INFO, "Verify code"),
    "labels.email": Documented(1070007, INFO, "Email"),
    "labels.resend_code": Documented(1070008, INFO, "Resend code"),
    "labels.continue_": Documented(1070009, INFO, "Continue"),
    "labels.recovery_code": Documented(1070010, INFO, "Recovery code"),
    "labels.verification_code": Documented(1070011, INFO, "Verification code"),
    "labels.registration_code": Documented(1070012, INFO, "Registration code"),
    "labels.login_code": Documented(1070013, INFO, "Login code"),
    "labels.sign_in_and_link": Documented(1070014, INFO, "Login and link credential"),
    "labels.captcha": Documented(1070015, INFO, "Please complete the captcha challenge to continue."),
    "labels.recovery_address": Documented(1070016, INFO, "Recovery address"),
    "labels.phone_number": Documented(1070017, INFO, "Phone number"),
    "labels.email_or_phone": Documented(1070018, INFO, "Email or phone number"),
    "verification.link_sent": Documented(
        1080001,
        INFO,
        "An email containing a verification link has been sent to the email address you provided. If "
        "you have not received an email, check the spelling of the address and make sure to use the "
        "address you registered with.",
    ),
    "verification.email_verified": Documented(1080002, SUCCESS, "You successfully verified your email address."),
    "verification.code_sent_by_email": Documented(
        1080003,
        INFO,
        "An email containing a verification code has been sent to the email address you provided. If "
        "you have not received an email, check the spelling of the address and make sure to use the "
        "address you registered with.",
    ),
    "verification.code_sent_by_phone": Documented(
        1080004,
        INFO,
        "A text message containing a verification code has been sent to the phone number you "
        "provided. If you have not received a text message, check the spelling of the number and "
        "make sure to use the number you registered with.",
    ),
    "verification.phone_verified": Documented(1080005, SUCCESS, "You successfully verified your phone number."),
    "validation.generic": Documented(4000001, ERROR, "{reason}", {"reason": "{reason}"}),
    "validation.required": Documented(4000002, ERROR, "Property {property} is missing.", {"property": "{property}"}),
    "validation.min_length": Documented(
        4000003, ERROR, "length must be >= 5, but got 3", {"actual_length": 3, "min_length": 5}
    ),
    "validation.pattern": Documented(4000004, ERROR, 'does not match pattern "{pattern}"', {"pattern": "{pattern}"}),
    "validation.password_refused": Documented(
        4000005, ERROR, "The password can not be used because {reason}.", {"reason": "{reason}"}
    ),
    "validation.invalid_credentials": Documented(
        4000006,
        ERROR,
        "The provided credentials are invalid, check for spelling mistakes in your password or "
        "username, email address, or phone number.",
    ),
    "validation.duplicate_credentials": Documented(
        4000007, ERROR, "An account with the same identifier (email, phone, username, ...) exists already."
    ),
    "mfa.app_code_wrong": Documented(4000008, ERROR, "The provided authentication code is invalid, please try again."),
    "validation.identifier_missing": Documented(
        4000009,
        ERROR,
        "Could not find any login identifiers. Did you forget to set them? This could also be caused "
        "by a server misconfiguration.",
    ),
    "validation.address_not_verified": Documented(
        4000010, ERROR, "Account not active yet. Did you forget to verify your email address?"
    ),
    "mfa.no_app": Documented(4000011, ERROR, "You have no TOTP device set up."),
    "mfa.backup_code_used": Documented(4000012, ERROR, "This backup recovery code has already been used."),
    "mfa.no_security_key": Documented(4000013, ERROR, "You have no WebAuthn device set up."),
    "mfa.no_backup_codes": Documented(4000014, ERROR, "You have no backup recovery codes set up."),
    "mfa.no_security_key_user": Documented(
        4000015, ERROR, "This account does not exist or has no security key set up."
    ),
    "mfa.backup_code_wrong": Documented(4000016, ERROR, "The backup recovery code is not valid."),
    "validation.max_length": Documented(
        4000017, ERROR, "length must be <= 5, but got 6", {"actual_length": 6, "max_length": 5}
    ),
    "validation.minimum": Documented(4000018, ERROR, "must be >= 5 but found 3", {"actual": 3, "minimum": 5}),
    "validation.exclusive_minimum": Documented(4000019, ERROR, "must be > 5 but found 5", {"actual": 5, "minimum": 5}),
    "validation.maximum": Documented(4000020, ERROR, "must be <= 5 but found 6", {"actual": 6, "maximum": 5}),
    "validation.exclusive_maximum": Documented(4000021, ERROR, "must be < 5 but found 5", {"actual": 5, "maximum": 5}),
    "validation.multiple_of": Documented(4000022, ERROR, "3 not multipleOf 7", {"actual": 3, "base": 7}),
    "validation.max_items": Documented(
        4000023, ERROR, "maximum 3 items allowed, but found 4 items", {"actual_items": 4, "max_items": 3}
    ),
    "validation.min_items": Documented(
        4000024, ERROR, "minimum 3 items allowed, but found 2 items", {"actual_items": 2, "min_items": 3}
    ),
    "validation.unique_items": Documented(
        4000025, ERROR, "items at index 0 and 2 are equal", {"index_a": 0, "index_b": 2}
    ),
    "validation.wrong_type": Documented(
        4000026,
        ERROR,
        "expected {allowed_types_list}, but got {actual_type}",
        {"actual_type": "{actual_type}", "allowed_types": ["{allowed_types_list}"]},
    ),
    "validation.duplicate_on_link": Documented(
        4000027,
        ERROR,
        "An account with the same identifier (email, phone, username, ...) exists already. Please "
        "sign in to your existing account to link your social profile.",
    ),
    "validation.duplicate_with_hints": Documented(
        4000028,
        ERROR,
        "You tried signing in with {credential_identifier_hint} which is already in use by another "
        "account. You can sign in using {available_credential_types_list}. You can sign in using one "
        "of the following social sign in providers: {available_oidc_providers_list}.",
        {
            "available_credential_types": ["{available_credential_types_list}"],
            "available_oidc_providers": ["{available_oidc_providers_list}"],
            "credential_identifier_hint": "{credential_identifier_hint}",
        },
    ),
    "validation.constant": Documented(4000029, ERROR, 'must be equal to constant "Ada"', {"expected": '"Ada"'}),
    "validation.constant_unnamed": Documented(4000030, ERROR, "const failed"),
    "validation.password_too_similar": Documented(
        4000031, ERROR, "The password can not be used because it is too similar to the identifier."
    ),
    "validation.password_too_short": Documented(
        4000032,
        ERROR,
        "The password must be at least 6 characters long, but got 5.",
        {"actual_length": 5, "min_length": 6},
    ),
    "validation.password_too_long": Documented(
        4000033,
        ERROR,
        "The password must be at most 72 characters long, but got 80.",
        {"actual_length": 80, "max_length": 72},
    ),
    "validation.password_breached": Documented(
        4000034, ERROR, "The password has been found in data breaches and must no longer be used.", {"breaches": 101}
    ),
    "validation.no_code_user": Documented(
        4000035, ERROR, "This account does not exist or has not setup sign in with code."
    ),
    "validation.traits_mismatch": Documented(
        4000036, ERROR, "The provided traits do not match the traits previously associated with this flow."
    ),
    "validation.account_not_found": Documented(
        4000037, ERROR, "This account does not exist or has no login method configured."
    ),
    "validation.captcha_failed": Documented(4000038, ERROR, "Captcha verification failed, please try again."),
    "validation.password_same_as_old": Documented(
        4000039, ERROR, "The new password must be different from the old password."
    ),
    "validation.email": Documented(4000040, ERROR, "Enter a valid email address", {"value": "{value}"}),
    "validation.phone": Documented(4000041, ERROR, "Enter a valid phone number", {"value": "{value}"}),
    "mfa.no_device": Documented(4000042, ERROR, "You have no DeviceAuthn device set up."),
    "mfa.security_key_wrong": Documented(4000043, ERROR, "The provided web authn login is invalid, please try again."),
    "mfa.device_wrong": Documented(4000044, ERROR, "The provided DeviceAuthn signature is invalid."),
    "mfa.device_attestation_ended": Documented(
        4000045,
        ERROR,
        "This DeviceAuthn key can no longer be used because relaxed attestation is expired or "
        "disabled. Please enroll your device again.",
    ),
    "mfa.device_outdated": Documented(
        4000046,
        ERROR,
        "This DeviceAuthn key was enrolled before user verification was introduced and can no longer "
        "be used. Please enroll your device again.",
    ),
    "login.flow_expired": Documented(
        4010001,
        ERROR,
        "The login flow expired 1.00 minutes ago, please try again.",
        {"expired_at": "2020-01-01T00:59:59.000Z", "expired_at_unix": 1577840399},
    ),
    "login.no_strategy": Documented(
        4010002, ERROR, "Could not find a strategy to log you in with. Did you fill out the form correctly?"
    ),
    "registration.no_strategy": Documented(
        4010003, ERROR, "Could not find a strategy to sign you up with. Did you fill out the form correctly?"
    ),
    "settings.no_strategy": Documented(
        4010004, ERROR, "Could not find a strategy to update your settings. Did you fill out the form correctly?"
    ),
    "recovery.no_strategy": Documented(
        4010005, ERROR, "Could not find a strategy to recover your account with. Did you fill out the form correctly?"
    ),
    "verification.no_strategy": Documented(
        4010006, ERROR, "Could not find a strategy to verify your account with. Did you fill out the form correctly?"
    ),
    "login.already_completed": Documented(
        4010007, ERROR, "The request was already completed successfully and can not be retried."
    ),
    "login.code_invalid_or_used": Documented(
        4010008, ERROR, "The login code is invalid or has already been used. Please try again."
    ),
    "login.linked_credentials_differ": Documented(4010009, ERROR, "Linked credentials do not match."),
    "login.address_unknown": Documented(
        4010010, ERROR, "The address you entered does not match any known addresses in the current account."
    ),
    "login.identity_disabled": Documented(
        4010011, ERROR, "This account has been disabled. Please contact support for assistance."
    ),
    "registration.flow_expired": Documented(
        4040001,
        ERROR,
        "The registration flow expired 1.00 minutes ago, please try again.",
        {"expired_at": "2020-01-01T00:59:59.000Z", "expired_at_unix": 1577840399},
    ),
    "registration.already_completed": Documented(
        4040002, ERROR, "The request was already completed successfully and can not be retried."
    ),
    "registration.code_invalid_or_used": Documented(
        4040003, ERROR, "The registration code is invalid or has already been used. Please try again."
    ),
    "settings.flow_expired": Documented(
        4050001,
        ERROR,
        "The settings flow expired 1.00 minutes ago, please try again.",
        {"expired_at": "2020-01-01T00:59:59.000Z", "expired_at_unix": 1577840399},
    ),
    "settings.too_many_address_changes": Documented(
        4050002, ERROR, "You can only change one address at a time. Please update each address separately."
    ),
    "recovery.already_completed": Documented(
        4060001, ERROR, "The request was already completed successfully and can not be retried."
    ),
    "recovery.must_be_retried": Documented(
        4060002, ERROR, "The recovery flow reached a failure state and must be retried."
    ),
    "recovery.token_invalid_or_used": Documented(
        4060004, ERROR, "The recovery token is invalid or has already been used. Please retry the flow."
    ),
    "recovery.flow_expired": Documented(
        4060005,
        ERROR,
        "The recovery flow expired 1.00 minutes ago, please try again.",
        {"expired_at": "2020-01-01T00:59:59.000Z", "expired_at_unix": 1577840399},
    ),
    "recovery.code_invalid_or_used": Documented(
        4060006, ERROR, "The recovery code is invalid or has already been used. Please try again."
    ),
    "verification.token_invalid_or_used": Documented(
        4070001, ERROR, "The verification token is invalid or has already been used. Please retry the flow."
    ),
    "verification.already_completed": Documented(
        4070002, ERROR, "The request was already completed successfully and can not be retried."
    ),
    "verification.must_be_retried": Documented(
        4070003, ERROR, "The verification flow reached a failure state and must be retried."
    ),
    "verification.flow_expired": Documented(
        4070005,
        ERROR,
        "The verification flow expired 1.00 minutes ago, please try again.",
        {"expired_at": "2020-01-01T00:59:59.000Z", "expired_at_unix": 1577840399},
    ),
    "verification.code_invalid_or_used": Documented(
        4070006, ERROR, "The verification code is invalid or has already been used. Please try again."
    ),
    "system.generic": Documented(5000001, ERROR, "{reason}", {"reason": "{reason}"}),
    "system.no_methods": Documented(
        5000002, ERROR, "No authentication methods are available. Please contact the system administrator."
    ),
    "system.no_organization_providers": Documented(
        5000003,
        ERROR,
        "Your organization requires SSO authentication, but no SSO provider is configured. Please "
        "contact the system administrator.",
    ),
}
