"""A session whose person has just proved again who they are, or proved more: the same session, later. Pure."""

from collections.abc import Sequence

import msgspec

from headwater.core import ids
from headwater.identity.sessions import sessions
from headwater.identity.sessions.sessions import MS, Device, Method, Session

MOST_DEVICES = 16


def renewed(
    session: Session,
    *,
    done: Sequence[Method],
    ip_address: str,
    user_agent: str,
    now_ms: int,
    lifespan_seconds: float,
) -> Session:
    """Return the session as it goes on from here, `done` being what was proven now."""
    methods = sessions.bounded((*session.methods, *done))
    device = Device(id=ids.new_uuid(), ip_address=ip_address, user_agent=user_agent)
    return msgspec.structs.replace(
        session,
        methods=methods,
        aal=sessions.assured(methods),
        devices=(*session.devices, device)[-MOST_DEVICES:],
        issued_at_ms=now_ms,
        authenticated_at_ms=now_ms,
        expires_at_ms=now_ms + int(lifespan_seconds * MS),
    )
