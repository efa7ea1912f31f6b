"""A session whose person has just proved again who they are, or proved more: the same session, later. Pure."""

import msgspec

from headwater.core import ids
from headwater.identity.sessions import assurance
from headwater.identity.sessions.sessions import MS, Device, Method, Session

# Every proof adds one, and whoami carries them all. Beyond this many only the newest of each kind stay.
MOST_METHODS = 16
MOST_DEVICES = 16


def renewed(
    session: Session,
    *,
    method: str,
    aal: str,
    ip_address: str,
    user_agent: str,
    now_ms: int,
    lifespan_seconds: float,
) -> Session:
    """Return the session as it goes on from here."""
    done = Method(method=method, aal=aal, completed_at_ms=now_ms)
    methods = _bounded((*session.methods, done))
    device = Device(id=ids.new_uuid(), ip_address=ip_address, user_agent=user_agent)
    return msgspec.structs.replace(
        session,
        methods=methods,
        aal=assurance.of(methods),
        devices=(*session.devices, device)[-MOST_DEVICES:],
        issued_at_ms=now_ms,
        authenticated_at_ms=now_ms,
        expires_at_ms=now_ms + int(lifespan_seconds * MS),
    )


def _bounded(methods: tuple[Method, ...]) -> tuple[Method, ...]:
    if len(methods) <= MOST_METHODS:
        return methods
    return tuple({(item.method, item.aal): item for item in methods}.values())
