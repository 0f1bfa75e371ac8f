"""The hash chain of the audit log: each line carries the hash of itself and of the line before. Nothing is stored here.

A line that is changed, taken out or put in breaks the chain from there on. Lines taken off the end are seen by the
head, a small file beside the state; who rewrites everything is seen only by a head that was written down elsewhere.
"""

import hashlib
import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

START = "0" * 64
HEAD_FILE = "audit_head.json"
PARTS = ("audit_id", "at", "who", "action", "detail")


def link(previous: str, line: dict[str, Any]) -> str:
    """SHA-256, in hexadecimal, of the chain so far and the line's parts."""
    body = json.dumps([previous, *(line[part] for part in PARTS)], ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(body.encode()).hexdigest()


def write_head(folder: Path, audit_id: int, chain: str) -> None:
    """Note the last line, unless a later one is noted; whole or not at all. One writer at a time: see `state`."""
    noted = read_head(folder)
    if noted and noted["audit_id"] > audit_id:
        return
    temporary = folder / f".{HEAD_FILE}.{os.getpid()}"
    temporary.write_text(json.dumps({"audit_id": audit_id, "chain": chain}))
    temporary.replace(folder / HEAD_FILE)


def read_head(folder: Path) -> dict[str, Any] | None:
    """The last line noted; none where nothing was logged since the chain began."""
    file = folder / HEAD_FILE
    return json.loads(file.read_text()) if file.exists() else None


def broken_at(lines: Iterable[dict[str, Any]], head: dict[str, Any] | None) -> str:
    """What is wrong with the log, and where; empty where it is whole.

    Parameters
    ----------
    lines : every line, oldest first: audit_id, at, who, action, detail, chain
    head : from `read_head`
    """
    previous, number, chains = START, 0, {START}
    for line in lines:
        number += 1
        if line["audit_id"] != number:
            return f"Line {number} is missing: line {line['audit_id']} comes next."
        if line["chain"] != link(previous, line):
            return f"Line {number} is not what was written: it, or a line before it, was changed."
        previous = line["chain"]
        chains.add(previous)
    if head is None:
        return "The head of the log is missing." if number else ""
    if head["audit_id"] > number:
        return f"The log ends at line {number}, and line {head['audit_id']} was written last."
    # A line whose head was not noted, because the machine stopped in between, is a line all the same.
    return "" if head["chain"] in chains else f"Line {head['audit_id']} is not the one whose hash was noted."
