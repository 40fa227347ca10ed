"""`cities import`: the directory of places, from the Census Bureau's files."""

import argparse
import csv
import os
import resource
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from service.commands.failure import CommandFailed
from service.commands.output import count, show
from service.commands.parsing import Subparsers, add_command

if TYPE_CHECKING:
    from service.directory.city_import import Note, Outcome

LINE_EVERY = 5_000
MANY_FORMER = 0.05


def add_to(group: "Subparsers[argparse.ArgumentParser]") -> None:
    """Add the command."""
    parser = add_command(
        group,
        "import",
        import_them,
        about="bring the directory up to date with the Census Bureau's files",
        example="python -m service cities import --gazetteer 2025_Gaz_place_national.txt "
        "--population place_2023.json",
    )
    for name, what in (
        ("gazetteer", "the national file of places, unpacked (.txt)"),
        ("population", "the Census API's answer with B01003_001E for all places (.json)"),
    ):
        parser.add_argument(f"--{name}", type=Path, required=True, metavar="FILE", help=what)
    parser.add_argument(
        "--report", type=Path, metavar="FILE", help="write every place that was not matched (CSV)"
    )


async def import_them(arguments: argparse.Namespace) -> None:
    """Import both files and say what came of it."""
    from service.clock import Clock
    from service.directory.census_files import FileWrong
    from service.directory.city_import import import_cities
    from service.opening import command_database

    began = time.monotonic()
    progress = Progress(sys.stderr)
    clock = Clock()
    try:
        with _report(arguments.report) as note:
            async with command_database() as database:
                outcome = await import_cities(
                    database,
                    gazetteer=arguments.gazetteer,
                    population=arguments.population,
                    at=clock(),
                    note=note,
                    progress=progress,
                )
    except FileWrong as error:
        raise CommandFailed(error.what, "Nothing was changed.", error.remedy) from error
    finally:
        progress.end()
    seconds = time.monotonic() - began
    show(_thing(outcome, seconds), arguments.json, _lines(outcome, seconds, arguments.report))


class Progress:
    """Says how far it is: one line that changes on a terminal, else a line now and then."""

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._changing = out.isatty()
        self._open = False
        self._next = LINE_EVERY

    def __call__(self, read: int) -> None:
        """So many places have been read."""
        text = f"{read:,} places read"
        if self._changing:
            self._out.write(f"\r{text}")
            self._open = True
        elif read >= self._next:
            self._out.write(f"{text}\n")
            self._next = read + LINE_EVERY
        self._out.flush()

    def end(self) -> None:
        """Leave the changing line."""
        if self._open:
            self._out.write("\n")
            self._open = False


@contextmanager
def _report(path: Path | None) -> "Iterator[Note]":
    """Where unmatched places are noted; the file appears when all went well."""
    if path is None:
        yield lambda *_place: None
        return
    unfinished = path.with_name(f"{path.name}.unfinished")
    try:
        file = unfinished.open("w", encoding="utf-8", newline="")
    except OSError as error:
        raise CommandFailed(
            f"{path} can't be written ({(error.strerror or 'unknown reason').lower()}).",
            "Nothing was changed.",
            "Give --report a file in a folder that you may write to.",
        ) from error
    try:
        with file:
            writer = csv.writer(file)
            writer.writerow(("geoid", "name", "state", "reason"))
            yield lambda *place: writer.writerow(place)
        os.replace(unfinished, path)
    finally:
        unfinished.unlink(missing_ok=True)


def _memory() -> float:
    """The most memory that this process has held, in MB (ru_maxrss is in kB, on macOS in bytes)."""
    held = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return held / (1e6 if sys.platform == "darwin" else 1e3)


def _thing(outcome: "Outcome", seconds: float) -> dict[str, Any]:
    return {
        "read": outcome.read,
        "cities": outcome.cities,
        "added": outcome.added,
        "changed": outcome.changed,
        "unchanged": outcome.same,
        "former": outcome.former,
        "directory": outcome.directory,
        "renamed": [
            {"id": city.id, "before": before, "now": city.name} for before, city in outcome.renamed
        ],
        "kept_ids": [
            {"id": city.id, "listed_as": geoid, "label": city.label}
            for geoid, city in outcome.kept_ids
        ],
        "unmatched": [
            {"reason": reason, "count": found.count, "examples": found.examples}
            for reason, found in outcome.reasons.items()
        ],
        "seconds": round(seconds, 1),
        "memory_mb": round(_memory()),
    }


def _lines(outcome: "Outcome", seconds: float, report: Path | None) -> list[str]:
    lines = [
        f"{count(outcome.read, 'place', 'places')} read, {outcome.cities:,} of them are cities.",
        f"{outcome.added:,} added, {outcome.changed:,} changed, {outcome.same:,} as they were, "
        f"{outcome.former:,} newly marked as former.",
    ]
    if not (outcome.added or outcome.changed or outcome.former):
        lines.append("0 changed: the directory was up to date.")
    if outcome.former > outcome.directory * MANY_FORMER:
        lines.append(
            "That is a large part of the directory. If the Gazetteer's file is not the whole "
            "country's, import the whole one: they are no longer former then."
        )
    lines += [f"Renamed: {before} is now {city.label}." for before, city in outcome.renamed[:20]]
    if len(outcome.renamed) > 20:
        lines.append(f"… and {len(outcome.renamed) - 20:,} more were renamed.")
    lines += [
        f"Keeps its id: {city.label} is {city.id} here and {geoid} in the file."
        for geoid, city in outcome.kept_ids[:20]
    ]
    if outcome.reasons:
        lines += ["", "Not matched:"]
    for reason, found in sorted(outcome.reasons.items(), key=lambda item: -item[1].count):
        lines.append(f"  {found.count:,}  {reason}")
        lines.append(f"      for example {'; '.join(found.examples)}")
    if outcome.reasons and report is None:
        lines.append("To see them all, add: --report unmatched.csv")
    elif report is not None:
        lines.append(f"All of them are in {report}.")
    lines += [
        "",
        f"The directory has {count(outcome.directory, 'place', 'places')}. "
        f"It took {seconds:.1f} seconds and {_memory():.0f} MB of memory.",
    ]
    return lines
