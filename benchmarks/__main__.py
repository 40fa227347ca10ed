"""`python -m service bench`: measures, prints the table, writes it as JSON."""

import argparse
import asyncio
import os
import platform
import sys
import time
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path
from typing import Any

import aiohttp

from benchmarks.databases import databases
from benchmarks.plan import FULL, TINY, Bench
from benchmarks.processes import ProcessFailed
from benchmarks.results import Row, as_json, not_measured, table, write_json

Measure = Callable[[Bench], AsyncIterator[Row]]

MEASURES: dict[str, Measure] = {
    "fan-out": Bench.fan_out,
    "sustained": Bench.sustained,
    "prompt": Bench.prompt,
    "answering": Bench.answering,
    "starting": Bench.starting,
    "crashing": Bench.crashing,
}


def main(words: Sequence[str]) -> int:
    """Measure; the exit code is 0 whether or not the targets are met: the table says it."""
    arguments = _parser().parse_args(words)
    started = time.monotonic()
    rows, missing = asyncio.run(_measure(arguments))
    about = _about(time.monotonic() - started, missing)
    if arguments.output:
        write_json(Path(arguments.output), rows, about)
    if arguments.json:
        print(as_json(rows, about))
        return 0
    print("\n".join(table(rows)))
    print(f"\n{about['machine']}, {about['cores']} cores, in {about['seconds']:.0f} s.")
    if missing:
        print(f"Not measured on PostgreSQL. {missing}")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m service bench")
    parser.add_argument("--output", metavar="PATH", help="write the table as JSON too")
    parser.add_argument("--json", action="store_true", help="answer with JSON, for programs")
    parser.add_argument("--tiny", action="store_true", help="a few of everything, to see it run")
    parser.add_argument("--sqlite-only", action="store_true", help="start no PostgreSQL")
    parser.add_argument(
        "--only", action="append", choices=list(MEASURES), help="measure only these"
    )
    return parser


async def _measure(arguments: argparse.Namespace) -> tuple[list[Row], str]:
    rows: list[Row] = []
    names: list[str] = arguments.only or list(MEASURES)
    with databases(postgres=not arguments.sqlite_only) as ready:
        async with aiohttp.ClientSession() as session:
            bench = Bench(TINY if arguments.tiny else FULL, ready, session)
            for name in names:
                sys.stderr.write(f"Measuring: {name}\n")
                try:
                    async for row in MEASURES[name](bench):
                        rows.append(row)
                        # A run that is broken off has still told what it knows.
                        sys.stderr.write(f"{table([row])[1]}\n")
                except ProcessFailed as error:
                    sys.stderr.write(f"{name} could not be measured: {error}\n")
                    note = f"could not be measured: {error}"
                    rows.append(not_measured(name, "", "", 0, "", note))
    return rows, ready.missing


def _about(seconds: float, missing: str) -> dict[str, Any]:
    return {
        "machine": platform.platform(),
        "python": platform.python_version(),
        "cores": os.cpu_count(),
        "seconds": round(seconds, 1),
        "load_before": os.getloadavg()[2],
        "not_measured": missing,
    }


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
