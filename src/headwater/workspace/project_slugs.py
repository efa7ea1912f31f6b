"""Slugs of projects: made by us, two words and ten letters as Ory's are, and always a plain DNS label. Pure.

A slug is a part of host names and paths, so nothing that somebody sends ever becomes one unchecked.
"""

import re
import secrets

from headwater.core.errors import BadRequestError

ADJECTIVES = """
able amber bold brave bright brisk calm clear clever cool daring deep eager early fair fleet fresh gentle glad
golden grand happy hardy keen kind lively lucid mellow merry mild noble patient plucky proud quick quiet rapid
ready serene sharp silver steady still sunny swift tidy vivid warm wise zesty
"""
NOUNS = """
bay beck bend brook burn canal cascade cataract channel cove creek current dam delta eddy estuary falls fen
ferry fjord ford geyser harbor inlet island lagoon lake lock marsh meander mere mill narrows oxbow pier pond
pool quay rapids reach reed river shoal spring stream tarn tide torrent weir well
"""
LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"
RANDOM_LETTERS = 10
LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
# `api.projects.<host>` is the API of a host that is called `projects`: such a project's pages could never be reached.
TAKEN = frozenset({"api", "project"})
# Where an id or a slug names a project, another's id as a slug would lead there in its place, a deletion included.
ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def new_slug() -> str:
    """Return a slug that nobody has: `swift-river-4k2j9x0q7z`."""
    tail = "".join(secrets.choice(LETTERS) for _ in range(RANDOM_LETTERS))
    return "-".join((secrets.choice(ADJECTIVES.split()), secrets.choice(NOUNS.split()), tail))


def checked(slug: str) -> str:
    """Return `slug` if it is a DNS label of lower-case letters, digits and dashes. Raises BadRequestError.

    Neither what stands before a host for other reasons is one, nor what looks like a project's id.
    """
    if not LABEL.fullmatch(slug):
        raise BadRequestError(
            "A project's slug is a part of its host name: 1 to 63 lower-case letters (a-z), digits and dashes,"
            " with no dash at either end."
        )
    if slug in TAKEN or ID.fullmatch(slug):
        raise BadRequestError(f"A project's slug can't be {slug!r}: that would mean something else. Choose another.")
    return slug
