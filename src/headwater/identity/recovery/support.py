"""Recovery that an operator began: the support desk's way in, where people can't recover by themselves, too."""

from dataclasses import replace

from headwater.identity.config.flows_config import RECOVERY
from headwater.identity.config.tree import IdentityConfig


def switched_on(config: IdentityConfig) -> IdentityConfig:
    """Return the configuration with recovery. What begins or sends anything by itself has to ask the real one."""
    recovery = replace(config.flows.by_kind[RECOVERY], is_enabled=True)
    by_kind = {**config.flows.by_kind, RECOVERY: recovery}
    return replace(config, flows=replace(config.flows, by_kind=by_kind))
