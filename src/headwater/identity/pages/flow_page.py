"""A flow's page: heading, what is wrong, what went well, forms, ways out; and where the focus goes."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from headwater.identity.pages import control, controls, forms, links, words
from headwater.identity.pages.control import Control
from headwater.identity.pages.form import Form
from headwater.identity.pages.inputs import ONE_TIME_CODE
from headwater.identity.pages.links import Link

SETTINGS = "settings"
METHODS = {"GET": "get", "POST": "post"}
STATUS_ID = "status"
SUCCESS = "success"
# Where a flow remembers whom it is about, once a person has said so: in a hidden field, or in the button that resends.
ACCOUNT_NAMES = (forms.IDENTIFIER, "traits.email", "traits.username", "traits.phone", "email", "recovery_address")


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One line of the summary of what is wrong. `field_id` is empty when it is about no field that one can see."""

    text: str
    label: str = ""
    field_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """What went well, or what to do next."""

    text: str
    is_success: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowPage:
    """What the template of flows prints.

    `account` is whose flow this is, once that is known; it `is_account_asked` when a field on the page says it.
    """

    heading: str
    is_settings: bool
    action: str
    method: str
    account: str
    is_account_asked: bool
    statuses: tuple[Status, ...]
    problems: tuple[Problem, ...]
    is_summary_focused: bool
    forms: tuple[Form, ...]
    leading: Form | None
    scripts: tuple[Control, ...]
    links: tuple[Link, ...]

    @property
    def title(self) -> str:
        """Say what is wrong before anything else: the title is what a screen reader reads first."""
        return f"Error: {self.heading}" if self.problems else self.heading

    def is_unnamed(self, form: Form) -> bool:
        """Tell whether this form asks for a password without a field that says whose: password managers look for it."""
        return form.has_password and bool(self.account) and (self.is_settings or not self.is_account_asked)

    def is_primary(self, form: Form) -> bool:
        """Tell whether this form's first button is the one to notice."""
        # Providers are a choice among equals, whatever the page.
        return form is self.leading or (self.is_settings and form.group not in forms.PROVIDERS)


def of(
    flow: Mapping[str, Any],
    *,
    kind: str,
    action: str,
    kinds: Collection[str],
    public_url: str,
    logout_url: str | None = None,
) -> FlowPage:
    """Return the page of a flow in Ory's JSON. `action` is where its form goes, checked."""
    ui = flow["ui"]
    shown = controls.of(ui.get("nodes") or ())
    messages = ui.get("messages") or ()
    problems = _problems(messages, shown)
    statuses = _statuses(messages)
    focused = _focused(shown, is_settings=kind == SETTINGS, problems=problems)
    shown = tuple(_with_focus(item, statuses) if item is focused else item for item in shown)
    arranged = forms.arrange([item for item in shown if item.kind != control.SCRIPT], is_settings=kind == SETTINGS)
    asks_for_code = any(item.attributes.get("autocomplete") == ONE_TIME_CODE for item in shown)
    return FlowPage(
        heading=words.heading(flow, kind=kind, asks_for_code=asks_for_code),
        is_settings=kind == SETTINGS,
        action=action,
        method=METHODS.get(str(ui.get("method")).upper(), "post"),
        account=_account(flow, shown),
        is_account_asked=_is_account_asked(shown),
        statuses=statuses,
        problems=problems,
        is_summary_focused=bool(problems) and focused is None,
        forms=arranged,
        leading=_leading(arranged),
        scripts=tuple(item for item in shown if item.kind == control.SCRIPT),
        links=links.of_flow(flow, kind=kind, kinds=kinds, public_url=public_url, logout_url=logout_url),
    )


def _problems(messages: Sequence[Mapping[str, Any]], shown: Sequence[Control]) -> tuple[Problem, ...]:
    general = [Problem(text=control.text_of(item)) for item in messages if item.get("type") == control.ERROR]
    return (*general, *(_problem(item, text) for item in shown for text in item.errors))


def _problem(item: Control, text: str) -> Problem:
    is_visible = item.kind in control.ASKING
    return Problem(text=text, label=item.label if is_visible else "", field_id=item.id if is_visible else "")


def _statuses(messages: Sequence[Mapping[str, Any]]) -> tuple[Status, ...]:
    told = [item for item in messages if item.get("type") != control.ERROR]
    return tuple(Status(text=control.text_of(item), is_success=item.get("type") == SUCCESS) for item in told)


def _focused(shown: Sequence[Control], *, is_settings: bool, problems: Sequence[Problem]) -> Control | None:
    """Return where to begin: the first field that is wrong, else the first empty one; None for the summary or nothing.

    Settings are read before they are changed, so nothing takes the focus there. One page has one focus.
    """
    fields = [item for item in shown if item.kind in control.ASKING and "disabled" not in item.attributes]
    wrong = [item for item in fields if item.errors]
    if wrong:
        return wrong[0]
    if problems or is_settings:
        return None
    return next((item for item in fields if not item.value), None)


def _with_focus(item: Control, statuses: Sequence[Status]) -> Control:
    """Return the control with the focus; what the page has to say is read with it, for the focus skips it."""
    attributes = {**item.attributes, **control.YES}
    if statuses:
        described = attributes.get("aria-describedby", "").split()
        attributes["aria-describedby"] = " ".join([STATUS_ID, *described])
    return replace(item, attributes=attributes)


def _leading(arranged: Sequence[Form]) -> Form | None:
    """Return the form whose button stands out: the first that asks for anything, else the first of our own."""
    sendable = [form for form in arranged if form.is_sendable]
    asking = [form for form in sendable if any(item.kind in control.ASKING for item in _shown_in(form))]
    ours = [form for form in sendable if form.group not in forms.PROVIDERS]
    return next(iter(asking or ours), None)


def _shown_in(form: Form) -> list[Control]:
    return [item for part in form.parts for item in part.controls]


def _account(flow: Mapping[str, Any], shown: Sequence[Control]) -> str:
    """Return whose code or password is asked for, as far as the flow says so."""
    given = {item.name: item.value for item in shown if item.name in ACCOUNT_NAMES and item.value}
    remembered = next((given[name] for name in ACCOUNT_NAMES if name in given), "")
    return name_of(flow.get("identity") or {}) or remembered


def _is_account_asked(shown: Sequence[Control]) -> bool:
    return any(item.kind in control.ASKING and item.name in ACCOUNT_NAMES for item in shown)


def name_of(identity: Mapping[str, Any]) -> str:
    """Return what a person knows their account by: an address or a name among its traits."""
    traits = identity.get("traits") or {}
    addresses = identity.get("verifiable_addresses") or identity.get("recovery_addresses") or ()
    named = [traits.get(key) for key in ("email", "username", "phone")] if isinstance(traits, Mapping) else []
    known = [*named, *(address.get("value") for address in addresses)]
    return next((item for item in known if isinstance(item, str) and item), "")
