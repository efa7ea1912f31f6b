"""Mail that goes nowhere: one file a message in the data folder, for whoever runs this server to read."""

import asyncio
import os
from pathlib import Path

from headwater.core.clock import from_epoch_ms
from headwater.identity.courier.channels.channel import DeliveryError, Parcel
from headwater.identity.courier.channels.letter import letter
from headwater.identity.courier.kinds import EMAIL
from headwater.identity.courier.mail import Message

OWNER_ONLY_FOLDER = 0o700
OWNER_ONLY_FILE = 0o600
FROM_ADDRESS = "no-reply@headwater.localhost"
FROM_NAME = "Headwater"


class CapturedMail:
    """Writes `<folder>/<time>-<id>.eml`, and `.txt` for what would go by SMS."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def deliver(self, parcel: Parcel) -> None:
        """Write the file; a second time, the same one again."""
        try:
            await asyncio.to_thread(self._write, parcel)
        except OSError as error:
            raise DeliveryError(f"The message can't be written into the data folder: {error.strerror}.") from error

    async def forget(self, message: Message) -> None:
        """Remove the file of `message`, if there is one."""
        await asyncio.to_thread(self.path(message).unlink, missing_ok=True)

    def path(self, message: Message) -> Path:
        """Return where `message` is, or would be."""
        time = from_epoch_ms(message.created_at_ms).strftime("%Y%m%dT%H%M%S")
        suffix = "eml" if message.channel == EMAIL else "txt"
        return self._folder / f"{time}-{message.id}.{suffix}"

    def _write(self, parcel: Parcel) -> None:
        self._folder.mkdir(mode=OWNER_ONLY_FOLDER, parents=True, exist_ok=True)
        path = self.path(parcel.message)
        unfinished = path.with_suffix(".part")
        with open(unfinished, "wb", opener=_for_owner_only) as file:
            file.write(_as_file(parcel))
        unfinished.replace(path)  # readers who watch the folder never see half a message


def _as_file(parcel: Parcel) -> bytes:
    if parcel.message.channel != EMAIL:
        return f"To: {parcel.message.recipient}\n\n{parcel.contents.body}\n".encode()
    return letter(parcel, from_address=FROM_ADDRESS, from_name=FROM_NAME, headers={}).as_bytes()


def _for_owner_only(path: str, flags: int) -> int:
    return os.open(path, flags, OWNER_ONLY_FILE)
