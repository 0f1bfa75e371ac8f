"""Files too large to hold in memory: looked at in pieces, laid ready unpacked and in UTF-8."""

import codecs
import gzip
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pipelines.ingest.looking import is_utf16
from pipelines.ingest.mapping import RefusedError

PIECE = 8 << 20
BLANK = re.compile(rb"(?<=\n)\r?\n")
LONE_RETURN = re.compile(rb"\r[^\n]")


@dataclass
class Counted:
    """What was seen of a large file; `has_oddities`: bytes that only the careful reader understands."""

    head: bytes = b""
    breaks: int = 0
    has_oddities: bool = False
    last: bytes = b""

    def add(self, piece: bytes) -> None:
        """Count one piece: only what costs next to nothing, for this is done to every file."""
        self.head = self.head or piece
        self.breaks += piece.count(b"\n")
        is_cut = self.last == b"\r" and not piece.startswith(b"\n")
        if b"\x00" in piece or is_cut or (b"\r" in piece and LONE_RETURN.search(piece)):
            self.has_oddities = True
        self.last = piece[-1:]

    @property
    def lines(self) -> int:
        """Lines, the header's and blank ones included."""
        return self.breaks + (self.last not in (b"\n", b""))


def count_records(path: Path) -> int | None:
    """Records of a CSV in UTF-8, the header included; None where a quote is never closed, so that nobody can say.

    No blank line is a record, and no line break inside quotes ends one.
    """
    records, is_inside = 0, False
    with path.open("rb") as file:
        while piece := file.read(PIECE) + file.readline():
            between = (piece if is_inside else b"\n" + piece).split(b'"')
            outside = between[is_inside::2]
            records += sum(text.count(b"\n") - len(BLANK.findall(text)) for text in outside) - (not is_inside)
            is_inside ^= len(between) % 2 == 0
            records += not piece.endswith(b"\n")
    return None if is_inside else records


def lay_ready(path: Path, encoding: str, target: Path) -> Counted:
    """Count a file and make `target` of it: a link where it can be read as it lies, else a copy in UTF-8.

    Raises
    ------
    RefusedError
        When it is cut short, damaged, or not in the encoding.
    """
    with path.open("rb") as file:
        start = file.read(4)
    is_gzip = start.startswith(b"\x1f\x8b")
    is_utf8 = codecs.lookup(encoding).name == "utf-8"
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) and not is_utf16(encoding):
        raise RefusedError(f"The file is UTF-16, not {encoding}. Set encoding = 'utf-16' for its source.")
    counted = Counted()
    if is_utf8 and not is_gzip:
        target.symlink_to(path.resolve())
        for piece in utf8_pieces(path, is_gzip, encoding):
            counted.add(piece)
        return counted
    with target.open("wb") as out:
        for piece in utf8_pieces(path, is_gzip, encoding):
            counted.add(piece)
            out.write(piece)
    return counted


def utf8_pieces(path: Path, is_gzip: bool, encoding: str) -> Iterator[bytes]:
    """A file's text in UTF-8, piece by piece."""
    is_utf8 = codecs.lookup(encoding).name == "utf-8"
    decoder = codecs.getincrementaldecoder("utf-8-sig" if is_utf8 else encoding)()
    line = 1
    with gzip.open(path, "rb") if is_gzip else path.open("rb") as file:
        while piece := read_piece(file):
            try:
                # Pure ASCII needs no decoding, unless the piece before ended within a letter.
                is_ascii = is_utf8 and piece.isascii() and not decoder.getstate()[0]
                yield piece if is_ascii else decoder.decode(piece).encode("utf-8")
            except UnicodeDecodeError as error:
                raise not_decodable(error, encoding, line + piece.count(b"\n", 0, error.start)) from None
            line += piece.count(b"\n")
        try:
            decoder.decode(b"", final=True)
        except UnicodeDecodeError as error:
            raise not_decodable(error, encoding, line) from None


def not_decodable(error: UnicodeDecodeError, encoding: str, line: int) -> RefusedError:
    """The refusal of a file with bytes that its encoding does not have."""
    return RefusedError(
        f"Line {line} is not {encoding}: the bytes {error.object[error.start : error.end].hex(' ')} have no meaning"
        f" there. Set the encoding of its source, for example 'windows-1252', or deliver it in {encoding}."
    )


def read_piece(file: object) -> bytes:
    """The next piece of an open file."""
    try:
        return file.read(PIECE)  # type: ignore[attr-defined]
    except EOFError:
        raise RefusedError("The gzip file ends too early: it was cut short. Deliver it again, whole.") from None
    except (gzip.BadGzipFile, zlib.error) as error:
        raise RefusedError(f"The gzip file is damaged: {error}. Deliver it again.") from None
