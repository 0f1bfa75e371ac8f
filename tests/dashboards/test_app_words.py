"""The glossary: every term that a page or column asks for is defined, with the night's own cut-offs."""

import ast

import pytest

from dashboards import app_columns, app_words
from workspace.folders import PROJECT


def asked_terms() -> set[str]:
    """Every term that a call `define("...")` names in the dashboard."""
    found = set()
    for file in (PROJECT / "dashboards").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "define":
                found |= {part.value for part in node.args if isinstance(part, ast.Constant)}
    return found


def test_every_term_asked_for_is_defined() -> None:
    columns = {term for _, _, _, term in app_columns.COLUMNS.values() if term}
    assert asked_terms() | columns <= set(app_words.GLOSSARY)


def test_a_term_is_defined_by_the_rules_of_the_night() -> None:
    text = app_words.define("tier", cut_a=70, cut_b=90, months=6)
    assert "first 70 %" in text
    assert "90 % B" in text
    assert "last 6 months" in app_words.define("net margin", months=6)


def test_a_term_without_a_definition_is_an_error() -> None:
    with pytest.raises(KeyError):
        app_words.define("magic number")


def test_a_code_that_is_not_known_is_shown_as_it_is() -> None:
    assert app_words.label("customer_id") == "Customer number"
    assert app_words.label("gift_card") == "Gift card"
