"""`bench`: measures this version beside a bare client."""

import argparse
import importlib
from collections.abc import Callable
from typing import cast

from service.commands.failure import CommandFailed
from service.commands.parsing import Subparsers, add_group_parser


def add_to(parsers: "Subparsers[argparse.ArgumentParser]") -> None:
    """Add the command. What else it takes is the benchmarks' own business."""
    parser = add_group_parser(parsers, "bench", "measure speed; needs the development set-up")
    parser.add_argument("--output", metavar="PATH", help="write the table as JSON too")
    parser.add_argument("--json", action="store_true", help="answer with JSON, for programs")
    parser.set_defaults(start=run)


def run(arguments: argparse.Namespace) -> int:
    """Run the benchmarks; returns their exit code."""
    try:
        module = importlib.import_module("benchmarks.__main__")
    except ModuleNotFoundError as error:
        raise CommandFailed(
            f"The benchmarks can't be run here: {error.name} is missing.",
            "They are part of a checkout with its development set-up.",
            "Run: make bench",
        ) from None
    words = ["--output", arguments.output] if arguments.output else []
    words += ["--json"] if arguments.json else []
    return cast("Callable[[list[str]], int]", module.main)(words)
