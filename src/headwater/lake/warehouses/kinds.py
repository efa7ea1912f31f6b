"""The kinds of warehouse. A further one is a module with its settings, one with its `Warehouse`, and a line here.

The second is loaded by a sync's own process only: it needs a driver.
"""

import importlib
from collections.abc import Callable, Mapping
from typing import Any

from headwater.core.clock import Clock
from headwater.core.errors import BadRequestError
from headwater.lake.warehouses import postgres_settings
from headwater.lake.warehouses.warehouse import ErasingWarehouse, WarehouseDownError
from headwater.net.addresses import AddressPolicy

POSTGRES = "postgres"
KINDS = (POSTGRES,)
HOW_TO_INSTALL = "The driver for PostgreSQL is not installed: pip install 'headwater[postgres]', then sync again."


class UnknownWarehouseKindError(BadRequestError):
    """There is no such kind of warehouse; there is postgres."""

    code = "unknown_warehouse_kind"


def checked(kind: str, wanted: Mapping[str, Any], before: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Return settings as they are kept. Raises UnknownWarehouseKindError, BadWarehouseSettingsError."""
    _known(kind)
    return postgres_settings.checked(wanted, before)


def shown(kind: str, kept: Mapping[str, Any]) -> dict[str, Any]:
    """Return settings without their secrets."""
    _known(kind)
    return postgres_settings.shown(kept)


def opened(kind: str, kept: Mapping[str, Any], *, read_secret: Callable[[str], str]) -> dict[str, Any]:
    """Return settings with the secrets that they only name."""
    _known(kind)
    return postgres_settings.opened(kept, read_secret=read_secret)


def warehouse(kind: str, settings: Mapping[str, Any], *, policy: AddressPolicy, clock: Clock) -> ErasingWarehouse:
    """Return a warehouse to work with; it is reached for at the first call. Raises WarehouseDownError."""
    _known(kind)
    try:
        module = importlib.import_module("headwater.lake.warehouses.postgres")
    except ImportError:
        raise WarehouseDownError(HOW_TO_INSTALL) from None
    made: ErasingWarehouse = module.PostgresWarehouse(postgres_settings.read(settings), policy, clock=clock)
    return made


def _known(kind: str) -> None:
    if kind not in KINDS:
        raise UnknownWarehouseKindError(f"There is no kind of warehouse {kind!r}. There is: {', '.join(KINDS)}.")
