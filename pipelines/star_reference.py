"""The reference page of the star, written from the YAML beside its tables: `python -m pipelines.star_reference`."""

from pathlib import Path
from typing import Any

import yaml

from workspace.folders import PROJECT

STAR = PROJECT / "dbt_project" / "models" / "star"
PAGE = PROJECT / "docs" / "reference" / "star.md"
HEAD = """# The star

Written from `dbt_project/models/star/*.yml` by `python -m pipelines.star_reference`; change the YAML, not this page.

All `*_at` are instants in UTC, all `*_on` are days by the company's clock, all `*_amount` are DECIMAL in the company's
currency. Every `*_key` is a BIGINT made from the md5 of the source's identifier, so it is the same in every rebuild. A
`customer_key` that is null means an unknown person. P marks personal data.
"""


def tables() -> list[dict[str, Any]]:
    """The star's tables as dbt describes them: dimensions, facts, then the others, each in alphabetical order."""
    described = [
        model
        for file in sorted(STAR.glob("*.yml"))
        for model in yaml.safe_load(file.read_text(encoding="utf-8")).get("models", [])
    ]
    order = {"dim": 0, "fct": 1}
    return sorted(described, key=lambda table: (order.get(table["name"][:3], 2), table["name"]))


def foreign_keys(table: dict[str, Any]) -> dict[str, str]:
    """Column to `table.column` of the other side, from the test that keeps them."""
    for test in table["data_tests"]:
        if "keys" in test:
            return test["keys"]["arguments"].get("foreign", {})
    return {}


def section(table: dict[str, Any]) -> str:
    """One table: its sentence, key and columns."""
    meta = table["config"]["meta"]
    foreign = foreign_keys(table)
    lines = [
        f"## {table['name']}",
        "",
        f"{table['description']} Key: {', '.join(f'`{key}`' for key in meta['key'])}.",
        "",
    ]
    lines += ["| column | type | | what |", "|---|---|---|---|"]
    for column in table["columns"]:
        personal = "P" if column.get("config", {}).get("meta", {}).get("personal") else ""
        leads_to = f" → `{foreign[column['name']]}`" if column["name"] in foreign else ""
        lines.append(f"| {column['name']} | {column['data_type']} | {personal} | {column['description']}{leads_to} |")
    return "\n".join(lines)


def page() -> str:
    """The whole page."""
    return HEAD + "\n" + "\n\n".join(section(table) for table in tables()) + "\n"


def write(path: Path = PAGE) -> None:
    """Write the page to `path`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    write()
