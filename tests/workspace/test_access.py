"""Roles by address and group, logins that have run out, and the file that the login reads."""

import tomllib
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from workspace.access import PERMISSIONS, Access, Roles
from workspace.errors import SettingsError
from workspace.folders import Workspace

NOW = datetime(2025, 6, 1, 12, tzinfo=UTC)
ACCESS = Access(
    metadata_url="https://id.example/.well-known/openid-configuration",
    client_id="regulars",
    roles=Roles(viewer=["group:Everybody"], marketer=["Ann@Example.org"], admin=["group:IT"]),
)


@pytest.mark.parametrize(
    ("claims", "role"),
    [
        ({"email": "ann@example.org"}, "marketer"),
        ({"email": "ANN@example.ORG", "groups": ["Everybody"]}, "marketer"),
        ({"email": "ann@example.org", "groups": ["IT", "Everybody"]}, "admin"),
        ({"email": "bob@example.org", "groups": "Everybody"}, "viewer"),
        ({"email": "bob@example.org"}, None),
        ({"email": "ann@example.org", "email_verified": False}, None),
        ({"email": "group:IT"}, None),  # an address cannot pass for a group
        ({"groups": ["ann@example.org"]}, None),  # nor a group for an address
        ({}, None),
    ],
)
def test_the_highest_role_that_names_somebody_counts(claims, role):
    assert ACCESS.role(claims) == role


def test_each_role_may_do_what_the_one_before_it_may():
    roles = list(PERMISSIONS.values())
    assert all(lower < higher for lower, higher in pairwise(roles))
    assert not PERMISSIONS["viewer"]


def test_a_login_counts_for_some_hours():
    said = {"is_logged_in": True, "iat": int((NOW - timedelta(hours=11)).timestamp())}
    assert ACCESS.is_current(said, NOW)
    assert not ACCESS.is_current(said, NOW + timedelta(hours=1))
    assert not ACCESS.is_current(said | {"is_logged_in": False}, NOW)
    assert not ACCESS.is_current({}, NOW)


def test_the_secrets_of_the_login_come_from_the_environment(monkeypatch):
    monkeypatch.delenv("REGULARS_OIDC_SECRET", raising=False)
    with pytest.raises(SettingsError, match="REGULARS_OIDC_SECRET is not set"):
        ACCESS.login_file()
    monkeypatch.setenv("REGULARS_OIDC_SECRET", 'a"quote\\and more')
    monkeypatch.setenv("REGULARS_COOKIE_SECRET", "long enough")
    assert tomllib.loads(ACCESS.login_file())["auth"] == {
        "redirect_uri": "http://localhost:8501/oauth2callback",
        "cookie_secret": "long enough",
        "client_id": "regulars",
        "client_secret": 'a"quote\\and more',
        "server_metadata_url": "https://id.example/.well-known/openid-configuration",
    }


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ('[access]\nmetadata_url = "https://id.example"\n', "client_id is needed"),
        ('[access.roles]\nadmin = ["ann"]\n', "must be an e-mail address or 'group:NAME'"),
        ('[access.roles]\nboss = ["ann@example.org"]\n', "boss"),
    ],
)
def test_a_bad_setting_says_which(tmp_path, text, fault):
    (tmp_path / "regulars.toml").write_text(text)
    with pytest.raises(SettingsError, match=fault):
        _ = Workspace.open(tmp_path).settings
