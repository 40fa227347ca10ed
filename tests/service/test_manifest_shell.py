"""`python -m service manifest`: what it writes, and how it says no."""

import json
import zipfile
from pathlib import Path

import pytest

from integrations.slack.manifest import EVENTS_PATH
from service.__main__ import main
from service.commands.manifest import CLOUDS
from tests.service.processes import run_service

ADDRESS = "https://exchange.example.gov"
APP_ID = "12345678-90ab-4cde-8f01-234567890abc"
SAMPLES = Path(__file__).resolve().parents[2] / "manifests"


def sample(name: str) -> str:
    return (SAMPLES / name).read_text(encoding="utf-8")


def out_of(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """What a command prints when it works; nothing may stand beside it."""
    assert main(("manifest", *words)) == 0
    printed = capsys.readouterr()
    assert printed.err == ""
    return printed.out


def refusal(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """What a command says about wrong words."""
    with pytest.raises(SystemExit) as ended:
        main(("manifest", *words))
    assert ended.value.code == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    return printed.err


def test_slack_in_both_formats(capsys: pytest.CaptureFixture[str]) -> None:
    words = ("slack", "--base-url", ADDRESS)
    assert out_of(capsys, *words) == sample("slack/manifest.yaml")
    assert out_of(capsys, *words, "--format", "yaml") == sample("slack/manifest.yaml")
    assert out_of(capsys, *words, "--format", "json") == sample("slack/manifest.json")
    assert out_of(capsys, *words, "--json") == sample("slack/manifest.json")


def test_the_other_kinds_of_slack_app(capsys: pytest.CaptureFixture[str]) -> None:
    assert out_of(capsys, "slack", "--socket-mode") == sample("slack/socket-mode.yaml")
    gov = out_of(capsys, "slack", "--base-url", ADDRESS, "--gov")
    assert gov == sample("slack/govslack.yaml")
    own = out_of(capsys, "slack", "--base-url", ADDRESS, "--own-app")
    assert own == sample("slack/own-app.yaml")


def test_it_needs_neither_settings_nor_a_database(tmp_path: Path) -> None:
    done = run_service(tmp_path, "manifest", "slack", "--base-url", ADDRESS)
    assert (done.returncode, done.stdout) == (0, sample("slack/manifest.yaml"))
    package = tmp_path / "app.zip"
    words = ("--base-url", ADDRESS, "--app-id", APP_ID, "--out", str(package))
    done = run_service(tmp_path, "manifest", "teams", *words)
    assert (done.returncode, done.stderr) == (0, "")
    assert [path.name for path in tmp_path.iterdir()] == ["app.zip"]


@pytest.mark.parametrize("cloud", CLOUDS)
def test_teams(capsys: pytest.CaptureFixture[str], tmp_path: Path, cloud: str) -> None:
    package = tmp_path / "app.zip"
    package.write_bytes(b"an older one")
    words = ("teams", "--base-url", f"{ADDRESS}/", "--app-id", APP_ID.upper(), "--cloud", cloud)
    made = json.loads(out_of(capsys, *words, "--out", str(package), "--json"))
    assert next(iter(made.items())) == ("id", APP_ID)
    assert made["path"] == str(package)
    name = "manifest.json" if cloud in {"public", "gcc"} else "manifest-gcc-high-and-dod.json"
    with zipfile.ZipFile(package) as opened:
        assert sorted(opened.namelist()) == ["color.png", "manifest.json", "outline.png"]
        assert opened.read("manifest.json").decode() == sample(f"teams/{name}")
        for icon in ("color.png", "outline.png"):
            assert opened.read(icon) == (SAMPLES / "icons" / icon).read_bytes()
    assert "Upload" in out_of(capsys, *words, "--out", str(package))


TEAMS = ("teams", "--base-url", ADDRESS, "--app-id", APP_ID, "--out", "app.zip")


@pytest.mark.parametrize(
    ("field", "fix", "words"),
    [
        ("--base-url", "--socket-mode", ("slack",)),
        ("--base-url", "begin with https://", ("slack", "--base-url", "http://exchange.example")),
        ("--base-url", "begin with https://", ("slack", "--base-url", "http://127.0.0.1:8000")),
        ("--base-url", "whole address", ("slack", "--base-url", "exchange.example.gov")),
        ("--base-url", "whole address", ("slack", "--base-url", "")),
        ("--format", "yaml", ("slack", "--base-url", ADDRESS, "--format", "toml")),
        ("--base-url", "required", ("teams", "--app-id", APP_ID, "--out", "app.zip")),
        ("--base-url", "begin with https://", (*TEAMS, "--base-url", "http://exchange.example")),
        ("--app-id", "Microsoft App ID", (*TEAMS, "--app-id", "5")),
        ("--app-id", "required", ("teams", "--base-url", ADDRESS, "--out", "app.zip")),
        ("--cloud", "gcch", (*TEAMS, "--cloud", "moon")),
        ("--out", "required", ("teams", "--base-url", ADDRESS, "--app-id", APP_ID)),
        ("--out", ".zip", (*TEAMS, "--out", "app.json")),
    ],
)
def test_a_bad_option_is_named_with_what_to_write(
    capsys: pytest.CaptureFixture[str], field: str, fix: str, words: tuple[str, ...]
) -> None:
    said = refusal(capsys, *words)
    line = said.strip().splitlines()[-1]
    assert field in line
    assert fix in line


def test_a_place_that_can_not_be_written(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    words = ("manifest", *TEAMS[:-1], str(tmp_path / "missing" / "app.zip"))
    assert main(words) == 1
    said = capsys.readouterr().err
    assert said.startswith("--out: ")
    assert "folder that is there" in said


def test_the_manifest_leads_to_where_the_server_listens() -> None:
    listening = Path(SAMPLES.parent / "service" / "platforms.py").read_text(encoding="utf-8")
    assert f'"{EVENTS_PATH}"' in listening
