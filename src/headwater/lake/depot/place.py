"""Where a lake lives beyond this machine: a bucket, a prefix, and what it takes to be let in."""

from collections.abc import Mapping

import msgspec

SCHEME = "s3://"
# Of the usual variables those that say where S3 is, and who asks. No AWS_PROFILE: nobody here reads its files.
VARIABLES = (
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_REGION",
    "AWS_DEFAULT_REGION",
    "AWS_ENDPOINT_URL",
    "AWS_ENDPOINT_URL_S3",
    "AWS_VIRTUAL_HOSTED_STYLE_REQUEST",
    "AWS_ROLE_ARN",
    "AWS_ROLE_SESSION_NAME",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
)


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """A lake's home. `options` are of VARIABLES, secrets among them: it is handed on by pipes and never shown."""

    url: str
    options: dict[str, str]
    cache_bytes: int

    def __repr__(self) -> str:
        return f"Place({self.url})"

    @property
    def bucket(self) -> str:
        return self.url.removeprefix(SCHEME).partition("/")[0]

    @property
    def prefix(self) -> str:
        return self.url.removeprefix(SCHEME).partition("/")[2].strip("/")

    @property
    def endpoint(self) -> str | None:
        return self.options.get("AWS_ENDPOINT_URL_S3") or self.options.get("AWS_ENDPOINT_URL")


def place(url: str, *, environ: Mapping[str, str], cache_bytes: int) -> Place:
    """Return the place at `url`, entered with what `environ` says."""
    options = {name: environ[name] for name in VARIABLES if environ.get(name)}
    return Place(url=url, options=options, cache_bytes=cache_bytes)
