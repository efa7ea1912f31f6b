"""Where the Jsonnet of a provider's claims mapper comes from: `mapper_url`.

Whether what is there is Jsonnet, is for the sandbox to find out.
"""

from headwater.identity.config import bounded
from headwater.identity.config.section import Section, problem
from headwater.mapping import sources
from headwater.mapping.source_errors import MOST_BYTES, SourceError, too_large
from headwater.mapping.template_files import FILE

# Base64 makes four letters of three bytes, and may be wrapped.
MOST_LETTERS = 2 * MOST_BYTES
EMBED = "put the Jsonnet itself here: \"base64://'$(base64 -w0 mapper.jsonnet)'\""


def read(section: Section, key: str) -> str:
    """Return the address, empty if there is none. Raises ConfigProblem naming the path."""
    url = bounded.text(section, key, most=MOST_LETTERS)
    if not url:
        return ""
    if url.startswith(sources.WEB):
        return bounded.web_address(section, key)
    if url.startswith(FILE):
        return url
    if not url.startswith(sources.BASE64):
        raise problem(section.at(key), f"must begin with {sources.SCHEMES}; {EMBED}")
    try:
        if len(sources.embedded(url, name=key).text.encode()) > MOST_BYTES:
            raise too_large()
    except SourceError as error:
        raise problem(section.at(key), error.message) from None
    return url
