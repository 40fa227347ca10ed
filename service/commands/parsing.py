"""What the commands' parsers have in common."""

import argparse
import asyncio
from collections.abc import Awaitable, Callable

Subparsers = argparse._SubParsersAction  # argparse has no public name for it
Run = Callable[[argparse.Namespace], Awaitable[None]]


def add_command(
    parsers: "Subparsers[argparse.ArgumentParser]",
    name: str,
    run: Run,
    *,
    about: str,
    example: str = "",
) -> argparse.ArgumentParser:
    """Add a command that runs on an event loop and can answer with JSON."""
    parser = add_group_parser(parsers, name, about, example)
    parser.add_argument("--json", action="store_true", help="answer with JSON, for programs")

    def start(arguments: argparse.Namespace) -> int:
        asyncio.run(run_it(arguments))
        return 0

    async def run_it(arguments: argparse.Namespace) -> None:
        await run(arguments)

    parser.set_defaults(start=start)
    return parser


def add_group_parser(
    parsers: "Subparsers[argparse.ArgumentParser]", name: str, about: str, example: str = ""
) -> argparse.ArgumentParser:
    """Add a parser with its help text."""
    return parsers.add_parser(
        name,
        help=about,
        description=f"{about[:1].upper()}{about[1:]}.",
        epilog=f"Example: {example}" if example else None,
    )


def add_group(
    parsers: "Subparsers[argparse.ArgumentParser]", name: str, about: str
) -> "Subparsers[argparse.ArgumentParser]":
    """Add a word that is followed by one of several commands."""
    parser = add_group_parser(parsers, name, about)
    return parser.add_subparsers(metavar="COMMAND", required=True)
