"""Settings: read as documented, refused with words that help."""

import re
from pathlib import Path

import pytest
from pydantic_settings import BaseSettings

from integrations.slack.settings import SlackSettings
from integrations.teams.settings import TeamsSettings
from service.platforms import PlatformSettings
from service.settings import ExchangeSettings, SettingsWrong, read_settings, setting_names

ROOT = Path(__file__).resolve().parents[2]
KINDS: tuple[type[BaseSettings], ...] = (ExchangeSettings, SlackSettings, TeamsSettings)
ROW = re.compile(r"^\| `([A-Z_]+)` \| (?:`(.*?)`)? ?\| (.+) \|$", re.MULTILINE)


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_table_tells_every_setting_and_its_default() -> None:
    text = (ROOT / "docs" / "operating.md").read_text(encoding="utf-8")
    table = {name: default for name, default, _ in ROW.findall(text)}
    code = {name: default for kind in KINDS for name, default in setting_names(kind).items()}
    assert table == code


def test_the_example_names_only_settings_and_sets_none() -> None:
    rows = (ROOT / ".env.example").read_text(encoding="utf-8").splitlines()
    named = {match[1] for row in rows if (match := re.match(r"#([A-Z_]+)=", row))}
    assert named <= {name for kind in KINDS for name in setting_names(kind)}
    assert [row for row in rows if row and not row.startswith("#")] == []


def test_the_environment_goes_before_the_file(
    own_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (own_folder / ".env").write_text("EXCHANGE_PORT=1234\nEXCHANGE_HOST=::1\n")
    monkeypatch.setenv("EXCHANGE_PORT", "4321")
    settings = read_settings(ExchangeSettings)
    assert (settings.port, settings.host) == (4321, "::1")


@pytest.mark.parametrize(
    ("given", "used"),
    [
        ("postgresql://a:b@db/x", "postgresql+asyncpg://a:b@db/x"),
        ("postgres://db/x", "postgresql+asyncpg://db/x"),
        ("sqlite:///a.db", "sqlite+aiosqlite:///a.db"),
    ],
)
def test_a_database_without_its_driver_gets_ours(
    given: str, used: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EXCHANGE_DATABASE_URL", given)
    assert read_settings(ExchangeSettings).database_url == used


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("EXCHANGE_PORT", "http"),
        ("EXCHANGE_PORT", "70000"),
        ("EXCHANGE_DATABASE_URL", "mysql://top-secret@db/x"),
        ("EXCHANGE_BASE_URL", "exchange.example.gov"),
        ("EXCHANGE_LOG_FORMAT", "yaml"),
    ],
)
def test_a_wrong_value_is_named_and_not_shown(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsWrong) as caught:
        read_settings(ExchangeSettings)
    text = str(caught.value)
    assert text.startswith(name)
    assert len(text.splitlines()) == 1
    assert "top-secret" not in text


def test_keys_are_a_comma_list(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EXCHANGE_SECRET_KEYS", " new , old,")
    assert read_settings(ExchangeSettings).secret_keys == ("new", "old")


def test_an_empty_app_id_is_a_setting_too(monkeypatch: pytest.MonkeyPatch) -> None:
    assert PlatformSettings.read().nothing_set
    monkeypatch.setenv("TEAMS_APP_ID", "")
    assert not PlatformSettings.read().nothing_set
