"""Which proxy a URL goes through, from variables that the settings hand over: nothing reads the environment."""

from collections.abc import Callable, Mapping

from yarl import URL

ProxyFor = Callable[[URL], str | None]
EVERY_HOST = "*"


def from_variables(variables: Mapping[str, str]) -> ProxyFor:
    """Return the rule of `HTTP_PROXY`, `HTTPS_PROXY` and `NO_PROXY`, in either case, as curl reads them."""
    known = {name.lower(): value for name, value in variables.items() if value}
    exempt = [entry.strip().lower().lstrip(".") for entry in known.get("no_proxy", "").split(",")]

    def proxy_for(url: URL) -> str | None:
        proxy = known.get(f"{url.scheme}_proxy")
        if proxy is None or any(_covers(entry, url) for entry in exempt if entry):
            return None
        return proxy if "://" in proxy else f"http://{proxy}"

    return proxy_for


def _covers(entry: str, url: URL) -> bool:
    host = (url.host or "").lower()
    return entry in (EVERY_HOST, host, f"{host}:{url.port}") or host.endswith(f".{entry}")
