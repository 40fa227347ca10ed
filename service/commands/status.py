"""`status`: what is waiting, what is stuck, and what to do about it."""

import argparse

from service.commands.parsing import Subparsers, add_command


def add_to(parsers: "Subparsers[argparse.ArgumentParser]") -> None:
    """Add the command."""
    add_command(parsers, "status", run, about="what is waiting, what is stuck, and what to do")


async def run(arguments: argparse.Namespace) -> None:
    """Answer the state of the exchange."""
