"""What a language must say: one table of words and phrases. The sentence is written and read by the same table."""

from dataclasses import dataclass
from functools import cached_property

from workspace.segments.phrases import Expected, Phrase, tokens


@dataclass(frozen=True)
class FlagWords:
    """How people are called for whom a flag is true, and for whom it is not (or is unknown)."""

    yes: str
    no: str


@dataclass(frozen=True)
class ActWords:
    """That somebody did it, and that somebody did not."""

    did: str
    did_not: str


@dataclass(frozen=True)
class Vocabulary:
    """All the words of a language. Of several phrases that could fit, the one that asks for most comes first."""

    everybody: str
    people: str
    all_but: str
    not_those: str
    conjunctions: dict[str, str]
    value_or: str
    whose: str
    who: str
    is_one_of: str
    is_none_of: str
    starts_with: str
    is_known: str
    is_unknown: str
    is_when: str
    yes: str
    no: str
    ranges: tuple[Phrase, ...]
    times: tuple[Phrase, ...]
    amounts: tuple[Phrase, ...]
    spans: tuple[Phrase, ...]
    relations: dict[str, tuple[Phrase, Phrase]]
    fields: dict[str, str]
    flags: dict[str, FlagWords]
    acts: dict[str, ActWords]
    traits: dict[str, str]
    expected: Expected
    comma: str = ","
    value_comma: str = ","
    stop: str = "."
    brackets: tuple[str, str] = ("(", ")")
    is_when_first: bool = False  # the time before what was done

    def field(self, name: str) -> str:
        """What a field is called; one that has no words of its own is called as its column is."""
        return self.fields.get(name, name.replace("_", " "))

    @cached_property
    def reserved(self) -> frozenset[str]:
        """Words that may follow where a value stands: a value that is one of them is written between marks."""
        texts = [self.is_known, self.is_unknown, self.is_none_of, self.starts_with, self.yes, self.no, self.value_or]
        texts += self.conjunctions.values()
        texts += [
            form for group in (self.ranges, self.times, self.amounts, self.spans) for p in group for form in p.forms
        ]
        texts += [form for pair in self.relations.values() for phrase in pair for form in phrase.forms]
        words = (
            token for text in texts for token in tokens(text.replace("{", " ").replace("}", " ").replace("_", " "))
        )
        return frozenset(token.text.lower() for token in words if token.kind == "word")
