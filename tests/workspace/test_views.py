"""Saved views: kept by name and page, replaced, forgotten."""

import pytest

from workspace import views
from workspace.folders import Workspace


def test_a_view_is_kept_replaced_and_forgotten(tmp_path):
    (tmp_path / "regulars.toml").write_text("")
    workspace = Workspace.open(tmp_path).ensure()
    views.save(workspace, "explore", " Mine ", "Ann", {"by": ["tier", "region"]})
    views.save(workspace, "other", "Mine", "Ann", {})
    views.save(workspace, "explore", "Mine", "Bob", {"grain": "day"})
    [view] = views.saved(workspace, "explore")
    assert (view.name, view.created_by, view.address) == ("Mine", "Bob", {"grain": "day"})
    views.forget(workspace, "explore", "Mine")
    views.forget(workspace, "explore", "Mine")
    assert not views.saved(workspace, "explore")
    assert len(views.saved(workspace, "other")) == 1
    with pytest.raises(ValueError, match="needs a name"):
        views.save(workspace, "explore", "  ", "Ann", {})
