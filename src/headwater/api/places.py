"""Whole numbers in an address: how many of a list are wanted, and the place in it where one goes on.

No database takes more than 64 bits: what is larger is refused here, with the parameter's name, before any is asked.
"""

from typing import Annotated

from litestar.params import QueryParameter

LARGEST = 2**63 - 1

Place = Annotated[int | None, QueryParameter(ge=0, le=LARGEST)]
Amount = Annotated[int, QueryParameter(ge=1, le=LARGEST)]
AnyAmount = Annotated[int, QueryParameter(ge=0, le=LARGEST)]
