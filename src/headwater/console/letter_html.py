"""The HTML of a mail as it goes into a frame: what the frame's policy can't forbid is no element any more. Pure.

A policy doesn't reach `<link rel=preconnect>`: whoever wrote the mail would learn that it's being looked at, and by a
host's name as much as they put into it. A frame in the letter could hold one that is written as text.
"""

import re

# As browsers read it: a name begins right after the bracket, and ends with a space, a slash or a bracket.
REACHING_OUT = re.compile(r"<(?=(?:link|iframe|frame|object|embed|fencedframe)[\s/>])", re.IGNORECASE)
UNKNOWN = "<x-"  # an element that means nothing, with the same text in it


def inert(html: str) -> str:
    """Return it so that opening it tells nobody."""
    return REACHING_OUT.sub(UNKNOWN, html)
