"""Which controls share an HTML form.

Without a script a browser decides three things by the form alone: which empty required fields stop a button, which
button the Enter key presses, and what is sent along. So each method gets a form of its own, with the anti-CSRF token
and whatever else is hidden and shared; only methods that need the same visible field (an identifier, traits) share
one form. There, the method that asks for something more comes first, because Enter presses the first button, and the
buttons of the others don't validate.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from headwater.identity.pages import control
from headwater.identity.pages.control import Control
from headwater.identity.pages.form import Button, Form, Part

DEFAULT = "default"
CAPTCHA = "captcha"
PROFILE = "profile"
IDENTIFIER_FIRST = "identifier_first"
SHARED = frozenset({DEFAULT, CAPTCHA})
# They ask for nothing on this page: their form is a button that leads elsewhere.
PROVIDERS = frozenset({"oidc", "saml"})
METHOD = "method"
IDENTIFIER = "identifier"


def arrange(controls: Sequence[Control], *, is_settings: bool) -> tuple[Form, ...]:
    """Return the forms of a page, in the order of the flow's groups."""
    controls = _once(controls)
    controls = _into_profile(controls) if is_settings else _into_common(controls)
    groups = _grouped(item for item in controls if item.group not in SHARED)
    carried = tuple(item for item in controls if _is_carried(item))
    asked = tuple(item for item in controls if item.group in SHARED and item.kind != control.HIDDEN)
    common = _sharing(groups) if asked else ()
    forms = [_common_form(asked, [groups[name] for name in common], carried)] if asked else []
    places = [min((list(groups).index(name) for name in common), default=0)] if asked else []
    for index, (name, items) in enumerate(groups.items()):
        if name not in common:
            own = _own_forms(items, carried)
            forms += own
            places += [index] * len(own)
    return tuple(form for _, form in sorted(zip(places, forms, strict=True), key=lambda pair: pair[0]))


def _once(controls: Iterable[Control]) -> list[Control]:
    """Kratos may list a button twice, once per refused submit; one is enough."""
    kept: dict[tuple[str, ...], Control] = {}
    for item in controls:
        key = (item.group, item.name, item.value) if _is_pressed(item) else (item.id,)
        kept.setdefault(key, item)
    return list(kept.values())


def _into_profile(controls: Sequence[Control]) -> list[Control]:
    """In settings nothing visible is shared by methods: what has no group belongs to the profile."""
    return [
        replace(item, group=PROFILE) if item.group in SHARED and item.kind != control.HIDDEN else item
        for item in controls
    ]


def _into_common(controls: Sequence[Control]) -> list[Control]:
    """Make common what other methods need: the identifier, and fields whose own group has no button to send them."""
    sent = {item.group for item in controls if _is_pressed(item)} - {IDENTIFIER_FIRST}
    return [
        replace(item, group=DEFAULT) if item.kind in control.ASKING and item.group not in sent else item
        for item in controls
    ]


def _grouped(controls: Iterable[Control]) -> dict[str, list[Control]]:
    groups: dict[str, list[Control]] = {}
    for item in controls:
        groups.setdefault(item.group, []).append(item)
    return groups


def _is_carried(item: Control) -> bool:
    """Hidden fields that every method needs: the anti-CSRF token, and an identifier given one step earlier."""
    return item.kind == control.HIDDEN and (item.group in SHARED or item.group == IDENTIFIER_FIRST)


def _sharing(groups: dict[str, list[Control]]) -> tuple[str, ...]:
    """Return the methods that share the visible fields, the one that Enter means first."""
    able = [name for name, items in groups.items() if name not in PROVIDERS and not _says_its_method(items)]
    able = [name for name in able if any(_is_pressed(item) for item in groups[name])] or list(groups)[:1]
    able.sort(key=lambda name: not any(item.kind in control.ASKING for item in groups[name]))
    return tuple(able)


def _says_its_method(items: Iterable[Control]) -> bool:
    """A hidden `method` would be sent with every button of the form."""
    return any(item.kind == control.HIDDEN and item.name == METHOD for item in items)


def _common_form(asked: tuple[Control, ...], methods: list[list[Control]], carried: tuple[Control, ...]) -> Form:
    strict = _strict_button([item for item in methods[0] if _is_pressed(item)]) if methods else None
    shared = Part(
        group=DEFAULT,
        controls=tuple(item for item in asked if not _is_pressed(item)),
        buttons=_buttons([item for item in asked if _is_pressed(item)], strict=None),
    )
    parts = [_part(items, strict=strict) for items in methods]
    hidden = tuple(item for items in methods for item in items if item.kind == control.HIDDEN and item not in carried)
    return Form(hidden=carried + hidden, parts=(shared, *parts))


def _own_forms(items: list[Control], carried: tuple[Control, ...]) -> list[Form]:
    """Return a method's own form; two if Enter in one of its fields would press what it must not.

    A list of keys with a button each to remove them, and a field to name a new one: Enter must remove none.
    """
    visible = [item for item in items if item not in carried]
    submits = [item for item in visible if item.kind == control.SUBMIT]
    has_fields = any(item.kind in control.ASKING for item in visible)
    if not visible:
        return []
    if has_fields and submits and not any(item.name == METHOD for item in submits):
        return [_own_form(submits, carried), _own_form([item for item in visible if item not in submits], carried)]
    return [_own_form(visible, carried)]


def _own_form(items: list[Control], carried: tuple[Control, ...]) -> Form:
    hidden = tuple(item for item in items if item.kind == control.HIDDEN)
    strict = _strict_button([item for item in items if _is_pressed(item)])
    return Form(hidden=carried + hidden, parts=(_part(items, strict=strict),))


def _part(items: list[Control], *, strict: Control | None) -> Part:
    shown = tuple(item for item in items if item.kind != control.HIDDEN and not _is_pressed(item))
    return Part(
        group=items[0].group,
        controls=shown,
        buttons=_buttons([item for item in items if _is_pressed(item)], strict=strict),
    )


def _buttons(items: list[Control], *, strict: Control | None) -> tuple[Button, ...]:
    """Return the buttons, first the one that finishes the method: Ory's order may begin with `Resend code`."""
    ordered = sorted(items, key=lambda item: item is not strict)
    return tuple(Button(control=item, is_lenient=item is not strict) for item in ordered)


def _strict_button(items: list[Control]) -> Control | None:
    """Return the one button whose press needs every field filled in."""
    finishing = [item for item in items if item.name == METHOD] or items
    return finishing[0] if finishing else None


def _is_pressed(item: Control) -> bool:
    return item.kind in control.PRESSED
