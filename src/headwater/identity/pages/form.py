"""An HTML form as a template prints it: what is hidden, and what each of its methods asks for and offers."""

from dataclasses import dataclass

from headwater.identity.pages.control import Control

SCREEN = "screen"
DESTRUCTIVE = frozenset(
    {"unlink", "totp_unlink", "lookup_secret_disable", "webauthn_remove", "passkey_remove", "deviceauthn_remove"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Button:
    """A control that is pressed. `is_lenient`: it may be pressed while other fields are empty."""

    control: Control
    is_lenient: bool

    @property
    def is_dangerous(self) -> bool:
        """It takes something away that one may need to sign in."""
        return self.control.name in DESTRUCTIVE


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What one method adds to a form."""

    group: str
    controls: tuple[Control, ...]
    buttons: tuple[Button, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """`is_sendable`: there is something to press; else its parts are only shown."""

    hidden: tuple[Control, ...]
    parts: tuple[Part, ...]

    @property
    def group(self) -> str:
        """The method whose form this is first of all."""
        return next((part.group for part in self.parts if part.buttons), self.parts[0].group)

    @property
    def is_way_back(self) -> bool:
        """It offers no method, only an earlier step of the same flow."""
        pressed = [item.control.name for part in self.parts for item in part.buttons]
        return bool(pressed) and all(name == SCREEN for name in pressed)

    @property
    def has_password(self) -> bool:
        return any(item.attributes.get("type") == "password" for part in self.parts for item in part.controls)

    @property
    def is_sendable(self) -> bool:
        return any(part.buttons for part in self.parts)
