"""Writes docs/reference/settings.md and docs/reference/commands.md from the code, so that they cannot fall behind."""

from pathlib import Path
from typing import Any

import typer
from pydantic import BaseModel
from pydantic_core import PydanticUndefined

from pipelines.cli import app
from workspace.folders import PROJECT
from workspace.settings import Settings

SETTINGS_PAGE = PROJECT / "docs" / "reference" / "settings.md"
COMMANDS_PAGE = PROJECT / "docs" / "reference" / "commands.md"
SETTINGS_HEAD = """\
# Settings

Every key of `regulars.toml`, made from the typed settings in `workspace/` by `make docs`. An unknown key or a bad
value is an error that names the file, the key, the value and what is allowed. Every published generation carries the
settings it was made with (`meta.generation`).
"""
COMMANDS_HEAD = """\
# Commands

Made from `pipelines/cli.py` by `make docs`. Every command takes `--workspace DIR` before its name (else
`$REGULARS_WORKSPACE`, else `data/`). Data goes to stdout, progress and complaints to stderr; nothing asks a question.

| exit code | meaning |
|---|---|
| 0 | done |
| 1 | `doctor` found something to mend, `audit verify` a log that was changed |
| 2 | something that you can mend: the message says what, where and how |
| 3 | nothing is published yet |
| 4 | another process is writing to the workspace |
| 5 | the night is published, but a scheduled list did not arrive |
| 130 | stopped by the keyboard |
"""


def settings_page() -> str:
    """The page of settings."""
    parts = [SETTINGS_HEAD]
    for name, model in sections(Settings, ""):
        parts.append(
            f"\n## {name}\n\n{(model.__doc__ or '').strip()}\n\n| key | type | default | meaning |\n|---|---|---|---|\n"
        )
        parts.extend(row(key, field) for key, field in model.model_fields.items() if inner_section(field) is None)
    return "".join(parts)


def sections(model: type[BaseModel], path: str) -> list[tuple[str, type[BaseModel]]]:
    """Every section below `model` with the header it has in the file, in order."""
    found: list[tuple[str, type[BaseModel]]] = []
    for key, field in model.model_fields.items():
        inner = inner_section(field)
        if inner is None:
            continue
        is_named = str(field.annotation).startswith("dict")
        header = f"{path}{key}" + (".NAME" if is_named else "")
        found += [(f"[{header}]", inner), *sections(inner, f"{header}.")]
    return found


def inner_section(field: Any) -> type[BaseModel] | None:
    """The section that a field holds, one or many by name; `None` for a plain value."""
    annotation = (getattr(field.annotation, "__args__", None) or [field.annotation])[-1]
    return annotation if isinstance(annotation, type) and issubclass(annotation, BaseModel) else None


def row(key: str, field: Any) -> str:
    """One key as a table row."""
    default = field.get_default(call_default_factory=True, validated_data={})
    shown = "required" if default is PydanticUndefined else "" if default is None else f"`{default}`"
    kind = getattr(field.annotation, "__name__", None) if isinstance(field.annotation, type) else None
    text = str(kind or field.annotation).replace("typing.", "").replace("pathlib.", "").replace("|", "or")
    return f"| `{key}` | {text} | {shown} | {(field.description or '').replace('|', 'or')} |\n"


def commands_page() -> str:
    """The page of commands."""
    group = typer.main.get_command(app)
    parts = [COMMANDS_HEAD, "\n"]
    parts.extend(command(group, "regulars", name) for name in group.list_commands(None))  # type: ignore[attr-defined]
    return "".join(parts)


def command(group: Any, path: str, name: str) -> str:
    """One command, or all the commands of a group."""
    found = group.commands[name]
    if hasattr(found, "commands"):
        return "".join(command(found, f"{path} {name}", inner) for inner in found.commands)
    lines = [f"## {path} {name}\n\n{(found.help or '').strip()}\n\n"]
    for parameter in found.params:
        if parameter.name != "help":
            label = ", ".join(parameter.opts) if parameter.param_type_name == "option" else parameter.name.upper()
            lines.append(f"- `{label}`: {parameter.help or ''}\n")
    return "".join(lines) + ("\n" if len(lines) > 1 else "")


def write(page: Path, text: str) -> None:
    """Write a page."""
    page.parent.mkdir(parents=True, exist_ok=True)
    page.write_text(text.rstrip() + "\n")


if __name__ == "__main__":
    write(SETTINGS_PAGE, settings_page())
    write(COMMANDS_PAGE, commands_page())
