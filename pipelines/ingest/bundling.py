"""Small files laid ready together: opening a file costs DuckDB more than reading a few hundred rows of one."""

from dataclasses import replace
from pathlib import Path
from typing import BinaryIO, Self

from pipelines.ingest.looking import Dialect, Look
from pipelines.ingest.reading import Part, Reader


class Bundles:
    """Files of one header written one after the other into one, each record with its delivery's number before it."""

    def __init__(self, reader: Reader) -> None:
        self.reader = reader
        self.open: dict[Dialect, tuple[Path, BinaryIO]] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        for _, file in self.open.values():
            file.close()

    def lay(self, delivery_id: int, original: Path, path: Path, look: Look, body: bytes | None) -> Part:
        """Lay one file ready: in a bundle when its bytes are at hand and every line is a record, else as it is."""
        part = Part(delivery_id, original, path, look.records, look.is_plain)
        if body is None or not look.is_plain:
            return part
        bundle, file = self.bundle(look.dialect)
        start = file.tell()
        file.write(with_number(body, look, delivery_id))
        return replace(part, path=bundle, is_bundled=True, start=start, end=file.tell())

    def bundle(self, dialect: Dialect) -> tuple[Path, BinaryIO]:
        """The bundle for files of this header."""
        if dialect not in self.open:
            path = self.reader.scratch / self.reader.name("bundle")
            self.open[dialect] = (path, path.open("wb"))
        return self.open[dialect]


def with_number(body: bytes, look: Look, delivery_id: int) -> bytes:
    """The records of a plain file, each with the delivery's number as its first field."""
    text = body[look.body_at :]
    text = (text.replace(b"\r\n", b"\n") if b"\r" in text else text).removesuffix(b"\n")
    if not text:
        return b""
    if look.dialect.is_json:
        start = b'{"_delivery_id":%d,' % delivery_id
        return start + text[1:].replace(b"\n{", b"\n" + start) + b"\n"
    start = b"%d%s" % (delivery_id, look.dialect.delimiter.encode())
    return start + text.replace(b"\n", b"\n" + start) + b"\n"
