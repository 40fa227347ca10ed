"""`workspaces add|list|pause`: the cities' Slack and Teams. Who may take part: `claims`."""

import argparse

from core.places import WorkspaceState
from service.commands import claims, workspace_ending
from service.commands.finding import find_workspace
from service.commands.output import show, table
from service.commands.parsing import Subparsers, add_command, add_group
from service.commands.workspace_adding import add_slack_options, add_teams_options
from service.commands.workspace_things import as_thing, city_of, label, with_city

STATES = {
    "pause": (WorkspaceState.PAUSED, "stop a workspace for a while", "is paused"),
}


def add_to(parsers: "Subparsers[argparse.ArgumentParser]") -> None:
    """Add the commands."""
    group = add_group(parsers, "workspaces", "the cities' Slack and Teams workspaces")
    adding = add_group(group, "add", "let a city's Slack or Teams take part")
    add_slack_options(adding)
    add_teams_options(adding)
    add_command(group, "list", list_all, about="list the workspaces")
    claims.add_to(group)
    workspace_ending.add_to(group)
    for name, (_, about, _) in STATES.items():
        parser = add_command(group, name, set_state, about=about)
        parser.add_argument("id", metavar="ID", help="the workspace's id")
        parser.set_defaults(act=name)


async def list_all(arguments: argparse.Namespace) -> None:
    """Answer every workspace."""
    from service.opening import reading

    async with reading() as unit:
        workspaces = await unit.workspaces.list()
        cities = {one.id: await city_of(unit, one) for one in workspaces}
    rows = [
        (
            one.id,
            one.platform,
            one.name,
            label(cities[one.id]),
            one.state.value,
            one.external_id,
        )
        for one in workspaces
    ]
    lines = table(("Id", "Platform", "Name", "City", "State", "Known there as"), rows)
    nothing = ["No city takes part yet. Add one with: python -m service workspaces add --help"]
    things = [as_thing(one, cities[one.id]) for one in workspaces]
    show(things, arguments.json, lines if rows else nothing)


async def set_state(arguments: argparse.Namespace) -> None:
    """Pause a workspace, and answer it."""
    from service.opening import writing

    state, _, now = STATES[arguments.act]
    async with writing() as unit:
        found = await find_workspace(unit, arguments.id)
        await unit.workspaces.set_state(found.id, state)
        workspace = await find_workspace(unit, str(found.id))
        city = await city_of(unit, workspace)
        act = f"workspace {state.value}"
        await unit.audit("operator", act, str(workspace.id), {}, workspace=workspace.id)
    lines = [f"{with_city(workspace, city)} {now}."]
    show(as_thing(workspace, city), arguments.json, lines)
