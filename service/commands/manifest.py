"""`manifest slack|teams`: what admins paste into Slack and upload to Teams."""

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path

from service.commands.failure import CommandFailed
from service.commands.output import show
from service.commands.parsing import Subparsers, add_command, add_group

CLOUDS = ("public", "gcc", "gcch", "dod")
_SLACK_APPS = {False: "https://api.slack.com/apps", True: "https://api.slack-gov.com/apps"}


def add_to(parsers: "Subparsers[argparse.ArgumentParser]") -> None:
    """Add the commands."""
    group = add_group(parsers, "manifest", "what admins install in Slack and Teams")
    _add_slack(group)
    _add_teams(group)


def _add_slack(group: "Subparsers[argparse.ArgumentParser]") -> None:
    parser = add_command(
        group,
        "slack",
        slack,
        about="print the manifest of the Slack app",
        example="python -m service manifest slack --base-url https://exchange.example.gov",
    )
    parser.add_argument(
        "--base-url",
        type=_address,
        metavar="URL",
        help="the https address at which Slack reaches this exchange; not needed for Socket Mode",
    )
    parser.add_argument(
        "--socket-mode", action="store_true", help="Slack sends over a connection that we open"
    )
    parser.add_argument("--gov", action="store_true", help="for GovSlack")
    parser.add_argument(
        "--own-app",
        action="store_true",
        help="for one workspace whose token you paste: no installation by OAuth",
    )
    parser.add_argument(
        "--format", choices=("yaml", "json"), default="yaml", help="how to write it (default: yaml)"
    )
    parser.set_defaults(wrong=parser.error)


def _add_teams(group: "Subparsers[argparse.ArgumentParser]") -> None:
    parser = add_command(
        group,
        "teams",
        teams,
        about="write the app package for Teams",
        example="python -m service manifest teams --base-url https://exchange.example.gov "
        "--app-id 12345678-90ab-4cde-8f01-234567890abc --out app.zip",
    )
    parser.add_argument(
        "--base-url",
        type=_address,
        required=True,
        metavar="URL",
        help="the https address at which Teams reaches this exchange",
    )
    parser.add_argument(
        "--app-id", type=_app_id, required=True, metavar="GUID", help="the bot's Microsoft App ID"
    )
    parser.add_argument(
        "--cloud", choices=CLOUDS, default="public", help="which Microsoft cloud (default: public)"
    )
    parser.add_argument(
        "--out",
        type=_zip_file,
        required=True,
        metavar="FILE.zip",
        help="where to write the package; a file that is there is replaced",
    )


def _checked(check: Callable[[str], str], typed: str) -> str:
    try:
        return check(typed)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{typed!r} can't be used: {error}.") from error


def _address(typed: str) -> str:
    from integrations.common.addresses import public_address

    return _checked(public_address, typed)


def _app_id(typed: str) -> str:
    from integrations.teams.manifest import checked_app_id

    return _checked(checked_app_id, typed)


def _zip_file(typed: str) -> Path:
    if not typed.lower().endswith(".zip"):
        raise argparse.ArgumentTypeError(f"{typed!r} can't be used: write a name ending in .zip.")
    return Path(typed)


async def slack(arguments: argparse.Namespace) -> None:
    """Print the manifest alone, so that it can be sent to a file."""
    from integrations.common.yaml_text import as_yaml
    from integrations.slack.manifest import slack_manifest

    if not arguments.base_url and not arguments.socket_mode:
        arguments.wrong(
            "argument --base-url: Slack needs an https address to send to. Write it, "
            "or take --socket-mode where no address can be reached."
        )
    manifest = slack_manifest(
        arguments.base_url or "",
        socket_mode=arguments.socket_mode,
        gov=arguments.gov,
        own_app=arguments.own_app,
    )
    if arguments.json or arguments.format == "json":
        print(json.dumps(manifest, ensure_ascii=False, indent=2))
    else:
        print(as_yaml(manifest), end="")
    if sys.stdout.isatty():
        address = _SLACK_APPS[arguments.gov]
        sys.stderr.write(f"\nNext: {address}, Create New App, From a manifest, and paste this.\n")


async def teams(arguments: argparse.Namespace) -> None:
    """Write the package, and say where it goes."""
    from integrations.teams.manifest import VERSION
    from service.app_packages import teams_app_package

    path: Path = arguments.out
    package = teams_app_package(arguments.base_url, arguments.app_id, arguments.cloud)
    _write(path, package)
    thing = {"id": arguments.app_id, "path": str(path), "version": VERSION}
    next_step = "Next: the Teams admin center, Teams apps, Manage apps, Upload new app."
    show(thing, arguments.json, [f"{path} is ready.", next_step])


def _write(path: Path, package: bytes) -> None:
    try:
        path.write_bytes(package)
    except OSError as error:
        raise CommandFailed(
            f"--out: {path} can't be written ({error.strerror}).",
            "The package was not made.",
            "Name a file in a folder that is there and that you may write to.",
        ) from error
