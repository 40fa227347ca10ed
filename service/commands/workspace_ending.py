"""`workspaces remove` ends a workspace's part; `workspaces reencrypt` changes keys."""

import argparse

from service.commands.finding import find_workspace
from service.commands.output import count, show
from service.commands.parsing import Subparsers, add_command
from service.commands.workspace_things import as_thing, city_of, with_city


def add_to(group: "Subparsers[argparse.ArgumentParser]") -> None:
    """Add the commands to `workspaces`."""
    parser = add_command(
        group,
        "remove",
        remove,
        about="end a workspace's part for good: its links and tokens go, what it said stays",
    )
    parser.add_argument("id", metavar="ID", help="the workspace's id")
    add_command(
        group,
        "reencrypt",
        reencrypt,
        about="encrypt every token with the newest of EXCHANGE_SECRET_KEYS",
    )


async def remove(arguments: argparse.Namespace) -> None:
    """End a workspace's part, and answer it."""
    from service.membership.departing import end_workspace
    from service.opening import writing

    async with writing() as unit:
        found = await find_workspace(unit, arguments.id)
        ended = await end_workspace(unit, found, who="operator")
        workspace = await find_workspace(unit, str(found.id))
        city = await city_of(unit, workspace)
    lines = [
        f"{with_city(workspace, city)} takes no part any more.",
        f"{count(ended, 'link', 'links')} ended and its tokens are deleted; "
        "what it said stays on record.",
        "The app itself is removed by the workspace's admin.",
    ]
    show({**as_thing(workspace, city), "links_ended": ended}, arguments.json, lines)


async def reencrypt(arguments: argparse.Namespace) -> None:
    """Encrypt every secret anew, all of them or none, and answer how many there are."""
    from service.opening import writing

    async with writing() as unit:
        given = await unit.workspaces.reencrypt()
        granted = await unit.installations.reencrypt()
        await unit.audit("operator", "tokens re-encrypted", "all", {"count": given + granted})
    tokens = count(given + granted, "token is", "tokens are")
    lines = [
        f"{tokens} encrypted with the newest key.",
        "Older keys can be taken out of EXCHANGE_SECRET_KEYS once every node knows the newest, and "
        "no link to a file that is older than that is needed any more.",
    ]
    show({"given": given, "granted": granted, "tokens": given + granted}, arguments.json, lines)
