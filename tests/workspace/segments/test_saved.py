"""Saved segments: every version is kept, nobody writes over somebody else, files and addresses bring the same back."""

import json
import zlib
from base64 import urlsafe_b64encode

import pytest

from tests.workspace.segments.generated import Generator
from workspace.errors import RegularsError
from workspace.folders import Workspace
from workspace.segments import files, saved
from workspace.segments.checking import definition_of

LOYAL = definition_of({"all": [{"field": "tier", "one_of": ["A"]}]})
OTHERS = definition_of({"none": [{"field": "tier", "one_of": ["A"]}]})


@pytest.fixture
def workspace(tmp_path):
    (tmp_path / "regulars.toml").write_text("")
    return Workspace.open(tmp_path)


def test_every_version_is_kept_with_who_saved_it(workspace):
    first = saved.save(workspace, name=" The  best ", definition=LOYAL, who="ana")
    second = saved.save(workspace, name="The best", definition=OTHERS, who="bob", segment_id=first.segment_id)
    assert (first.name, first.version, first.owner, first.saved_by) == ("The best", 1, "ana", "ana")
    assert (second.version, second.owner, second.saved_by) == (2, "ana", "bob")
    assert [one.definition for one in saved.history(workspace, first.segment_id)] == [OTHERS, LOYAL]
    assert saved.segment(workspace, first.segment_id, version=1).definition == LOYAL
    assert [one.version for one in saved.segments(workspace)] == [2]


def test_saving_what_is_saved_makes_no_version(workspace):
    first = saved.save(workspace, name="The best", definition=LOYAL, who="ana")
    again = saved.save(workspace, name="The best", definition=LOYAL, who="bob", segment_id=first.segment_id)
    assert again == first


def test_nobody_writes_over_what_somebody_else_saved_meanwhile(workspace):
    first = saved.save(workspace, name="The best", definition=LOYAL, who="ana")
    saved.save(workspace, name="The best", definition=OTHERS, who="bob", segment_id=first.segment_id, seen_version=1)
    with pytest.raises(RegularsError, match="saved by bob meanwhile"):
        saved.save(workspace, name="Mine", definition=LOYAL, who="ana", segment_id=first.segment_id, seen_version=1)
    assert len(saved.history(workspace, first.segment_id)) == 2


def test_a_name_is_taken_once_and_never_empty(workspace):
    saved.save(workspace, name="The best", definition=LOYAL, who="ana")
    with pytest.raises(RegularsError, match="a segment 'The best' already, of ana"):
        saved.save(workspace, name="the BEST", definition=OTHERS, who="bob")
    with pytest.raises(RegularsError, match="needs a name"):
        saved.save(workspace, name=" \n ", definition=OTHERS, who="bob")
    with pytest.raises(RegularsError, match="no segment 99"):
        saved.save(workspace, name="New", definition=OTHERS, who="bob", segment_id=99)
    assert len(saved.segments(workspace)) == 1


def test_a_retired_segment_keeps_its_history_and_frees_its_name(workspace):
    first = saved.save(workspace, name="The best", definition=LOYAL, who="ana")
    saved.retire(workspace, first.segment_id, "bob")
    assert saved.segments(workspace) == []
    assert [one.is_retired for one in saved.history(workspace, first.segment_id)] == [True, False]
    assert saved.save(workspace, name="The best", definition=OTHERS, who="bob").segment_id != first.segment_id


def test_segments_go_to_a_file_and_come_back(workspace):
    generator = Generator(seed=3)
    made = [
        saved.save(workspace, name=f"=Segment {n} <b>“x”</b>: - {{0}}", definition=generator.definition(), who="ana")
        for n in range(40)
    ]
    text = files.to_yaml(made)
    assert files.from_yaml(text) == [(one.name, "ana", one.definition) for one in made]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("segments: [", "not valid YAML"),
        ("a: &a [1]\nb: [*a, *a]", "uses anchors"),
        ("- 1", "no list 'segments'"),
        ("segments: [{name: x}]", "Segment 1 of the file needs"),
        ("segments: [{name: x, definition: {}, shoe: 1}]", "needs a name and a definition"),
        ("segments: [{name: x, definition: {all: [{field: tier}]}}]", "Segment 1 of the file, 'x'.*exactly one kind"),
        ("segments: [{name: x, definition: !!python/object/apply:os.system [ls]}]", "not valid YAML"),
        ("segments:\n" + "[" * 3000, "not valid YAML|too deep"),
        ("#" * 2_000_001, "longer than"),
    ],
)
def test_a_file_that_is_none_says_where(text, problem):
    with pytest.raises(RegularsError, match=problem):
        files.from_yaml(text)


def test_an_address_brings_the_definition_back():
    generator = Generator(seed=4)
    for _ in range(200):
        made = generator.definition()
        text = files.to_address(made)
        assert text.replace("-", "").replace("_", "").isalnum()
        assert files.from_address(text) == made


@pytest.mark.parametrize("text", ["", "abc", "%%%", "=" * 5, files.to_address(LOYAL)[:-6], "A" * 300_000])
def test_an_address_that_was_cut_says_so(text):
    with pytest.raises(RegularsError, match="holds no segment"):
        files.from_address(text)


def test_an_address_cannot_grow_beyond_what_a_file_may_hold():
    bomb = urlsafe_b64encode(zlib.compress(json.dumps({"all": ["x" * 3_000_000]}).encode(), 9)).decode()
    with pytest.raises(RegularsError, match="holds no segment"):
        files.from_address(bomb)
