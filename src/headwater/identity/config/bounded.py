"""Texts, lists of texts and web addresses out of a configuration, each with a limit. Pure."""

from headwater.identity.config.section import Section, problem
from headwater.net.hop import parse_url
from headwater.net.outbound import BadOutboundRequestError

MOST_TEXTS = 50
MOST_TEXT_CHARACTERS = 512
MOST_ADDRESS_CHARACTERS = 2048


def text(section: Section, key: str, *, most: int = MOST_TEXT_CHARACTERS) -> str:
    """Return a text, empty if there is none. Raises ConfigProblem, without the text, which may be a secret."""
    found = section.text(key, "")
    if len(found) > most:
        raise problem(section.at(key), f"is longer than {most} characters")
    return found


def texts(section: Section, key: str) -> tuple[str, ...]:
    """Return a short list of short texts. An empty text means nothing to anybody, and could match one."""
    found = section.texts(key, ())
    if len(found) > MOST_TEXTS:
        raise problem(section.at(key), f"holds {len(found)} texts; at most {MOST_TEXTS} are possible")
    for number, item in enumerate(found):
        if not item.strip() or len(item) > MOST_TEXT_CHARACTERS:
            raise problem(f"{section.at(key)}/{number}", f"must be a text of 1 to {MOST_TEXT_CHARACTERS} characters")
    return found


def web_address(section: Section, key: str, *, has_query: bool = True) -> str:
    """Return an absolute http or https address, empty if there is none. `has_query`: it may carry one."""
    found = text(section, key, most=MOST_ADDRESS_CHARACTERS)
    if not found:
        return ""
    try:
        address = parse_url(found)
    except BadOutboundRequestError as error:
        reason = f"must be an absolute http:// or https:// URL. {error.message.rstrip('.')}"
        raise problem(section.at(key), reason) from None
    if address.user or address.password:
        raise problem(section.at(key), "holds a user or password, which everybody who may look would see")
    if "#" in found:
        raise problem(section.at(key), "has a fragment (#…), which is never sent to anybody; take it out")
    if "?" in found and not has_query:
        raise problem(section.at(key), "has a query (?…), which can't stand there; take it out")
    return found
