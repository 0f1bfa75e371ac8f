"""Phrases with places for values, written and read by the same template; and the tokens that a sentence is made of."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any

from workspace.errors import RegularsError

HAN = "\u3400-\u9fff"
WIDE_SIGNS = "\uff08\uff09\uff0c\u3001\u3002\uff1a"  # as a Chinese sentence has them; what they mean is below
PLAIN_SIGNS = str.maketrans(WIDE_SIGNS, "(),,.:")
# A Chinese character is a piece of its own: between them no space tells where a word ends.
TOKEN = re.compile(
    r"\s*(?:(?P<quoted>“(?:[^”\\]|\\.)*”)|(?P<date>\d{4}-\d{2}-\d{2})|(?P<number>-?\d+(?:\.\d+)?)"
    rf"|(?P<word>[{HAN}]|[^\W\d_](?:(?![{HAN}])[\w'-])*)|(?P<sign>[(),.:{WIDE_SIGNS}]))",
    re.DOTALL,
)
# Between two of these no space stands; a wide sign takes none on either side.
WIDE = re.compile(rf"[{HAN}“”]")
WIDE_SIGN = re.compile(f"[{WIDE_SIGNS}]")
PLACE = re.compile(r"{(\w+)}")
ESCAPES = {"n": "\n", "r": "\r", "t": "\t"}


@dataclass(frozen=True)
class Token:
    """A piece of a sentence: its kind (quoted, date, number, word, sign), what it says, where it begins."""

    kind: str
    text: str
    start: int


def tokens(sentence: str, no_sign: str = "{rest}") -> list[Token]:
    """The pieces of a sentence; a Chinese sign is the plain one that means the same.

    Raises
    ------
    RegularsError
        Where something stands that no sentence holds; `no_sign` says it.
    """
    found, place, end = [], 0, len(sentence.rstrip())
    while place < end:
        match = TOKEN.match(sentence, place)
        if not match or not match.lastgroup:
            raise RegularsError(no_sign.format(rest=sentence[place : place + 40].strip()))
        kind, text = match.lastgroup, match[match.lastgroup]
        text = text.translate(PLAIN_SIGNS) if kind == "sign" else text
        found.append(Token(kind, text, match.start(kind)))
        place = match.end()
    return found


def joined(*parts: str) -> str:
    """The parts that say something, a space between them where their script has one."""
    made = ""
    for part in filter(None, parts):
        made += part if not made or is_close(made[-1], part[0]) else f" {part}"
    return made


def is_close(left: str, right: str) -> bool:
    """Whether one character follows another without a space."""
    is_sign = WIDE_SIGN.match(left) or WIDE_SIGN.match(right)
    return bool(is_sign or (WIDE.match(left) and WIDE.match(right)))


def quote(value: str) -> str:
    """A value between its own marks: whatever it holds, it ends where the mark says."""
    text = value.replace("\\", "\\\\").replace("”", "\\”")
    for sign, character in ESCAPES.items():
        text = text.replace(character, f"\\{sign}")
    return f"“{text}”"


def unquote(text: str) -> str:
    """The value again from `quote`."""
    return re.sub(r"\\(.)", lambda match: ESCAPES.get(match[1], match[1]), text[1:-1], flags=re.DOTALL)


def write_number(value: Decimal | int) -> str:
    """A number without an exponent and without zeros that say nothing."""
    return format(Decimal(value).normalize() + 0, "f")


@dataclass(frozen=True)
class Phrase:
    """A template such as 'at least {low} times'; `one` is how it is said of 1: 'at least {low} time'."""

    text: str
    one: str = ""

    @property
    def names(self) -> tuple[str, ...]:
        """The places to fill."""
        return tuple(PLACE.findall(self.text))

    def write(self, **values: object) -> str:
        """The phrase with its places filled."""
        text = self.one if self.one and all(value == 1 for value in values.values()) else self.text
        return text.format(**{name: write_value(value) for name, value in values.items()})

    @property
    def forms(self) -> tuple[str, ...]:
        """What the phrase may look like, the longer form first."""
        return (self.text, self.one) if self.one else (self.text,)


def write_value(value: object) -> str:
    """A number or a date as a sentence says it; text stays what it is."""
    return write_number(value) if isinstance(value, Decimal | int) else str(value)


@dataclass(frozen=True)
class Expected:
    """What is said where a sentence cannot be read: from where on, and what is expected there."""

    from_here: str  # {rest}, {expected}
    at_the_end: str  # {expected}
    no_sign: str  # {rest}: what no sentence holds
    end: str
    value: str
    attribute: str
    act: str
    act_done: str
    fewer_groups: str
    alternative: str  # {word}
    either: str  # {one}, {other}


class Reader:
    """A sentence being read, piece by piece from the left."""

    def __init__(self, sentence: str, words: Expected) -> None:
        self.sentence = sentence
        self.expected = words
        self.tokens = tokens(sentence, words.no_sign)
        self.keys = tuple((token.kind, token.text.lower()) for token in self.tokens)
        self.place = 0

    def wrong(self, expected: str) -> RegularsError:
        """What could not be read, and what was expected there."""
        if self.place >= len(self.tokens):
            return RegularsError(self.expected.at_the_end.format(expected=expected))
        rest = self.sentence[self.tokens[self.place].start :]
        return RegularsError(self.expected.from_here.format(rest=rest[:60], expected=expected))

    def peek(self, ahead: int = 0) -> Token:
        """The piece that comes; an empty sign at the end."""
        place = self.place + ahead
        return self.tokens[place] if place < len(self.tokens) else Token("end", "", len(self.sentence))

    def take(self, text: str) -> bool:
        """Go past `text` if it comes now; text holds words and signs only."""
        wanted = pieces(text)
        # A quoted word is a value and never part of a phrase: kinds count.
        if self.keys[self.place : self.place + len(wanted)] != wanted:
            return False
        self.place += len(wanted)
        return True

    def fill(self, phrase: Phrase) -> dict[str, Any] | None:
        """The values of a phrase that comes now, and go past it; `None`, and stay, where it does not."""
        for form in phrase.forms:
            begun = self.place
            found = self.fill_form(form)
            if found is not None:
                return found
            self.place = begun
        return None

    def fill_form(self, form: str) -> dict[str, Any] | None:
        """As `fill`, for one form; the place is anywhere where it fails."""
        values: dict[str, Any] = {}
        for piece, name in parts(form):
            if name:
                value = self.value(name)
                if value is None:
                    return None
                values[name] = value
            elif not self.take(piece):
                return None
        return values

    def value(self, name: str) -> Any:
        """The number or date that fills a place of this name; `None` where none comes."""
        read, kind = READS.get(name, (Decimal, "number"))
        token = self.peek()
        if token.kind != kind:
            return None
        self.place += 1
        try:
            return read(token.text)
        except (ValueError, InvalidOperation):
            return None


@lru_cache(maxsize=1000)
def pieces(text: str) -> tuple[tuple[str, str], ...]:
    """The words and signs of a phrase, as kind and lower-case text."""
    return tuple((token.kind, token.text.lower()) for token in tokens(text))


@lru_cache(maxsize=1000)
def parts(form: str) -> tuple[tuple[str, str], ...]:
    """A phrase in pieces: (words, '') and ('', name of a place)."""
    split = [(piece, match[1] if (match := PLACE.fullmatch(piece)) else "") for piece in re.split(r"({\w+})", form)]
    return tuple((piece, name) for piece, name in split if piece.strip())


READS: dict[str, tuple[Callable[[str], Any], str]] = {
    "since": (date.fromisoformat, "date"),
    "until": (date.fromisoformat, "date"),
}
