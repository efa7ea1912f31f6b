"""Mail that was sent, changes in the audit log, Actions that fired: put into a folder whose server doesn't run."""

from collections.abc import Sequence
from contextlib import closing

from sqlalchemy import insert

from bench import people
from headwater.actions import firing
from headwater.actions.firing import Firing
from headwater.actions.journal import entries as journal_entries
from headwater.actions.journal import rows, tables
from headwater.core import ids
from headwater.core.clock import SystemClock, epoch_ms
from headwater.core.secrets import Sealer
from headwater.identity.courier import contents, ledger
from headwater.identity.courier.contents import Contents
from headwater.store import tables as core_tables
from headwater.store.database import build_engine, sqlite_url
from headwater.store.folder import DataFolder
from headwater.web.audit.entry import Begun, Ended
from headwater.workspace.audit import entries

ACTION = "/selfservice/flows/registration/after/password/hooks/0"
MAILS_AT_ONCE = 1_000


def lay(folder: DataFolder, *, project_id: str, persons: Sequence[str], count: int) -> None:
    """Lay so many of each."""
    sealer, now_ms = Sealer(folder.sealing_key()), epoch_ms(SystemClock().now())
    engine = build_engine(sqlite_url(folder.core_database))
    try:
        with engine.begin() as connection:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            mails = [_mail(number, project_id, now_ms - count + number, sealer) for number in range(count)]
            for first in range(0, count, MAILS_AT_ONCE):
                connection.execute(insert(core_tables.courier_messages), mails[first : first + MAILS_AT_ONCE])
            for number in range(count):
                begun = _begun(project_id, persons[number % len(persons)])
                entry = entries.begin(connection, begun, now_ms=now_ms, sealer=sealer)
                ended = Ended(status=200, after=b'{"state":"inactive"}')
                entries.end(connection, entry, ended, now_ms=now_ms, sealer=sealer)
    finally:
        engine.dispose()
    _fire(folder, sealer, [_firing(number, project_id, persons, now_ms - count + number) for number in range(count)])


def _fire(folder: DataFolder, sealer: Sealer, firings: Sequence[Firing]) -> None:
    with closing(tables.open_for_writing(folder.actions_database)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        for one in firings:
            rows.keep(connection, journal_entries.entry(one), sealer=sealer)
        connection.execute("COMMIT")


def _mail(number: int, project_id: str, at_ms: int, sealer: Sealer) -> dict[str, object]:
    message_id = ids.new_uuid()
    text = f"Your code is {number:06}. It is good for an hour."
    words = Contents(subject="Your code", body=text, html_body=f"<p>{text}</p>")
    return {
        "id": message_id,
        "project_id": project_id,
        "status": "sent",
        "type": "email",
        "channel": "email",
        "template_type": "recovery_code_valid",
        "recipient": people.email(number),
        "subject": "Your code",
        "sealed": contents.seal(words, message_id=message_id, sealer=sealer),
        "send_count": 1,
        "next_at_ms": at_ms + ledger.BODY_KEPT_MS,
        "created_at_ms": at_ms,
        "updated_at_ms": at_ms,
    }


def _begun(project_id: str, person: str) -> Begun:
    return Begun(
        who_id="local",
        who_name="somebody at the data folder",
        role="admin",
        via="api",
        method="PATCH",
        path=f"/admin/identities/{person}",
        permission="identities.write",
        project=project_id,
        subject=person,
        before=b'{"state":"active"}',
    )


def _firing(number: int, project_id: str, persons: Sequence[str], at_ms: int) -> Firing:
    person = persons[number % len(persons)]
    return Firing(
        trigger_id=f"lived-{number}",
        action_id="welcome",
        path=ACTION,
        project_id=project_id,
        identity_id=person,
        flow="registration",
        moment="after",
        method="password",
        flow_id=ids.new_uuid(),
        at_ms=at_ms,
        mode=firing.INLINE,
        state=firing.DELIVERED,
        attempts=(firing.Attempt(at_ms=at_ms, duration_ms=12, status=200),),
        context={"identity": {"id": person}},
    )
