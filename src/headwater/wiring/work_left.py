"""What an emulator's server still has to do before everything that was asked of it has come to its end, in words."""

from sqlalchemy import Connection, func, select

from headwater.identity.courier import mail as mails
from headwater.store.tables import courier_messages, destinations, outbox
from headwater.wiring.readers import Readers
from headwater.wiring.rooms import Rooms


async def of(rooms: Rooms, readers: Readers, *, now_ms: int) -> list[str]:
    """Return it, and wake whoever sends mail that is due; [] once nothing is left."""

    def count(connection: Connection) -> tuple[int, int, dict[str, str]]:
        its = courier_messages.c
        due = its.status.in_((mails.QUEUED, mails.PROCESSING)) & (its.next_at_ms <= now_ms)
        waiting = select(func.count()).select_from(outbox)
        mailed = select(func.count()).select_from(courier_messages).where(due)
        whose = select(destinations.c.id, destinations.c.name).where(
            destinations.c.enabled, destinations.c.deleted_at_ms.is_(None)
        )
        live = {row.id: row.name for row in connection.execute(whose)}
        return connection.execute(waiting).scalar_one(), connection.execute(mailed).scalar_one(), live

    waiting, unsent, live = await rooms.database.glance(count)
    at_work = [f"{waiting} records on their way from the outbox to the log"] if waiting else []
    if unsent:
        at_work.append(f"{unsent} messages to be sent")
        if rooms.projects is not None:
            rooms.projects.wake_couriers()
    lanes = await readers.at_work()
    # A lane that is only about to begin has everything still to do.
    lanes += [name for name in live if readers.name_of(name) is None]
    return at_work + [f"deliveries to {live.get(name, name)}" for name in lanes]
