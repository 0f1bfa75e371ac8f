"""A sentence back to the definition that it was written from; `writing` is its mirror, part for part."""

from typing import Any

from workspace.segments.checking import definition_of
from workspace.segments.english import ENGLISH
from workspace.segments.fields import Fields
from workspace.segments.language import MAX_DEPTH, Group
from workspace.segments.phrases import WIDE, Phrase, Reader, unquote
from workspace.segments.vocabulary import Vocabulary


def read(sentence: str, fields: Fields, words: Vocabulary = ENGLISH) -> Group:
    """The definition that the sentence says.

    Raises
    ------
    RegularsError
        From where on it cannot be read and what is expected there.
    """
    reader = Sentence(sentence, fields, words)
    return definition_of(reader.whole())


class Sentence(Reader):
    """A sentence being read with the words of one language."""

    def __init__(self, sentence: str, fields: Fields, words: Vocabulary) -> None:
        super().__init__(sentence, words.expected)
        self.words = words
        # The longest first: "next order expected" before "next order".
        self.fields = sorted(((words.field(name), name) for name in fields), key=lambda pair: -len(pair[0]))
        flags = [
            (said, name, value)
            for name, flag in words.flags.items()
            for said, value in ((flag.yes, True), (flag.no, False))
        ]
        self.flags = sorted(flags, key=lambda flag: -len(flag[0]))
        acts = [
            (said, name, value)
            for name, act in words.acts.items()
            for said, value in ((act.did, True), (act.did_not, False))
        ]
        self.acts = sorted(acts, key=lambda act: -len(act[0]))
        self.traits = sorted(words.traits.items(), key=lambda pair: -len(pair[1]))

    def whole(self) -> dict[str, Any]:
        """The sentence, to its end."""
        if self.take(self.words.everybody):
            found: dict[str, Any] = {"all": []}
        elif self.take(self.words.all_but):
            found = {"none": self.alternatives(1)}
        elif self.take(self.words.people):
            match, items = self.body(1)
            found = {match: items}
        else:
            raise self.wrong(f"“{self.words.people} …”")
        self.take(".")
        if self.peek().kind != "end":
            raise self.wrong(self.expected.end)
        return found

    def bracket(self, depth: int) -> tuple[str, list[Any]]:
        """The parts within brackets."""
        if not self.take("("):
            raise self.wrong("“(”")
        found = self.body(depth)
        if not self.take(")"):
            raise self.wrong("“)”")
        return found

    def alternatives(self, depth: int) -> list[Any]:
        """The parts within brackets, "or" between them: "not those (a, and b)" would mean something else."""
        match, items = self.bracket(depth)
        if match == "all" and len(items) > 1:
            self.place -= 1
            raise self.wrong(self.expected.alternative.format(word=self.words.conjunctions["any"]))
        return items

    def body(self, depth: int) -> tuple[str, list[Any]]:
        """Parts with the same word between them."""
        if depth > MAX_DEPTH:
            raise self.wrong(self.expected.fewer_groups)
        items = [self.item(depth)]
        match = "all"
        for name, word in self.words.conjunctions.items():
            while (len(items) == 1 or match == name) and self.take(f", {word}"):
                match = name
                items.append(self.item(depth))
        return match, items

    def item(self, depth: int) -> dict[str, Any]:
        """A group in brackets, a condition on a field, or an act."""
        if self.take(self.words.not_those):
            return {"none": self.alternatives(depth + 1)}
        if self.peek().text == "(":
            match, items = self.bracket(depth + 1)
            return {match: items}
        if self.take(self.words.whose):
            return self.attribute()
        if self.take(self.words.who):
            return self.flag() or self.act()
        raise self.wrong(self.expected.either.format(one=self.words.whose, other=self.words.who))

    def attribute(self) -> dict[str, Any]:
        """A field and what is asked of it."""
        begun = self.place
        for label, name in self.fields:
            if self.take(label) and (asked := self.asked()) is not None:
                return {"field": name, **asked}
            self.place = begun
        raise self.wrong(self.expected.attribute)

    def asked(self) -> dict[str, Any] | None:
        """What is asked of a field; `None` where nothing that can be asked comes."""
        words = self.words
        for said, asked in ((words.is_known, {"is_known": True}), (words.is_unknown, {"is_known": False}),
                            (words.no, {"is_true": False}), (words.yes, {"is_true": True})):  # fmt: skip
            if self.take(said):
                return dict(asked)
        if self.take(words.starts_with):
            return {"starts_with": self.one_value()}
        if (found := self.span_of(words.ranges, "at")) is not None:
            return found
        begun = self.place
        if self.take(words.is_when) and (span := self.span()):
            return {"when": span}
        self.place = begun
        if self.take(words.is_none_of):
            return {"none_of": self.values()}
        return {"one_of": self.values()} if self.take(words.is_one_of) else None

    def flag(self) -> dict[str, Any] | None:
        """A flag in its own words."""
        for said, name, value in self.flags:
            if self.take(said):
                return {"field": name, "is_true": value}
        return None

    def act(self) -> dict[str, Any]:
        """An act with all that is asked of it; when it was may be said before it or after."""
        first = self.span()
        name, did = self.verb()
        found: dict[str, Any] = {"act": name, "did": did, "where": self.where()}
        found |= self.span_of(self.words.times, "times_at") or {}
        found |= self.span_of(self.words.amounts, "amount_at") or {}
        if span := first or self.span():
            found["when"] = span
        if relation := self.relation():
            found["relation"] = relation
        return found

    def verb(self) -> tuple[str, bool]:
        """Which act, done or not."""
        for said, name, did in self.acts:
            if self.take(said):
                return name, did
        raise self.wrong(self.expected.act)

    def relation(self) -> dict[str, Any] | None:
        """Before or after which other act."""
        for order, phrases in self.words.relations.items():
            for phrase in phrases:
                days = self.fill(phrase)
                if days is None:
                    continue
                name, did = self.verb()
                if not did:
                    raise self.wrong(self.expected.act_done)
                about = {"where": self.where()}
                span = self.span()
                return {"order": order, "act": name, **days, **about, **({"when": span} if span else {})}
        return None

    def where(self) -> list[dict[str, Any]]:
        """What an act was about."""
        found: list[dict[str, Any]] = []
        while True:
            for name, said in self.traits:
                if self.take(said):
                    found.append({"trait": name, "one_of": self.values()})
                    break
            else:
                return found

    def span(self) -> dict[str, Any] | None:
        """Days or dates."""
        for phrase in self.words.spans:
            if (found := self.fill(phrase)) is not None:
                return found
        return None

    def span_of(self, phrases: tuple[Phrase, ...], name: str) -> dict[str, Any] | None:
        """A range as `{name}_least` and `{name}_most`."""
        for phrase in phrases:
            if (found := self.fill(phrase)) is not None:
                low, high = found.get("low", found.get("both")), found.get("high", found.get("both"))
                return {
                    key: value for key, value in ((f"{name}_least", low), (f"{name}_most", high)) if value is not None
                }
        return None

    def values(self) -> list[str]:
        """'A', 'A or B', 'A, B or C': a comma before "and" or "or" ends them."""
        found = [self.one_value()]
        while True:
            ahead = self.peek(1).text.lower()
            is_next = self.peek().text == "," and ahead not in self.words.conjunctions.values()
            if is_next:
                self.place += 1
            elif not self.take(self.words.value_or):
                return found
            found.append(self.one_value())

    def one_value(self) -> str:
        """A value between marks, or a plain word."""
        token = self.peek()
        if token.kind == "quoted":
            self.place += 1
            return unquote(token.text)
        # Unmarked Chinese would end nobody knows where.
        if token.kind == "word" and token.text.lower() not in self.words.reserved and not WIDE.match(token.text):
            self.place += 1
            return token.text
        raise self.wrong(self.expected.value)
