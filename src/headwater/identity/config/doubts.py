"""What an identity-config may hold and nobody means: taken, with a word. Pure."""

from collections.abc import Iterator
from typing import Any

from headwater.actions.problems import ConfigWarning
from headwater.identity.config import flows_config, methods_config, social_doubts
from headwater.identity.config.flows_config import CODE, LINK
from headwater.identity.config.section import Section
from headwater.identity.config.social_doubts import NOT_OFFERED

WITHOUT_METHOD = "flow_without_method"

# Ory has them; this release keeps their configuration and offers none of them.
LATER = ("totp", "lookup_secret", "webauthn", "passkey", "saml", "deviceauthn", "captcha")


def find(document: dict[str, Any]) -> Iterator[ConfigWarning]:
    """Yield what is doubtful about a document that `tree.check` took."""
    selfservice = Section(document).section("selfservice")
    methods = selfservice.section("methods")
    for name in LATER:
        section = methods.section(name)
        if section.flag("enabled", default=False):
            reason = "is kept, but this release of Headwater doesn't offer it yet: nobody is asked for it"
            yield ConfigWarning(code=NOT_OFFERED, message=f"{section.path} {reason}.")
    yield from social_doubts.find(methods.section("oidc"))
    migration = methods.section("password").section("config").section("migrate_hook")
    if migration.flag("enabled", default=False):
        yield from social_doubts.plain_http(migration.section("config"), ("url",))
    yield from _without_method(selfservice, methods_config.parse(methods))


def _without_method(selfservice: Section, methods: methods_config.Methods) -> Iterator[ConfigWarning]:
    is_on = {CODE: methods.code.is_enabled, LINK: methods.link.is_enabled}
    for kind in (flows_config.RECOVERY, flows_config.VERIFICATION):
        flow = selfservice.section("flows").section(kind)
        use = flow.text("use", CODE)
        if flow.flag("enabled", default=False) and not is_on[use]:
            reason = f"but /selfservice/methods/{use}/enabled isn't true: nobody can go through it"
            yield ConfigWarning(code=WITHOUT_METHOD, message=f"{flow.at('use')} is {use}, {reason}.")
