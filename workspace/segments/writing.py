"""A definition as one sentence in plain words. `reading` takes it back to the same definition."""

from collections.abc import Iterable
from decimal import Decimal
from functools import reduce

from workspace.segments.english import ENGLISH
from workspace.segments.language import Act, Attribute, Group, Relation, Span, Trait
from workspace.segments.phrases import Phrase, joined, quote
from workspace.segments.vocabulary import Vocabulary


def sentence(definition: Group, words: Vocabulary = ENGLISH) -> str:
    """What the segment means, as a sentence that a person can check."""
    return Writer(words).whole(definition)


class Writer:
    """Writes with the words of one language."""

    def __init__(self, words: Vocabulary) -> None:
        self.words = words

    def whole(self, definition: Group) -> str:
        """The sentence."""
        if not definition.of:
            return f"{self.words.everybody}{self.words.stop}"
        if definition.match == "none":
            return joined(self.words.all_but, self.bracket(definition)) + self.words.stop
        return joined(self.words.people, self.body(definition)) + self.words.stop

    def bracket(self, group: Group) -> str:
        """The parts of a group in brackets."""
        opening, closing = self.words.brackets
        return f"{opening}{self.body(group)}{closing}"

    def body(self, group: Group) -> str:
        """The parts of a group, a comma and its word between them."""
        word = self.words.conjunctions["all" if group.match == "all" else "any"]
        first, *others = [self.item(item) for item in group.of]
        return reduce(lambda said, item: joined(said + self.words.comma, word, item), others, first)

    def item(self, item: Group | Attribute | Act) -> str:
        """One part; a group within a group is put in brackets."""
        if isinstance(item, Group):
            return joined(self.words.not_those if item.match == "none" else "", self.bracket(item))
        return self.attribute(item) if isinstance(item, Attribute) else self.act(item)

    def attribute(self, item: Attribute) -> str:
        """A condition on a field."""
        words = self.words
        if item.is_true is not None and item.field in words.flags:
            flag = words.flags[item.field]
            return joined(words.who, flag.yes if item.is_true else flag.no)
        return joined(words.whose, words.field(item.field), self.asked(item))

    def asked(self, item: Attribute) -> str:
        """What is asked of the field."""
        words = self.words
        if item.one_of:
            return joined(words.is_one_of, self.values(item.one_of))
        if item.none_of:
            return joined(words.is_none_of, self.values(item.none_of))
        if item.starts_with:
            return joined(words.starts_with, self.value(item.starts_with))
        if item.when:
            return joined(words.is_when, self.span(item.when))
        if item.is_true is None and item.is_known is None:
            return span_of(words.ranges, item.at_least, item.at_most)
        known = words.is_known if item.is_known else words.is_unknown
        return {True: words.yes, False: words.no, None: known}[item.is_true]

    def act(self, item: Act) -> str:
        """A condition on behaviour."""
        words = self.words
        verb = words.acts[item.act]
        when = [self.span(item.when)] if item.when else []
        parts = [words.who, verb.did if item.did else verb.did_not, self.where(item.where)]
        if item.times_at_least is not None or item.times_at_most is not None:
            parts.append(span_of(words.times, item.times_at_least, item.times_at_most))
        if item.amount_at_least is not None or item.amount_at_most is not None:
            parts.append(span_of(words.amounts, item.amount_at_least, item.amount_at_most))
        parts = [*when, *parts] if words.is_when_first else [*parts, *when]
        parts += [self.relation(item.relation)] if item.relation else []
        return joined(*parts)

    def relation(self, relation: Relation) -> str:
        """Before or after which other act."""
        within, ever = self.words.relations[relation.order]
        days = relation.within_days
        parts = [ever.write() if days is None else within.write(within_days=days), self.words.acts[relation.act].did]
        parts += [self.where(relation.where), self.span(relation.when) if relation.when else ""]
        return joined(*parts)

    def where(self, where: tuple[Trait, ...]) -> str:
        """What the act was about."""
        return joined(*(joined(self.words.traits[trait.trait], self.values(trait.one_of)) for trait in where))

    def span(self, span: Span) -> str:
        """Days or dates."""
        given = {name: value for name in Span.model_fields if (value := getattr(span, name)) is not None}
        return next(phrase for phrase in self.words.spans if set(phrase.names) == set(given)).write(**given)

    def values(self, values: Iterable[str]) -> str:
        """'A', 'A or B', 'A, B or C'."""
        *rest, last = [self.value(value) for value in values]
        if not rest:
            return last
        first = [f"{value}{self.words.value_comma}" for value in rest[:-1]]
        return joined(*first, rest[-1], self.words.value_or, last)

    def value(self, value: str) -> str:
        """A plain word as it is, anything else between marks."""
        is_plain = value.isascii() and value.isalpha() and value.lower() not in self.words.reserved
        return value if is_plain else quote(value)


def span_of(phrases: tuple[Phrase, ...], low: Decimal | int | None, high: Decimal | int | None) -> str:
    """A range by the phrases for exactly, between, at least and at most."""
    exactly, between, at_least, at_most = phrases
    if low is not None and low == high:
        return exactly.write(both=low)
    if low is not None and high is not None:
        return between.write(low=low, high=high)
    return at_least.write(low=low) if low is not None else at_most.write(high=high)
