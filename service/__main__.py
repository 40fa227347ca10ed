"""`python -m service COMMAND`: run the exchange, and look after it."""

import argparse
import sys
from collections.abc import Sequence

from service.commands import (
    bench,
    channels,
    cities,
    links,
    manifest,
    migrate,
    sentences,
    serve,
    status,
    workspaces,
)
from service.commands.failure import CommandFailed
from service.settings import SettingsWrong

COMMANDS = (serve, migrate, status, cities, workspaces, channels, links, manifest, sentences, bench)


def build_parser() -> argparse.ArgumentParser:
    """The parser with every command."""
    parser = argparse.ArgumentParser(
        prog="python -m service",
        description="Mayoral Exchange: one network of cities, each in its own Slack or Teams.",
        epilog="Settings come from the environment or .env; docs/operating.md lists them.",
    )
    parsers = parser.add_subparsers(metavar="COMMAND", required=True)
    for command in COMMANDS:
        command.add_to(parsers)
    return parser


def main(words: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code: 0 done, 1 could not, 2 wrong words or settings."""
    arguments = build_parser().parse_args(words)
    try:
        code = arguments.start(arguments)
    except SettingsWrong as error:
        return _fail(str(error), 2)
    except CommandFailed as error:
        return _fail(str(error), 1)
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        return 1
    except Exception as error:
        # Imported late: --help answers without the database's libraries.
        from storage.errors import StorageError

        if isinstance(error, StorageError):
            return _fail(str(error), 1)
        raise
    return int(code)


def _fail(text: str, code: int) -> int:
    sys.stderr.write(f"{text}\n")
    return code


if __name__ == "__main__":
    sys.exit(main())
