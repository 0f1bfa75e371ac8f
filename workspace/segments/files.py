"""Segments as YAML, to keep in a repository and take to another workspace; and as text for an address."""

import base64
import json
import zlib
from collections.abc import Iterable
from typing import Any

import yaml

from workspace.errors import RegularsError
from workspace.segments.checking import definition_of
from workspace.segments.language import Group
from workspace.segments.saved import MAX_NAME, SavedSegment
from workspace.segments.writing import sentence

MAX_FILE = 2_000_000
MAX_ADDRESS = 200_000


def to_yaml(saved: Iterable[SavedSegment]) -> str:
    """Segments as a file; the sentence is there for readers, only the definition counts."""
    rows = [
        {
            "name": one.name,
            "owner": one.owner,
            "sentence": sentence(one.definition),
            "definition": one.definition.model_dump(mode="json"),
        }
        for one in saved
    ]
    return yaml.safe_dump({"segments": rows}, sort_keys=False, allow_unicode=True, width=110)


def from_yaml(text: str) -> list[tuple[str, str, Group]]:
    """Name, owner ('' where none is given) and definition of each segment of a file.

    Raises
    ------
    RegularsError
        Naming the line of the file or the segment, and what is wrong there.
    """
    value = loaded(text)
    rows = value.get("segments") if isinstance(value, dict) else None
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise RegularsError("The file has no list 'segments'.", "Export one to see what it looks like.")
    return [one_of(row, place) for place, row in enumerate(rows, start=1)]


def one_of(row: dict[str, Any], place: int) -> tuple[str, str, Group]:
    """One segment of a file, the `place`-th."""
    unknown = set(row) - {"name", "owner", "sentence", "definition"}
    name, owner = row.get("name"), row.get("owner", "")
    if unknown or not isinstance(name, str) or not isinstance(owner, str) or "definition" not in row:
        raise RegularsError(
            f"Segment {place} of the file needs a name and a definition, may have an owner, and nothing else.",
            f"Take away {', '.join(map(str, sorted(unknown, key=str)))[:200]}." if unknown else "",
        )
    try:
        return name[:MAX_NAME], owner[:MAX_NAME], definition_of(row["definition"])
    except RegularsError as error:
        raise RegularsError(f"Segment {place} of the file, '{name[:60]}': {error.problem}", error.remedy) from None


def loaded(text: str) -> Any:
    """The file's value; anchors are refused, since a few lines of them grow to more than any memory holds."""
    if len(text) > MAX_FILE:
        raise RegularsError(f"The file is longer than {MAX_FILE:,} characters.", "Take it in parts.")
    try:
        if any(isinstance(event, yaml.AliasEvent) for event in yaml.parse(text, Loader=yaml.SafeLoader)):
            raise RegularsError("The file uses anchors (& and *).", "Write the parts out.")
        return yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise RegularsError(f"The file is not valid YAML: {' '.join(str(error).split())[:300]}.") from None
    except RecursionError:
        raise RegularsError("The file is too deep.", "Take groups out of groups.") from None


def to_address(definition: Group) -> str:
    """A definition as text for an address: letters, digits, dash and underscore."""
    packed = zlib.compress(json.dumps(definition.model_dump(mode="json"), separators=(",", ":")).encode(), 9)
    return base64.urlsafe_b64encode(packed).decode().rstrip("=")


def from_address(text: str) -> Group:
    """The definition again from `to_address`.

    Raises
    ------
    RegularsError
        If the address was cut or changed.
    """
    try:
        packed = base64.urlsafe_b64decode(text[:MAX_ADDRESS] + "=" * (-len(text[:MAX_ADDRESS]) % 4))
        unpacker = zlib.decompressobj()
        plain = unpacker.decompress(packed, MAX_FILE)
        if unpacker.unconsumed_tail or not unpacker.eof:
            raise ValueError("cut, or too long")
        value = json.loads(plain)
    except (ValueError, zlib.error, RecursionError):
        raise RegularsError("The address holds no segment: it was cut or changed.", "Ask for it again.") from None
    return definition_of(value)
