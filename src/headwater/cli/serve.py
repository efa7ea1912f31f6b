"""`headwater serve`: the server itself. Everything it may be told is a setting (`headwater.settings`)."""

from typing import Annotated

from cyclopts import Parameter

from headwater import settings
from headwater.cli.session import Here
from headwater.wiring import garbage

HELP = {setting.name: f"{setting.help} ({setting.variable})" for setting in settings.SETTINGS}


def run(
    *,
    listen: Annotated[str | None, Parameter(help=HELP["listen"])] = None,
    public_url: Annotated[str | None, Parameter(help=HELP["public_url"])] = None,
    private_addresses: Annotated[bool | None, Parameter(help=HELP["private_addresses"])] = None,
    secret_env: Annotated[tuple[str, ...], Parameter(negative="", show_default=False, help=HELP["secret_env"])] = (),
    secret_files: Annotated[str | None, Parameter(help=HELP["secret_files"])] = None,
    template_files: Annotated[str | None, Parameter(help=HELP["template_files"])] = None,
    tracking_aliases: Annotated[bool | None, Parameter(help=HELP["tracking_aliases"])] = None,
    expose_admin: Annotated[bool | None, Parameter(help=HELP["expose_admin"])] = None,
    admin_listen: Annotated[str | None, Parameter(help=HELP["admin_listen"])] = None,
    trusted_proxy: Annotated[
        tuple[str, ...], Parameter(negative="", show_default=False, help=HELP["trusted_proxies"])
    ] = (),
    allowed_host: Annotated[
        tuple[str, ...], Parameter(negative="", show_default=False, help=HELP["allowed_hosts"])
    ] = (),
    tracking_origin: Annotated[
        tuple[str, ...], Parameter(negative="", show_default=False, help=HELP["tracking_origins"])
    ] = (),
    role: Annotated[tuple[str, ...], Parameter(negative="", show_default=False, help=HELP["roles"])] = (),
    strict: Annotated[bool | None, Parameter(help=HELP["strict"])] = None,
    rate_limit: Annotated[int | None, Parameter(help=HELP["rate_limit"])] = None,
    dedupe_window: Annotated[str | None, Parameter(help=HELP["dedupe_window"])] = None,
    log_retention_age: Annotated[str | None, Parameter(help=HELP["log_retention_age"])] = None,
    log_retention_events: Annotated[int | None, Parameter(help=HELP["log_retention_events"])] = None,
    log_retention_size: Annotated[str | None, Parameter(help=HELP["log_retention_size"])] = None,
    workers: Annotated[int | None, Parameter(help=HELP["workers"])] = None,
    logger_level: Annotated[str | None, Parameter(help=HELP["logger_level"])] = None,
    at: Here,
) -> int:
    """Run the server, until it is stopped."""
    flags = {
        "listen": listen,
        "public_url": public_url,
        "private_addresses": private_addresses,
        "secret_env": ",".join(secret_env) if secret_env else None,
        "secret_files": secret_files,
        "template_files": template_files,
        "tracking_aliases": tracking_aliases,
        "expose_admin": expose_admin,
        "admin_listen": admin_listen,
        "trusted_proxies": ",".join(trusted_proxy) if trusted_proxy else None,
        "allowed_hosts": ",".join(allowed_host) if allowed_host else None,
        "tracking_origins": ",".join(tracking_origin) if tracking_origin else None,
        "roles": ",".join(role) if role else None,
        "strict": strict,
        "rate_limit": rate_limit,
        "dedupe_window": dedupe_window,
        "log_retention_age": log_retention_age,
        "log_retention_events": log_retention_events,
        "log_retention_size": log_retention_size,
        "workers": workers,
        "logger_level": logger_level,
    }
    given = {name: str(value) for name, value in flags.items() if value is not None}
    chosen = settings.load(at.environ, {**at.overrides, **given})
    garbage.not_while_loading()
    # Loaded here: a wrong setting is told before the whole server is imported.
    from headwater.wiring.serve import run as serve  # noqa: PLC0415  lazily loaded

    return serve(chosen)
