"""What viewers are shown instead of people's personal data. Pure: from a column's name to what is selected for it.

By name, as Segment's privacy portal finds it: a column one of whose words says that it is personal holds nothing but
`***`. And by what it looks like: a text with an e-mail address in it has `***` in its place, and a JSON text that has
such a key is `***` as a whole.
"""

import re

from headwater.lake import quoting

MASK = "***"
# Segment's default matchers (reference 4.4), red and yellow, and how these are written.
WORDS = frozenset(
    {
        "address", "birth", "birthdate", "birthday", "card", "cc", "cvc", "cvv", "disability", "dob", "email", "gender",
        "iban", "ip", "lastname", "firstname", "fullname", "latitude", "longitude", "mail", "mobile", "name",
        "passport", "password", "passwd", "phone", "postal", "postcode", "sex", "ssn", "street", "surname", "tel",
        "telephone", "token", "username", "veteran", "visa", "zip", "zipcode",
    }
)  # fmt: skip
# Columns with such a word that say nothing of a person.
HARMLESS = frozenset(
    {
        "context_app_name", "context_campaign_name", "context_library_name", "context_os_name", "plan_name",
        "product_name",
    }
)  # fmt: skip
# The names of pages and screens: the column that Segment has there.
HARMLESS_IN = frozenset({("pages", "name"), ("screens", "name")})

EMAIL = r"[^\s@\"'<>,;:/?&=]+(?:@|%40)[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+"
_IN_KEY = "|".join(sorted(WORDS - {"cc", "ip", "sex", "tel", "card", "name", "mail"}))
KEY = rf'(?i)"(?:[^"]*(?:{_IN_KEY})[^"]*|(?:[^"]*[_ ])?(?:cc|ip|sex|tel|card|name|mail)|[a-z]+Name)"\s*:'
_WORD = re.compile(r"[a-z0-9]+")


def is_personal(table: str, column: str) -> bool:
    """Tell whether a column is hidden as a whole."""
    if column in HARMLESS or (table, column) in HARMLESS_IN:
        return False
    return not WORDS.isdisjoint(_WORD.findall(column))


def selected(table: str, column: str, sql_type: str) -> str:
    """Return what is selected for a column when it is shown to a viewer; what is absent stays absent."""
    name = quoting.name(column)
    if is_personal(table, column):
        return f"CASE WHEN {name} IS NOT NULL THEN {quoting.text(MASK)} END"
    if sql_type != "VARCHAR":
        return name
    # Looked for first what all of them have: most texts have neither.
    email, key, mask = (quoting.text(one) for one in (EMAIL, KEY, MASK))
    return (
        f"CASE WHEN contains({name}, '{{') AND regexp_matches({name}, {key}) THEN {mask}"
        f" WHEN contains({name}, '@') OR contains({name}, '%40') THEN regexp_replace({name}, {email}, {mask}, 'g')"
        f" ELSE {name} END"
    )
