"""The one place where a name or a text becomes a piece of SQL. Pure."""


def name(name: str) -> str:
    """Return a table's, column's or schema's name, as SQL has it."""
    return '"' + name.replace('"', '""') + '"'


def text(text: str) -> str:
    """Return a text, as SQL has it."""
    return "'" + text.replace("'", "''") + "'"
