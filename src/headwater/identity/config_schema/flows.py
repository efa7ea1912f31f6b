"""`selfservice`: the flows, where they are shown, how long they live, and the hooks around them. Pure."""

from headwater.actions.known_hooks import CLOSED_EDITION_METHODS, METHODS
from headwater.identity.config.flows_config import (
    CODE,
    HIGHEST_AVAILABLE,
    IDENTIFIER_FIRST,
    LINK,
    PROFILE_FIRST,
    REQUIRED_AALS,
    UNIFIED,
)
from headwater.identity.config_schema import methods
from headwater.identity.config_schema.nodes import Node, choice, duration, flag, idle, members, ours, same, text, texts

PAGE = "https://app.example.org/page"
COOKIES_ONLY = "signing out removes Headwater's own cookies"


def section() -> Node:
    """Return `selfservice`."""
    known = {
        "default_browser_return_url": _return_url(),
        "allowed_return_urls": texts("Where else a client may ask to be led.", default=[], sample=PAGE),
        "flows": members("The flows.", {**_flows(), "logout": _logout(), "error": _error()}),
        "methods": methods.section(),
    }
    return members("What people do by themselves: sign up, sign in, change what is theirs.", known)


def required_aal(about: str) -> Node:
    return choice(about, REQUIRED_AALS, what="authenticator assurance level", default=HIGHEST_AVAILABLE)


def _return_url() -> Node:
    return text("Where browsers go afterwards, unless they asked for another place.", sample=PAGE)


def _flows() -> dict[str, Node]:
    own = {
        "login": {
            "enabled": ours(flag("Whether people can sign in.", default=True)),
            "style": _style(UNIFIED, IDENTIFIER_FIRST, default=UNIFIED),
        },
        "registration": {
            "enabled": flag("Whether people can sign up.", default=True),
            "style": _style(UNIFIED, PROFILE_FIRST, default=PROFILE_FIRST),
            "enable_legacy_one_step": flag("The older way to say style unified.", default=False),
            "login_hints": flag("Whether whoever has an account is told how they sign in to it.", default=False),
        },
        "settings": {
            "enabled": ours(flag("Whether people can change what is theirs.", default=True)),
            "privileged_session_max_age": duration("How fresh a login must be to change credentials.", default="1h"),
            "required_aal": required_aal("How strong a session must be to see the settings."),
        },
        "recovery": _by_letter("get an account back"),
        "verification": _by_letter("prove an address"),
    }
    return {name: _flow(name, keys) for name, keys in own.items()}


def _style(*allowed: str, default: str) -> Node:
    return choice("Whether it asks for everything at once.", allowed, what="style", default=default)


def _by_letter(purpose: str) -> dict[str, Node]:
    return {
        "enabled": flag(f"Whether people can {purpose}.", default=False),
        "use": choice("What is sent to them.", (CODE, LINK), what="method", default=CODE),
        "notify_unknown_recipients": flag("Whether strangers who are named there get a letter, too.", default=False),
    }


def _flow(name: str, own: dict[str, Node]) -> Node:
    hooks = same("hooks")
    members_of_way = {"default_browser_return_url": _return_url(), "hooks": hooks}
    ways = dict.fromkeys(METHODS[name], members("After this method.", members_of_way)) | dict.fromkeys(
        CLOSED_EDITION_METHODS, members("After a method that isn't offered yet.", members_of_way)
    )
    after = {"default_browser_return_url": _return_url(), "hooks": hooks, **ways}
    shared = {
        "ui_url": text("The page that shows it; ours, unless there is another.", sample=PAGE),
        "lifespan": duration("How long one may take.", default="1h"),
        "before": members("Before it begins.", {"hooks": hooks}),
        "after": members("When it has ended.", after),
    }
    return members(f"The flow {name}.", {**own, **shared})


def _logout() -> Node:
    after = members("When it has ended.", {"default_browser_return_url": _return_url()})
    cleared = idle(flag("Whether the browser is told to forget the whole site.", default=False), COOKIES_ONLY)
    return members("Signing out.", {"after": after, "clear_browser_data": cleared})


def _error() -> Node:
    return members("What can't be shown in a form.", {"ui_url": text("The page that shows it.", sample=PAGE)})
