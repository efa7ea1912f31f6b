"""A person as a whole: the account and every credential, stored together. SQL only, in the caller's transaction."""

from sqlalchemy import Connection

from headwater.identity.people import accounts, credentials
from headwater.identity.people.reshape import Reshaped


def insert_person(connection: Connection, person: Reshaped, *, project_id: str) -> None:
    """Store a new person. Raises DuplicateIdentifierError; then roll back."""
    accounts.insert_account(connection, person.account, project_id=project_id)
    for credential in person.credentials:
        credentials.insert_credential(connection, credential, project_id=project_id)


def save_person(connection: Connection, person: Reshaped, *, project_id: str) -> bool:
    """Store a changed person. False if they are gone meanwhile. Raises DuplicateIdentifierError; then roll back."""
    if not accounts.save_account(connection, person.account, project_id=project_id):
        return False
    for credential_id in person.removed_ids:
        credentials.remove_credential(connection, credential_id)
    for credential in person.credentials:
        credentials.save_credential(connection, credential, project_id=project_id)
    return True
