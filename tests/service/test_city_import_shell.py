"""`cities import` as an operator meets it."""

import csv
import io
import json
import shutil
from pathlib import Path

import pytest
from typing_extensions import override

from service.__main__ import main
from service.commands.city_import import Progress

HEADER = "USPS|GEOID|NAME|LSAD|FUNCSTAT|INTPTLAT|INTPTLONG"
LINES = [
    "MA|2507000|Boston city|25|A|42.33855|-71.01825",
    "TX|4846620|Marfa city|25|A|30.31068|-104.02545",
    "CO|0811810|Cañon City city|25|A|38.4|-105.2",
    "VA|5103000|Arlington CDP|57|S|38.8|-77.1",
]
PEOPLE = [
    ["NAME", "B01003_001E", "state", "place"],
    ["Boston city, Massachusetts", "663972", "25", "07000"],
    ["Marfa city, Texas", "2179", "48", "46620"],
    ["Cañon City city, Colorado", "17098", "08", "11810"],
    ["Arlington CDP, Virginia", "234162", "51", "03000"],
]
IMPORT = ("cities", "import", "--gazetteer", "places.txt", "--population", "people.json")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, migrated: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a database and the two files, where commands are run."""
    shutil.copytree(migrated, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "places.txt").write_text("\n".join([HEADER, *LINES, ""]), encoding="utf-8")
    (tmp_path / "people.json").write_text(json.dumps(PEOPLE), encoding="utf-8")
    return tmp_path


def test_it_says_what_came_of_it(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*IMPORT, "--report", "unmatched.csv"]) == 0
    said = capsys.readouterr().out
    assert "If the Gazetteer's file is not the whole country's" in said  # the seed is not in it
    assert "4 places read, 3 of them are cities." in said
    assert "for example Arlington CDP, VA" in said
    assert "seconds and" in said
    with (folder / "unmatched.csv").open(encoding="utf-8") as file:
        rows = {row["geoid"]: row for row in csv.DictReader(file)}
    assert rows["5103000"]["name"] == "Arlington CDP"
    assert main(IMPORT) == 0
    assert "0 changed: the directory was up to date." in capsys.readouterr().out


def test_it_answers_programs(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*IMPORT, "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert (answer["read"], answer["cities"]) == (4, 3)
    assert {"reason", "count", "examples"} == set(answer["unmatched"][0])
    assert answer["memory_mb"] > 0
    assert main(["cities", "search", "canon", "city", "--json"]) == 0
    [found] = json.loads(capsys.readouterr().out)
    assert (found["label"], found["population"]) == ("Cañon City, CO", 17_098)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--gazetteer", "people.json", "--population", "places.txt"), "files are swapped"),
        (("--gazetteer", "latin.txt", "--population", "people.json"), "latin.txt, line 4"),
        (("--gazetteer", "cut.txt", "--population", "people.json"), "cut.txt, line 5"),
        (("--gazetteer", "absent.txt", "--population", "people.json"), "absent.txt"),
        (("--gazetteer", ".", "--population", "people.json"), "can't be read"),
    ],
)
def test_a_wrong_file_changes_nothing(
    folder: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], says: str
) -> None:
    text = (folder / "places.txt").read_text(encoding="utf-8")
    (folder / "latin.txt").write_text(text, encoding="latin-1")
    (folder / "cut.txt").write_text(text[:-20], encoding="utf-8")
    assert main(["cities", "search", "Canon City", "--json"]) == 0
    before = capsys.readouterr().out
    assert main(["cities", "import", *words, "--report", "unmatched.csv"]) == 1
    said = capsys.readouterr().err
    assert says in said
    assert "Nothing was changed." in said
    assert "Traceback" not in said
    assert main(["cities", "search", "Canon City", "--json"]) == 0
    assert capsys.readouterr().out == before
    assert not list(folder.glob("unmatched*"))


def test_a_report_that_cannot_be_written_stops_it_first(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main([*IMPORT, "--report", "absent/unmatched.csv"]) == 1
    assert "can't be written" in capsys.readouterr().err


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    @override
    def isatty(self) -> bool:
        return True


def test_progress_is_one_changing_line_on_a_terminal_and_lines_elsewhere() -> None:
    terminal, file = Terminal(), io.StringIO()
    for out in (terminal, file):
        progress = Progress(out)
        for read in (500, 4_000, 5_000, 5_500, 10_000):
            progress(read)
        progress.end()
    assert terminal.getvalue().count("\r") == 5
    assert terminal.getvalue().endswith("10,000 places read\n")
    assert file.getvalue().splitlines() == ["5,000 places read", "10,000 places read"]
