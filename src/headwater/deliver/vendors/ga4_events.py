"""Google Analytics 4's words for an event: its recommended events and their items, and whose they are. Pure."""

import re
from collections.abc import Mapping
from typing import Any

from headwater.core.outcomes import Rejected
from headwater.deliver import commerce, lookup, moments
from headwater.deliver.destination import Payload, Settings
from headwater.deliver.vendors import ga4_parameters

TITLES = ("Google Analytics 4", "Google Analytics 4 Cloud")
APP_INSTANCE = re.compile(r"[0-9A-Fa-f]{32}")
ENGAGEMENT_MS = 1  # without it nobody was active in Analytics' reports
EVENTS = {
    "Cart Shared": "share",
    "Cart Viewed": "view_cart",
    "Checkout Started": "begin_checkout",
    "Order Completed": "purchase",
    "Order Refunded": "refund",
    "Payment Info Entered": "add_payment_info",
    "Product Added": "add_to_cart",
    "Product Added to Wishlist": "add_to_wishlist",
    "Product Clicked": "select_item",
    "Product List Viewed": "view_item_list",
    "Product Removed": "remove_from_cart",
    "Product Shared": "share",
    "Product Viewed": "view_item",
    "Products Searched": "search",
    "Promotion Clicked": "select_promotion",
    "Promotion Viewed": "view_promotion",
    "Signed In": "login",
    "Signed Up": "sign_up",
}
OF_ONE_PRODUCT = frozenset({"add_to_cart", "add_to_wishlist", "remove_from_cart", "select_item", "view_item"})
PROMOTIONS = frozenset({"select_promotion", "view_promotion"})
OF_PRODUCTS = OF_ONE_PRODUCT | {"add_payment_info", "begin_checkout", "purchase", "refund", "view_cart"}
OF_PRODUCTS |= {"view_item_list"}
PARAMETERS = {
    "order_id": "transaction_id",
    "orderId": "transaction_id",
    "query": "search_term",
    "list_id": "item_list_id",
    "list": "item_list_name",
    "payment_method": "payment_type",
    "shipping_method": "shipping_tier",
}
PROMOTION_PARAMETERS = {"name": "promotion_name", "creative": "creative_name", "position": "creative_slot"}
ITEM = {
    "product_id": "item_id",
    "sku": "item_id",
    "name": "item_name",
    "brand": "item_brand",
    "category": "item_category",
    "variant": "item_variant",
    "price": "price",
    "quantity": "quantity",
    "coupon": "coupon",
    "affiliation": "affiliation",
    "discount": "discount",
    "position": "index",
}
ITEM_NUMBERS = frozenset({"price", "quantity", "discount", "index"})
PAGE = {"page_location": "url", "page_referrer": "referrer", "page_title": "title"}


def payloads(event: dict[str, Any], settings: Settings) -> list[Payload] | Rejected:
    """Return the one event of Analytics' for an event, with whose it is."""
    name, params = _named(event)
    found = {
        **_who(event, settings),
        "timestamp_micros": moments.microseconds(lookup.first(event, "timestamp", "originalTimestamp", "receivedAt")),
        "consent": lookup.without_blanks({key: settings.get(key) for key in ("ad_user_data", "ad_personalization")}),
        "ip_override": lookup.text(event, "context.ip") if settings["send_ip"] else None,
        "name": name,
        "params": _with_currency(params, settings) | _session(event),
    }
    if event["type"] == "identify":
        found["user_properties"] = ga4_parameters.user_properties(lookup.mapping(event, "traits"))
    return [lookup.without_blanks(found)]


def is_app(settings: Settings) -> bool:
    """Tell whether the stream is an app's: then people are known by what Firebase calls their installation."""
    return ":" in settings["stream_id"]


def _who(event: dict[str, Any], settings: Settings) -> Payload:
    user = lookup.text(event, "userId")
    if is_app(settings):
        device = lookup.text(event, "context.device.id") or ""
        own = device if APP_INSTANCE.fullmatch(device) else None
        return {"app_instance_id": _option(event, "appInstanceId") or own, "user_id": user}
    client = _option(event, "clientId") or lookup.text(event, "anonymousId") or user
    return {"client_id": client, "user_id": user}


def _option(event: dict[str, Any], name: str) -> str | None:
    """Return what the sender says in the integrations object."""
    return lookup.text(event, *[f"integrations.{title}.{name}" for title in TITLES])


def _session(event: dict[str, Any]) -> dict[str, Any]:
    session = _option(event, "sessionId") or lookup.text(event, "properties.session_id", "context.sessionId")
    engaged = lookup.number(lookup.at(event, "properties.engagement_time_msec"))
    found = {"session_id": session, "engagement_time_msec": ENGAGEMENT_MS if engaged is None else engaged}
    return lookup.without_blanks(found)


def _named(event: dict[str, Any]) -> tuple[str | None, dict[str, Any]]:
    """Return an event's name in Analytics, and its parameters."""
    page = lookup.picked(lookup.mapping(event, "context.page"), PAGE)
    properties = lookup.mapping(event, "properties")
    match event["type"]:
        case "page":
            rest = {key: value for key, value in properties.items() if key not in PAGE.values()}
            return "page_view", ga4_parameters.parameters({**page, **lookup.picked(properties, PAGE), **rest})
        case "screen":
            screen = {"screen_name": lookup.text(event, "name", "properties.name")}
            return "screen_view", ga4_parameters.parameters({**properties, **screen})
        case "identify":
            return "identify", ga4_parameters.parameters(page)
        case "group":
            return "join_group", ga4_parameters.parameters({**page, "group_id": lookup.text(event, "groupId")})
        case _:
            called = lookup.text(event, "event") or ""
            name = EVENTS.get(called)
            if name is None:
                return ga4_parameters.snake(called), ga4_parameters.parameters({**page, **properties})
            return name, _recommended(name, {**page, **properties})


def _recommended(name: str, properties: dict[str, Any]) -> dict[str, Any]:
    """Return the parameters of one of Analytics' recommended events."""
    if name in OF_ONE_PRODUCT and "products" not in properties:
        items = [item(properties)]
        properties = {key: value for key, value in properties.items() if key not in ITEM or key == "coupon"}
    else:
        items = [item(product) for product in commerce.products(properties)]
    names = PARAMETERS | (PROMOTION_PARAMETERS if name in PROMOTIONS else {})
    rest = {names.get(key, key): value for key, value in properties.items() if key not in ("products", "revenue")}
    found = ga4_parameters.parameters(rest)
    value = commerce.revenue(properties)
    for key in () if value is not None else ("value", "total"):
        value = lookup.number(properties.get(key)) if value is None else value
    if value is None and name in OF_ONE_PRODUCT:
        value = sum(one.get("price", 0) * one.get("quantity", 1) for one in items) or None
    if name in OF_PRODUCTS:
        found.pop("total", None)
    return lookup.without_blanks({**found, "value": value, "items": items if name in OF_PRODUCTS else None})


def item(product: Mapping[str, Any]) -> dict[str, Any]:
    """Return a product as Analytics knows items."""
    found: dict[str, Any] = {}
    for key, name in ITEM.items():
        value = product.get(key)
        value = lookup.number(value) if name in ITEM_NUMBERS else lookup.text(product, key)
        if value is not None:
            found.setdefault(name, value if name in ITEM_NUMBERS else str(value)[: ga4_parameters.MAX_VALUE_CHARS])
    return found


def _with_currency(params: dict[str, Any], settings: Settings) -> dict[str, Any]:
    default = settings.get("currency")
    return {"currency": default, **params} if "value" in params and default else params
