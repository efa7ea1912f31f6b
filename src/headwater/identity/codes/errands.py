"""Why something is sent to an address, and in which words: the table behind recovery and verification."""

from collections.abc import Mapping
from dataclasses import dataclass

from headwater.identity.config import flows_config
from headwater.identity.config.flows_config import CODE, LINK
from headwater.identity.courier import kinds
from headwater.identity.people import claims


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    """What recovery or verification sends, by method: `code` or `link`.

    `kind` is the flow's, and its challenges' purpose; `address_purpose` says which addresses of people count.
    """

    kind: str
    address_purpose: str
    templates: Mapping[str, str]
    templates_for_unknown: Mapping[str, str]
    code_key: str
    url_key: str


RECOVERY = Errand(
    kind=flows_config.RECOVERY,
    address_purpose=claims.RECOVERY,
    templates={CODE: kinds.RECOVERY_CODE_VALID, LINK: kinds.RECOVERY_VALID},
    templates_for_unknown={CODE: kinds.RECOVERY_CODE_INVALID, LINK: kinds.RECOVERY_INVALID},
    code_key="recovery_code",
    url_key="recovery_url",
)
VERIFICATION = Errand(
    kind=flows_config.VERIFICATION,
    address_purpose=claims.VERIFIABLE,
    templates={CODE: kinds.VERIFICATION_CODE_VALID, LINK: kinds.VERIFICATION_VALID},
    templates_for_unknown={CODE: kinds.VERIFICATION_CODE_INVALID, LINK: kinds.VERIFICATION_INVALID},
    code_key="verification_code",
    url_key="verification_url",
)
