"""Amplitude's words for an event: events of its own, `$identify` and `$groupidentify`, mappings of users. Pure."""

from typing import Any

from headwater.deliver import commerce, lookup, moments
from headwater.deliver.destination import Payload, Settings

SESSION = ("integrations.Amplitude.session_id", "integrations.Actions Amplitude.session_id")
CONTEXT = {
    "app_version": "context.app.version",
    "platform": "context.device.type",
    "os_name": "context.os.name",
    "os_version": "context.os.version",
    "device_brand": "context.device.brand",
    "device_manufacturer": "context.device.manufacturer",
    "device_model": "context.device.model",
    "carrier": "context.network.carrier",
    "country": "context.location.country",
    "region": "context.location.region",
    "city": "context.location.city",
    "location_lat": "context.location.latitude",
    "location_lng": "context.location.longitude",
    "language": "context.locale",
    "ip": "context.ip",
    "idfv": "context.device.idfv",
}
CAMPAIGN = {"utm_source": "source", "utm_medium": "medium", "utm_campaign": "name", "utm_term": "term"}
CAMPAIGN |= {"utm_content": "content"}


def payloads(event: dict[str, Any], settings: Settings) -> list[Payload]:
    """Return Amplitude's events for an event; for an alias, the mapping of a user to their global id."""
    match event["type"]:
        case "alias":
            mapping = {"user_id": lookup.text(event, "previousId"), "global_user_id": lookup.text(event, "userId")}
            return [{"action": "map_user", **lookup.without_blanks(mapping)}]
        case "identify":
            return [_about_user(event, {"$set": {**lookup.mapping(event, "traits"), **_campaign(event)}})]
        case "group":
            groups = lookup.without_blanks({settings["group_type"]: lookup.text(event, "groupId")})
            traits = lookup.mapping(event, "traits")
            group = {"event_type": "$groupidentify", "groups": groups, "group_properties": traits and {"$set": traits}}
            return [
                lookup.without_blanks({"event_type": "$identify", "groups": groups, **_base(event)}),
                lookup.without_blanks({**_who(event), **group}),
            ]
        case _:
            return _events(event, settings)


def _events(event: dict[str, Any], settings: Settings) -> list[Payload]:
    properties = lookup.mapping(event, "properties")
    main: Payload = {"event_type": _name(event), "event_properties": properties, "user_properties": _campaign(event)}
    sold = commerce.purchases(event) if settings["revenue_per_product"] else []
    earned = None if sold else commerce.revenue(properties)
    if earned is not None:  # never beside price and quantity: Amplitude would take their product instead
        main |= {"revenue": earned, "productId": lookup.text(properties, "product_id", "sku")}
    return [lookup.without_blanks(_base(event) | main), *[_product(event, product) for product in sold]]


def _product(event: dict[str, Any], product: dict[str, Any]) -> Payload:
    """Return the sale of one product: price and quantity, from which Amplitude computes the revenue."""
    price, quantity = lookup.number(product.get("price")), lookup.number(product.get("quantity"))
    sale = {
        "event_type": commerce.PRODUCT_PURCHASED,
        "event_properties": product,
        "price": price,
        "quantity": quantity if isinstance(quantity, int) and price is not None else None,
        "productId": None if price is None else lookup.text(product, "product_id", "sku"),
    }
    return lookup.without_blanks(_base(event) | sale)


def _about_user(event: dict[str, Any], properties: dict[str, Any]) -> Payload:
    return lookup.without_blanks({"event_type": "$identify", "user_properties": properties, **_base(event)})


def _name(event: dict[str, Any]) -> str | None:
    if event["type"] == "track":
        return lookup.text(event, "event")
    return f"Viewed {lookup.text(event, 'name', 'properties.name') or event['type'].capitalize()}"


def _who(event: dict[str, Any]) -> Payload:
    return {
        "user_id": lookup.text(event, "userId"),
        "device_id": lookup.text(event, "context.device.id", "anonymousId"),
        "time": moments.milliseconds(lookup.first(event, "timestamp", "originalTimestamp", "receivedAt")),
    }


def _base(event: dict[str, Any]) -> Payload:
    advertising = lookup.text(event, "context.device.advertisingId")
    is_apple = str(lookup.at(event, "context.device.type")).lower() == "ios"
    session = moments.milliseconds(lookup.first(event, *SESSION))
    return {
        **_who(event),
        **lookup.picked(event, CONTEXT),
        "idfa" if is_apple else "adid": advertising,
        "session_id": session if session is not None else -1,
    }


def _campaign(event: dict[str, Any]) -> dict[str, Any]:
    return lookup.picked(event, {name: f"context.campaign.{key}" for name, key in CAMPAIGN.items()})
