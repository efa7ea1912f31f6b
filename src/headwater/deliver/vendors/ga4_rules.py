"""What Google Analytics 4 documents that it doesn't take: it answers 204 to that too, so it is checked here. Pure."""

from typing import Any

from headwater.deliver import lookup
from headwater.deliver.destination import Payload
from headwater.deliver.vendors import ga4_parameters

MAX_PARAMETERS = MAX_USER_PROPERTIES = 25
MAX_ITEMS = 200
MAX_USER_ID_CHARS = 256
NEED_TRANSACTION = frozenset({"purchase", "refund"})
RESERVED_EVENTS = frozenset(
    {
        "ad_activeview",
        "ad_click",
        "ad_exposure",
        "ad_impression",
        "ad_query",
        "ad_reward",
        "adunit_exposure",
        "app_clear_data",
        "app_exception",
        "app_install",
        "app_remove",
        "app_store_refund",
        "app_update",
        "app_upgrade",
        "dynamic_link_app_open",
        "dynamic_link_app_update",
        "dynamic_link_first_open",
        "error",
        "firebase_campaign",
        "first_open",
        "first_visit",
        "in_app_purchase",
        "notification_dismiss",
        "notification_foreground",
        "notification_open",
        "notification_receive",
        "os_update",
        "session_start",
        "user_engagement",
    }
)
RESERVED_USER_PROPERTIES = frozenset(
    {"first_open_after_install", "first_open_time", "first_visit_time", "last_deep_link_referrer", "user_id"}
)


def complaint(payload: Payload, *, is_app: bool) -> str | None:
    """Return why Analytics would drop an event, or a part of it; None where it wouldn't."""
    return (
        _wrong_ids(payload, is_app=is_app)
        or _wrong_event(payload)
        or _wrong_parameters(lookup.at(payload, "params"))
        or _wrong_user_properties(lookup.at(payload, "user_properties"))
    )


def _wrong_ids(payload: Payload, *, is_app: bool) -> str | None:
    if is_app:
        if not lookup.text(payload, "app_instance_id"):
            return "an app stream needs the id that Firebase gave the installation (`app_instance_id`)."
    elif not lookup.text(payload, "client_id"):
        return "a web stream needs an anonymousId or a userId (`client_id`)."
    if len(lookup.text(payload, "user_id") or "") > MAX_USER_ID_CHARS:
        return f"Analytics takes user ids of at most {MAX_USER_ID_CHARS} characters."
    return None


def _wrong_event(payload: Payload) -> str | None:
    name = payload.get("name")
    wrong = _wrong_name(name, most=ga4_parameters.MAX_NAME_CHARS, reserved=RESERVED_EVENTS)
    if wrong is not None:
        return f"the event's name {wrong}"
    if name in NEED_TRANSACTION and not lookup.text(payload, "params.transaction_id"):
        return f"`{name}` needs an order_id (`params.transaction_id`)."
    if lookup.at(payload, "params.value") is not None and not lookup.text(payload, "params.currency"):
        return "a value needs a currency (`params.currency`): name one in the setting `currency` for events that don't."
    return None


def _wrong_name(name: Any, *, most: int, reserved: frozenset[str] = frozenset()) -> str | None:
    """Return what is wrong with a name, None where nothing is."""
    if not isinstance(name, str) or not ga4_parameters.NAME.fullmatch(name):
        return f"{str(name)[:most]!r} must be of letters, digits and `_`, a letter first."
    if len(name) > most:
        return f"{name!r} is longer than {most} characters."
    if name in reserved or name.startswith(ga4_parameters.RESERVED_PREFIXES):
        return f"{name!r} is reserved."
    return None


def _wrong_parameters(params: Any) -> str | None:
    if params is None:
        return None
    if not isinstance(params, dict):
        return "`params` must be an object."
    if len(params) > MAX_PARAMETERS:
        return f"Analytics takes {MAX_PARAMETERS} parameters; this event has {len(params)}: choose some in a mapping."
    for name, value in params.items():
        most = ga4_parameters.LONG_VALUES.get(name, ga4_parameters.MAX_VALUE_CHARS)
        wrong = _wrong_name(name, most=ga4_parameters.MAX_NAME_CHARS)
        wrong = wrong or (_wrong_items(value) if name == "items" else _wrong_value(value, most=most))
        if wrong is not None:
            return f"the parameter {name!r}: {wrong}"
    return None


def _wrong_value(value: Any, *, most: int) -> str | None:
    if not isinstance(value, str | int | float):
        return "a value must be a text or a number."
    return f"a text may have {most} characters." if isinstance(value, str) and len(value) > most else None


def _wrong_items(items: Any) -> str | None:
    if not isinstance(items, list) or len(items) > MAX_ITEMS:
        return f"it must be a list of at most {MAX_ITEMS}."
    is_known = all(lookup.text(item, "item_id", "item_name") for item in items if isinstance(item, dict))
    if not is_known or not all(isinstance(item, dict) for item in items):
        return "each needs a product_id, sku or name (`item_id`, `item_name`)."
    return None


def _wrong_user_properties(found: Any) -> str | None:
    if not isinstance(found, dict):
        return None if found is None else "`user_properties` must be an object."
    if len(found) > MAX_USER_PROPERTIES:
        return (
            f"Analytics takes {MAX_USER_PROPERTIES} user properties; here are {len(found)}: choose some in a mapping."
        )
    for name, value in found.items():
        wrong = _wrong_name(name, most=ga4_parameters.MAX_USER_NAME_CHARS, reserved=RESERVED_USER_PROPERTIES)
        wrong = wrong or _wrong_value(lookup.at(value, "value"), most=ga4_parameters.MAX_USER_VALUE_CHARS)
        if wrong is not None:
            return f"the user property {name!r}: {wrong}"
    return None
