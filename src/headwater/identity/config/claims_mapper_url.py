"""Where the Jsonnet of a provider's claims mapper comes from: `mapper_url`.

Whether what is there is Jsonnet, is for the sandbox to find out.
"""

from headwater.actions import templates
from headwater.actions.errors import UnusableHookError
from headwater.identity.config import bounded
from headwater.identity.config.section import KIB, Section, problem

WEB = ("http://", "https://")
FILE = "file://"
MOST_MAPPER_BYTES = 256 * KIB
# Base64 makes four letters of three bytes, and may be wrapped.
MOST_LETTERS = 2 * MOST_MAPPER_BYTES
EMBED = "put the Jsonnet itself here: \"base64://'$(base64 -w0 mapper.jsonnet)'\""


def read(section: Section, key: str) -> str:
    """Return the address, empty if there is none. Raises ConfigProblem naming the path."""
    url = bounded.text(section, key, most=MOST_LETTERS)
    if not url:
        return ""
    if url.startswith(WEB):
        return bounded.web_address(section, key)
    if url.startswith(FILE):
        raise problem(section.at(key), f"is a file, and a server never reads files of its machine: {EMBED}")
    if not url.startswith(templates.BASE64):
        raise problem(section.at(key), f"must begin with base64:// or https://; {EMBED}")
    try:
        snippet = templates.decode(url, name=key)
    except UnusableHookError as error:
        raise problem(section.at(key), error.message.rstrip(".")) from None
    if len(snippet.text.encode()) > MOST_MAPPER_BYTES:
        raise problem(section.at(key), f"is larger than {MOST_MAPPER_BYTES // KIB} KiB")
    return url
