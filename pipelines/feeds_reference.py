"""The reference of feeds, written from the contracts: `python -m pipelines.feeds_reference` brings it up to date."""

from pathlib import Path

from pipelines.contracts import Column, Contract, contracts

PAGE = Path(__file__).parent.parent / "docs" / "reference" / "feeds.md"
HEAD = """# Feeds

A feed is a stream of rows with a contract: what one row is, which columns tell rows apart, what each column holds.
Deliveries are mapped to feeds in `regulars.toml`; how to do that is told in
[Your own files](../how-to/your-own-files.md). Every feed is optional but `sales.orders` and `sales.order_lines`.

A row that breaks its contract goes to quarantine with the reason: a required column that is empty, a value that
cannot be read as its type or is not allowed, an instant further ahead than `ingest.future_tolerance_days`, a field
longer than `ingest.max_field_megabytes`. A row that says nothing new is a duplicate. Everything else is accepted, and
*delivered = accepted + duplicates + quarantined* is checked for each delivery and feed.

| type | what is read | what is kept |
|---|---|---|
| text | anything | as it is |
| integer | whole numbers; `12.0` is one, `12.7` is not | BIGINT |
| decimal(p,s) | numbers, further digits rounded | DECIMAL |
| boolean | true, false, t, f, yes, no, y, n, 1, 0 | BOOLEAN |
| date | `2024-12-31`, or by the source's `date_format` | DATE |
| timestamp | `2024-12-31 23:59:59`, with offset or not, or by the source's `timestamp_format` | TIMESTAMP in UTC |

This page is written from `pipelines/feeds/*.yml` by `python -m pipelines.feeds_reference`.
"""


def reference() -> str:
    """The whole page as Markdown."""
    index = "\n".join(
        f"| [{contract.name}](#{contract.name.replace('.', '')}) | {contract.description} | {contract.grain} |"
        for contract in contracts().values()
    )
    table = f"| feed | what it is | grain |\n|---|---|---|\n{index}\n"
    return "\n".join([HEAD, table, *(section(contract) for contract in contracts().values())])


def section(contract: Contract) -> str:
    """One feed."""
    facts = [f"{contract.description} {contract.grain.capitalize()}."]
    facts.append(f"Key: {code(contract.key)}.")
    if contract.version:
        facts.append(f"Of several versions of a key, the one with the later {code([contract.version])} wins.")
    else:
        facts.append("Of the same key in several deliveries, the later delivery wins.")
    if contract.event_time:
        facts.append(f"Event time: {code([contract.event_time])}.")
    rows = "\n".join(
        f"| `{column.name}` | {column.type} | {'yes' if column.required else ''} "
        f"| {'yes' if column.personal else ''} | {meaning(column)} |"
        for column in contract.columns
    )
    head = "| column | type | required | personal | meaning |\n|---|---|---|---|---|"
    return f"## {contract.name}\n\n{' '.join(facts)}\n\n{head}\n{rows}\n"


def meaning(column: Column) -> str:
    """Description, unit, and what is allowed."""
    parts = [column.description]
    if column.unit:
        parts.append(f"In {column.unit}.")
    if column.allowed:
        parts.append(f"One of {code(column.allowed)}.")
    if column.minimum is not None and column.maximum is not None:
        parts.append(f"{column.minimum} to {column.maximum}.")
    elif column.minimum is not None:
        parts.append(f"Not below {column.minimum}.")
    elif column.maximum is not None:
        parts.append(f"Not above {column.maximum}.")
    return " ".join(parts).replace("|", "\\|")


def code(words: list[str]) -> str:
    """Words set as code."""
    return ", ".join(f"`{word}`" for word in words)


if __name__ == "__main__":
    PAGE.parent.mkdir(parents=True, exist_ok=True)
    PAGE.write_text(reference(), encoding="utf-8")
