"""Settings of scheduled lists: what is unsafe or cannot be is refused by key, and no secret is printed."""

from pathlib import Path

import pytest

from workspace.errors import SettingsError
from workspace.settings import load

CRM = '[outbox.destinations.crm]\nsecret_variable = "S"\nurl = '


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (CRM + '"http://crm.example.org/"', "must begin with https://"),
        (CRM + '"http://169.254.169.254/latest"', "must begin with https://"),
        (CRM + '"file:///etc/passwd"', "must be an address such as"),
        (CRM + '"https://ann:hunter22@crm.example.org/"', "no user name or password"),
        ('[outbox.destinations.crm]\nurl = "https://crm.example.org/"', "needs secret_variable with url"),
        ('[outbox.destinations.crm]\nfolder = "x"\nsecret_variable = "S"', "needs secret_variable with url"),
        ("[outbox.destinations.crm]", "needs a folder or a url"),
        ('[outbox.destinations."../x"]\nfolder = "x"', "must be of small letters"),
        ('[outbox.lists.l]\nsegment = "S"\nto = "crm"\npurpose = "p"', "outbox.destinations.crm] is not there"),
        (
            '[outbox.destinations.d]\nfolder = "x"\n[outbox.lists.l]\nsegment = "S"\nto = "d"\npurpose = "p"\n'
            'columns = ["name; drop table x"]',
            "A list has no column",
        ),
    ],
)
def test_what_cannot_be_is_refused_by_its_key(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "regulars.toml").write_text(text)
    with pytest.raises(SettingsError) as caught:
        load(tmp_path / "regulars.toml")
    assert words in str(caught.value)
    assert "outbox" in str(caught.value)
    assert "hunter22" not in str(caught.value)


def test_addresses_of_this_machine_need_no_certificate(tmp_path: Path) -> None:
    (tmp_path / "regulars.toml").write_text(CRM + '"http://localhost:8080/lists"')
    assert load(tmp_path / "regulars.toml").outbox.destinations["crm"].attempts == 4
