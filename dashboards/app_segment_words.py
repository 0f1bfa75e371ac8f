"""The words of segments in the reader's language."""

from dashboards.app_language import language
from workspace.segments import reading, writing
from workspace.segments.chinese import CHINESE
from workspace.segments.english import ENGLISH
from workspace.segments.fields import Fields
from workspace.segments.language import Group
from workspace.segments.phrases import WIDE
from workspace.segments.vocabulary import Vocabulary


def vocabulary() -> Vocabulary:
    """The words of the reader's language."""
    return CHINESE if language() == "zh" else ENGLISH


def sentence(definition: Group) -> str:
    """What the segment means."""
    return writing.sentence(definition, vocabulary())


def read(text: str, fields: Fields) -> Group:
    """The definition that a sentence says, whichever language it is in; an empty one is in the reader's.

    Raises
    ------
    RegularsError
        From where on it cannot be read and what is expected there.
    """
    begun = text.strip()[:1]
    words = vocabulary() if not begun else CHINESE if WIDE.match(begun) else ENGLISH
    return reading.read(text, fields, words)
