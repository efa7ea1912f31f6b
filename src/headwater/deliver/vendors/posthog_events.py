"""PostHog's words for an event: everything is an event, some of which set people and groups or merge ids. Pure."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from headwater.core.outcomes import Rejected
from headwater.deliver import lookup, moments
from headwater.deliver.destination import Payload, Settings

LIBRARY = "headwater"
CONTEXT = {
    "$ip": "context.ip",
    "$raw_user_agent": "context.userAgent",
    "$locale": "context.locale",
    "$timezone": "context.timezone",
    "$os": "context.os.name",
    "$os_version": "context.os.version",
    "$app_name": "context.app.name",
    "$app_version": "context.app.version",
    "$app_build": "context.app.build",
    "$app_namespace": "context.app.namespace",
    "$device_id": "context.device.id",
    "$device_name": "context.device.name",
    "$device_type": "context.device.type",
    "$device_model": "context.device.model",
    "$device_manufacturer": "context.device.manufacturer",
    "$network_carrier": "context.network.carrier",
    "$screen_width": "context.screen.width",
    "$screen_height": "context.screen.height",
    "$current_url": "context.page.url",
    "$pathname": "context.page.path",
    "$referrer": "context.page.referrer",
    "title": "context.page.title",
    "utm_source": "context.campaign.source",
    "utm_medium": "context.campaign.medium",
    "utm_campaign": "context.campaign.name",
    "utm_term": "context.campaign.term",
    "utm_content": "context.campaign.content",
}
PAGE = {"$current_url": "url", "$pathname": "path", "$referrer": "referrer", "title": "title"}


def payloads(event: dict[str, Any], settings: Settings) -> list[Payload] | Rejected:
    """Return the one event of PostHog's for an event."""
    found = _MAKERS[event["type"]](event, settings)
    return found if isinstance(found, Rejected) else [found]


def _track(event: dict[str, Any], settings: Settings) -> Payload:
    return _event(lookup.text(event, "event"), event, settings, lookup.mapping(event, "properties"))


def _screen(event: dict[str, Any], settings: Settings) -> Payload:
    name = {"$screen_name": lookup.text(event, "name", "properties.name")}
    return _event("$screen", event, settings, {**lookup.mapping(event, "properties"), **name})


def _group(event: dict[str, Any], settings: Settings) -> Payload | Rejected:
    kind, group = settings["group_type"], lookup.text(event, "groupId")
    if not group:
        return Rejected("message_rejected: a group call needs a groupId.")
    named = {"$group_type": kind, "$group_key": group, "$groups": {kind: group}}
    return _event("$groupidentify", event, settings, {**named, "$group_set": lookup.mapping(event, "traits")})


def _alias(event: dict[str, Any], settings: Settings) -> Payload | Rejected:
    user, previous = lookup.text(event, "userId"), lookup.text(event, "previousId")
    if not user or not previous:
        return Rejected("message_rejected: an alias needs previousId and userId.")
    return _event("$create_alias", event, settings, {"alias": user}) | {"distinct_id": previous}


def _identify(event: dict[str, Any], settings: Settings) -> Payload:
    """Return `$identify`, which also merges the anonymous id; for somebody unknown `$set`, which merges nothing."""
    user, anonymous = lookup.text(event, "userId"), lookup.text(event, "anonymousId")
    change = {"$set": lookup.mapping(event, "traits")}
    if not user:
        return _event("$set", event, settings, change)
    return _event("$identify", event, settings, {**change, "$anon_distinct_id": anonymous})


def _page(event: dict[str, Any], settings: Settings) -> Payload:
    properties = lookup.mapping(event, "properties")
    found = {**properties, **lookup.picked(properties, PAGE)}
    url = lookup.text(event, "properties.url", "context.page.url")
    named = {"$host": _host(url), "name": lookup.text(event, "name", "properties.name")}
    return _event("$pageview", event, settings, {**found, **named})


def _host(url: str | None) -> str | None:
    try:
        return urlsplit(url or "").hostname
    except ValueError:
        return None


def _event(name: str | None, event: dict[str, Any], settings: Settings, properties: dict[str, Any]) -> Payload:
    at = moments.moment(lookup.first(event, "timestamp", "originalTimestamp", "receivedAt"))
    user, anonymous = lookup.text(event, "userId"), lookup.text(event, "anonymousId")
    context = lookup.picked(event, CONTEXT)
    found = {**context, **properties, "$lib": LIBRARY}
    if "$ip" not in context:
        found["$geoip_disable"] = True  # where our server stands says nothing about the person
    if not user and name != "$set" and not settings["anonymous_profiles"]:
        found["$process_person_profile"] = False
    payload = {"event": name, "distinct_id": user or anonymous, "properties": found}
    return lookup.without_blanks({**payload, "timestamp": at.isoformat() if at else None})


_MAKERS: dict[str, Callable[[dict[str, Any], Settings], Payload | Rejected]] = {
    "identify": _identify,
    "track": _track,
    "page": _page,
    "screen": _screen,
    "group": _group,
    "alias": _alias,
}
