"""What inputs and buttons are called (1070xxx)."""

from headwater.identity.messages.text import UiText, info


def password() -> UiText:
    return info(1070001, "Password")


def trait(title: str, *, name: str) -> UiText:
    return info(1070002, title, title=title, name=name)


def save() -> UiText:
    return info(1070003, "Save")


def identifier() -> UiText:
    return info(1070004, "ID")


def submit() -> UiText:
    return info(1070005, "Submit")


def verify_code() -> UiText:
    return info(1070006, "Verify code")


def email() -> UiText:
    return info(1070007, "Email")


def resend_code() -> UiText:
    return info(1070008, "Resend code")


def continue_() -> UiText:
    return info(1070009, "Continue")


def recovery_code() -> UiText:
    return info(1070010, "Recovery code")


def verification_code() -> UiText:
    return info(1070011, "Verification code")


def registration_code() -> UiText:
    return info(1070012, "Registration code")


def login_code() -> UiText:
    return info(1070013, "Login code")


def sign_in_and_link() -> UiText:
    return info(1070014, "Login and link credential")


def captcha() -> UiText:
    return info(1070015, "Please complete the captcha challenge to continue.")


def recovery_address() -> UiText:
    return info(1070016, "Recovery address")


def phone_number() -> UiText:
    return info(1070017, "Phone number")


def email_or_phone() -> UiText:
    return info(1070018, "Email or phone number")
