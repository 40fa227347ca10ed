"""`sentences`: every sentence that people read, for whoever edits them."""

import argparse
import asyncio
from pathlib import Path

from service.commands.output import show
from service.commands.parsing import Subparsers, add_command


def add_to(parsers: "Subparsers[argparse.ArgumentParser]") -> None:
    """Add the command."""
    parser = add_command(
        parsers,
        "sentences",
        tell,
        about="show every sentence that people read, as docs/sentences.md holds them",
        example="python -m service sentences --out docs/sentences.md",
    )
    parser.add_argument("--out", default="", metavar="PATH", help="write the page to a file")


async def tell(arguments: argparse.Namespace) -> None:
    """Print the page, or write it."""
    from service.sentences import page

    text = page()
    if not arguments.out:
        show({"page": text}, arguments.json, [text])
        return
    await asyncio.to_thread(Path(arguments.out).write_text, text, encoding="utf-8")
    show({"path": arguments.out}, arguments.json, [f"Written to {arguments.out}."])
