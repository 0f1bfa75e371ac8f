"""Names in SQL: the one place that quotes them. Values are always parameters."""


def identifier(name: str) -> str:
    """A name as SQL: always quoted, so that it can be read as nothing but a name."""
    return '"' + name.replace('"', '""') + '"'
