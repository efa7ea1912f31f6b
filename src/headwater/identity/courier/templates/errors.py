"""How a template is refused: when it is read, or when it runs."""

from headwater.core.errors import BadRequestError


class TemplateError(BadRequestError):
    """The template can't be used."""

    code = "bad_template"


class TemplateSyntaxError(TemplateError):
    """The template doesn't read, or uses what isn't supported here."""


class TemplateRunError(TemplateError):
    """The template doesn't fit the data it was given."""


class TemplateLimitError(TemplateRunError):
    """The template does too much, or writes too much."""
