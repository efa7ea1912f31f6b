"""One line of text that is safe on a terminal: every error the CLI prints, and every cell of a table."""


def flatten(text: str) -> str:
    """Return `text` on one line, with what a terminal would act upon made visible instead.

    A person's name may hold escape sequences that would repaint an operator's terminal.
    """
    return visible(" ".join(text.split()))


def visible(line: str) -> str:
    """Return one line as it is, but with what a terminal would act upon made visible."""
    return "".join(letter if letter.isprintable() else ascii(letter)[1:-1] for letter in line)
