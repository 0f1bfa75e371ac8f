"""The words of segments in the reader's language. Only the English sentence can be read back to its definition."""

from dashboards.app_language import language
from workspace.segments import writing
from workspace.segments.chinese import CHINESE
from workspace.segments.english import ENGLISH
from workspace.segments.language import Group
from workspace.segments.vocabulary import Vocabulary


def vocabulary() -> Vocabulary:
    """The words of the reader's language."""
    return CHINESE if language() == "zh" else ENGLISH


def sentence(definition: Group) -> str:
    """What the segment means, for reading."""
    return writing.sentence(definition, vocabulary())
