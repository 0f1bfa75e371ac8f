"""Settings: what is accepted, and that every fault is named with its file, key, value and what is allowed."""

from pathlib import Path

import pytest

from workspace import company_settings, settings
from workspace.errors import SettingsError
from workspace.folders import PROJECT


def load(folder: Path, text: str) -> settings.Settings:
    file = folder / "regulars.toml"
    file.write_text(text, encoding="utf-8")
    return settings.load(file)


def complaint(folder: Path, text: str) -> str:
    with pytest.raises(SettingsError) as caught:
        load(folder, text)
    return str(caught.value)


def test_an_empty_file_gives_the_defaults(tmp_path):
    loaded = load(tmp_path, "")
    assert (loaded.mining.abc.cut_a, loaded.mining.abc.cut_b, loaded.mining.abc.window_months) == (80, 95, 12)
    assert loaded.company.time_zone == "UTC"


def test_a_mapping_is_read(tmp_path):
    loaded = load(
        tmp_path,
        """
        [sources.shop]
        files = "shop/*.csv"
        [sources.shop.feeds."sales.orders"]
        where = "kind = 'order'"
        columns.order_id = "InvoiceNo"
        """,
    )
    mapping = loaded.sources["shop"].feeds["sales.orders"]
    assert (mapping.columns, mapping.where, mapping.on_repeat) == ({"order_id": "InvoiceNo"}, "kind = 'order'", "check")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[compny]\nname = 'x'", ["unknown key 'compny'", "allowed here: access, company, costs"]),
        ("[company]\nnme = 'x'", ["unknown key 'company.nme'", "currency, name, phone_prefix, time_zone"]),
        ("[mining.abc]\ncut_c = 1", ["unknown key 'mining.abc.cut_c'", "cut_a, cut_b, window_months"]),
        ("[sources.a]\nfiles='*'\npath='x'\n[sources.a.feeds.x]", ["unknown key 'sources.a.path'", "delimiter"]),
        ("[sources.a]\nfiles='*'\n[sources.a.feeds.x]\ncolums={}", ["sources.a.feeds.x.colums", "columns, drift"]),
        ("[company]\ntime_zone = 'Mars/Olympus'", ["company.time_zone = 'Mars/Olympus'", "IANA"]),
        ("[company]\ncurrency = 'euro'", ["company.currency = 'euro'"]),
        ("[mining.abc]\ncut_a = 95\ncut_b = 80", ["mining.abc", "cut_a=95, cut_b=80"]),
        ("[mining.abc]\ncut_a = 'much'", ["mining.abc.cut_a = 'much'", "integer"]),
        ("[sources.a]\nformat = 'csv'\n[sources.a.feeds.x]", ["'sources.a.files' is missing"]),
        ("[company", ["not valid TOML"]),
    ],
)
def test_a_fault_names_file_key_value_and_what_is_allowed(tmp_path, text, words):
    said = complaint(tmp_path, text)
    assert str(tmp_path / "regulars.toml") in said
    for word in words:
        assert word in said


def test_every_fault_is_named_at_once(tmp_path):
    said = complaint(tmp_path, "[company]\nnme = 'x'\ncurrency = 'euro'")
    assert len(said.splitlines()) == 2


def test_a_file_that_is_not_there_says_how_to_make_one(tmp_path):
    with pytest.raises(SettingsError, match="regulars init"):
        settings.load(tmp_path / "regulars.toml")


def test_what_a_file_says_now_counts_whatever_it_said_before(tmp_path):
    file, same = tmp_path / "regulars.toml", tmp_path / "same.toml"
    for port in (1234, 4321, 1234):
        file.write_text(f"[dashboard]\nport = {port}\n")
        assert settings.load(file).dashboard.port == port
    for each in (file, same):
        each.write_text("[dashboard]\nport = 0\n")
        with pytest.raises(SettingsError, match=each.name):
            settings.load(each)


def test_settings_cannot_be_changed_after_loading(tmp_path):
    loaded = load(tmp_path, "")
    with pytest.raises(ValueError, match="frozen"):
        loaded.company.name = "other"


def test_the_template_and_the_projects_own_file_are_valid(tmp_path):
    load(tmp_path, (PROJECT / "workspace" / "template.toml").read_text())
    assert settings.load(PROJECT / "regulars.toml").sources


def test_time_zones_are_looked_for_once(tmp_path, monkeypatch):
    load(tmp_path, "[company]\ntime_zone = 'Europe/Berlin'")
    monkeypatch.setattr(company_settings, "available_timezones", lambda: pytest.fail("looked for again"))
    assert load(tmp_path, "[company]\ntime_zone = 'Asia/Tokyo'").company.time_zone == "Asia/Tokyo"
