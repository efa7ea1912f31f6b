"""Mixpanel's words for an event: events to import, and changes of people's and groups' profiles. Pure."""

from typing import Any

from headwater.core.outcomes import Rejected
from headwater.deliver import commerce, lookup, moments
from headwater.deliver.destination import Payload, Settings

NO_LOOKUP = "0"  # as an event's IP: where our server stands says nothing about the person
CONTEXT = {
    "$app_version_string": "context.app.version",
    "$app_build_number": "context.app.build",
    "$os": "context.os.name",
    "$os_version": "context.os.version",
    "$model": "context.device.model",
    "$manufacturer": "context.device.manufacturer",
    "$carrier": "context.network.carrier",
    "$screen_width": "context.screen.width",
    "$screen_height": "context.screen.height",
    "$current_url": "context.page.url",
    "$referrer": "context.page.referrer",
    "mp_lib": "context.library.name",
    "$lib_version": "context.library.version",
    "utm_source": "context.campaign.source",
    "utm_medium": "context.campaign.medium",
    "utm_campaign": "context.campaign.name",
    "utm_term": "context.campaign.term",
    "utm_content": "context.campaign.content",
}
TRAITS = {
    "email": "$email",
    "name": "$name",
    "firstName": "$first_name",
    "first_name": "$first_name",
    "lastName": "$last_name",
    "last_name": "$last_name",
    "phone": "$phone",
    "avatar": "$avatar",
    "createdAt": "$created",
    "created_at": "$created",
}


def payloads(event: dict[str, Any], settings: Settings) -> list[Payload] | Rejected:
    """Return Mixpanel's events and changes of profiles for an event."""
    match event["type"]:
        case "identify":
            return [*_links(event, settings), _profile(event, settings, {"$set": _traits(event)})]
        case "group":
            return _membership(event, settings)
        case "alias":
            return _alias(event, settings)
        case _:
            return _events(event, settings)


def _events(event: dict[str, Any], settings: Settings) -> list[Payload]:
    properties = lookup.mapping(event, "properties")
    sold = commerce.purchases(event) if settings["product_events"] else []
    return [
        _event(_name(event), event, settings, properties),
        *[_event(commerce.PRODUCT_PURCHASED, event, settings, product) for product in sold],
    ]


def _name(event: dict[str, Any]) -> str | None:
    if event["type"] == "track":
        return lookup.text(event, "event")
    return f"Viewed {lookup.text(event, 'name', 'properties.name') or event['type'].capitalize()}"


def _event(name: str | None, event: dict[str, Any], settings: Settings, properties: dict[str, Any]) -> Payload:
    page = lookup.without_blanks({"$current_url": properties.get("url"), "$referrer": properties.get("referrer")})
    found = {
        **properties,
        **lookup.picked(event, CONTEXT),
        **page,
        "time": moments.milliseconds(lookup.first(event, "timestamp", "originalTimestamp", "receivedAt")),
        "distinct_id": _distinct_id(event, settings),
        "$user_id": lookup.text(event, "userId"),
        "$device_id": lookup.text(event, "anonymousId"),
        "ip": lookup.text(event, "context.ip") or NO_LOOKUP,
    }
    return {"event": name, "properties": lookup.without_blanks(found)}


def _distinct_id(event: dict[str, Any], settings: Settings) -> str | None:
    user, device = lookup.text(event, "userId"), lookup.text(event, "anonymousId")
    if user or not device:
        return user
    return f"$device:{device}" if settings["id_merge"] == "simplified" else device


def _links(event: dict[str, Any], settings: Settings) -> list[Payload]:
    """Return what tells Mixpanel that a device is a user's, where both are known: an event that carries both."""
    user, device = lookup.text(event, "userId"), lookup.text(event, "anonymousId")
    if not user or not device:
        return []
    link = _event("$identify", event, settings, {})
    if settings["id_merge"] == "original":
        link["properties"] |= {"$identified_id": user, "$anon_id": device}
    return [link]


def _alias(event: dict[str, Any], settings: Settings) -> list[Payload] | Rejected:
    user, previous = lookup.text(event, "userId"), lookup.text(event, "previousId")
    if not user or not previous:
        return Rejected("message_rejected: an alias needs previousId and userId.")
    if settings["id_merge"] == "simplified":
        return _links({**event, "anonymousId": previous}, settings)
    alias = _event("$create_alias", event, settings, {})
    alias["properties"] |= {"distinct_id": previous, "alias": user}
    return [alias]


def _membership(event: dict[str, Any], settings: Settings) -> list[Payload] | Rejected:
    key, group = settings["group_key"], lookup.text(event, "groupId")
    if not group:
        return Rejected("message_rejected: a group call needs a groupId.")
    traits = lookup.mapping(event, "traits")
    described = [{"action": "update_group", "$group_key": key, "$group_id": group, "$set": traits}] if traits else []
    return [*described, _profile(event, settings, {"$union": {key: [group]}})]


def _profile(event: dict[str, Any], settings: Settings, change: dict[str, Any]) -> Payload:
    who = {"$distinct_id": _distinct_id(event, settings), "$ip": lookup.text(event, "context.ip")}
    return {"action": "update_profile", **lookup.without_blanks(who), **change}


def _traits(event: dict[str, Any]) -> dict[str, Any]:
    traits = lookup.mapping(event, "traits")
    found = {TRAITS.get(name, name): value for name, value in traits.items()}
    if created := moments.moment(found.get("$created")):
        found["$created"] = created.isoformat()
    both = [str(found[name]) for name in ("$first_name", "$last_name") if name in found]
    if both:
        found.setdefault("$name", " ".join(both))
    return found
