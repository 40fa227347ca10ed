"""`workspaces add slack` and `workspaces add teams`."""

import argparse
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.channels import Trouble
from core.failures import CallFailed, Refused
from core.ids import ExternalMember, ExternalTenant, ExternalWorkspace, PlatformName
from core.places import City, Workspace, WorkspaceState
from service.clock import Clock
from service.commands.failure import CommandFailed
from service.commands.finding import find_city
from service.commands.output import show
from service.commands.parsing import Subparsers, add_command
from service.commands.workspace_things import as_thing, with_city
from service.settings import read_settings

if TYPE_CHECKING:
    from service.membership.identities import Identity
    from storage.unit import Unit


@dataclass(frozen=True, slots=True)
class NewWorkspace:
    """What the operator says about a workspace, and what its platform has told of it."""

    platform: PlatformName
    external_id: ExternalWorkspace
    tenant: ExternalTenant
    name: str
    city: City | None
    api_url: str
    token: str | None = None
    bot_member: ExternalMember = ExternalMember("")
    bot_id: str = ""
    app_id: str = ""


def add_slack_options(parsers: "Subparsers[argparse.ArgumentParser]") -> None:
    """Add `slack`."""
    parser = add_command(
        parsers,
        "slack",
        add_slack,
        about="let a city's Slack take part",
        example="python -m service workspaces add slack --team T0123 --token xoxb-… --city 2507000",
    )
    parser.add_argument("--team", required=True, metavar="T…", help="the Slack team's id")
    parser.add_argument("--token", required=True, metavar="xoxb-…", help="the bot token")
    parser.add_argument("--api-url", default="", metavar="URL", help="where its Web API answers")
    _add_common(parser)


def add_teams_options(parsers: "Subparsers[argparse.ArgumentParser]") -> None:
    """Add `teams`."""
    parser = add_command(
        parsers,
        "teams",
        add_teams,
        about="let a city's team in Microsoft Teams take part",
        example="python -m service workspaces add teams --tenant TENANT --team 19:…@thread.tacv2 "
        "--city 2758000",
    )
    parser.add_argument("--tenant", required=True, metavar="ID", help="the Entra tenant's id")
    parser.add_argument("--team", required=True, metavar="ID", help="the team's id")
    parser.add_argument(
        "--service-url", default="", metavar="URL", help="where its Bot Connector answers"
    )
    _add_common(parser)


def _add_common(parser: argparse.ArgumentParser) -> None:
    whose = parser.add_mutually_exclusive_group(required=True)
    whose.add_argument("--city", default="", metavar="GEOID", help="the city it belongs to")
    whose.add_argument(
        "--operator", action="store_true", help="it is your own: no city, and you decide there"
    )
    parser.add_argument("--name", default="", help="its name, for the lists")


async def add_slack(arguments: argparse.Namespace) -> None:
    """Add a Slack workspace, with its token checked where Slack answers."""
    from service.opening import reading

    token = arguments.token.strip()
    if not token:
        raise CommandFailed(
            "--token is empty.",
            "Without it nothing can be posted there.",
            "Take the bot token (xoxb-…) from the app's page “OAuth & Permissions”.",
        )
    _check_url(arguments.api_url, "--api-url")
    async with reading() as unit:
        city = None if arguments.operator else await find_city(unit, arguments.city)
    identity, note = await _identify(arguments.team, arguments.api_url, token)
    new = NewWorkspace(
        platform=PlatformName("slack"),
        external_id=ExternalWorkspace(arguments.team),
        tenant=ExternalTenant(arguments.team),
        name=arguments.name or (identity.name if identity else "") or _called(city),
        city=city,
        api_url=arguments.api_url,
        token=token,
        bot_member=identity.bot_member if identity else ExternalMember(""),
        bot_id=identity.bot_id if identity else "",
        app_id=identity.app_id if identity else "",
    )
    await _store(new, arguments.json, note)


async def add_teams(arguments: argparse.Namespace) -> None:
    """Add a team; Teams knows our bot by the app's id, there is no token to check."""
    from integrations.teams.ids import workspace_id
    from service.opening import reading

    tenant, team = arguments.tenant.strip(), arguments.team.strip()
    if not (tenant and team):
        raise CommandFailed(
            "--tenant or --team is empty.",
            "Both are needed to know whose messages they are.",
            "Open the team's “Get link to team”: groupId and tenantId are in it.",
        )
    _check_url(arguments.service_url, "--service-url")
    async with reading() as unit:
        city = None if arguments.operator else await find_city(unit, arguments.city)
    new = NewWorkspace(
        platform=PlatformName("teams"),
        external_id=workspace_id(tenant, team),
        tenant=ExternalTenant(tenant),
        name=arguments.name or _called(city),
        city=city,
        api_url=arguments.service_url,
    )
    await _store(new, arguments.json, _unlisted(arguments.service_url))


def _called(city: City | None) -> str:
    """What a workspace is called in lists when nobody has given it a name."""
    return city.label if city is not None else "Operator"


def _check_url(url: str, option: str) -> None:
    if url and not url.startswith(("https://", "http://")):
        raise CommandFailed(
            f"{option} {url!r} is no address.", "", "Write it whole, beginning with https://"
        )


def _unlisted(service_url: str) -> str:
    """A warning when our token would never be sent to this address."""
    from integrations.teams.settings import TeamsSettings

    if not service_url or read_settings(TeamsSettings).may_serve(service_url):
        return ""
    return (
        "Nothing will be sent to this service URL: its host is not one of Microsoft's. "
        "If it is right, add the host to TEAMS_SERVICE_HOSTS."
    )


async def _identify(team: str, api_url: str, token: str) -> tuple["Identity | None", str]:
    """Whose token it is, or a line that this is looked up later."""
    from service.membership.identities import identify_slack

    try:
        identity = await identify_slack(api_url, token)
    except Refused as error:
        if error.code == "api_url_not_allowed":
            raise CommandFailed(
                f"--api-url {api_url!r} is not Slack's.",
                "Nothing was added, and the token was not sent there.",
                "Leave --api-url out for Slack itself. Set SLACK_API_URL for another one.",
            ) from None
        if error.trouble is not Trouble.TOKEN_GONE:
            return None, f"Slack did not say whose token it is ({error.code})."
        raise CommandFailed(
            f"Slack refuses the token in --token ({error.code}).",
            "Nothing was added.",
            "Copy the bot token (xoxb-…) again from the app's page “OAuth & Permissions”, "
            "reinstall the app there if it was removed.",
        ) from None
    except CallFailed:
        return None, "Slack did not answer; the token is checked when the exchange starts."
    if identity.team and identity.team != team:
        raise CommandFailed(
            f"The token in --token belongs to team {identity.team} ({identity.name}), "
            f"not to {team}.",
            "Nothing was added.",
            f"Correct --team or --token: for this token it is --team {identity.team}",
        )
    return identity, ""


async def _store(new: NewWorkspace, as_json: bool, note: str) -> None:
    from service.membership.departing import forget_tokens
    from service.opening import writing
    from service.watching.troubles import mend_workspace

    async with writing() as unit:
        known = await unit.workspaces.by_external(new.platform, new.external_id)
        if known is not None:
            # What the operator gives counts from now on, not what a consent had granted.
            await forget_tokens(unit, known.id)
            await unit.installations.detach(known.id)
        workspace = await _write(unit, new)
        if known is not None:
            # The operator has just seen to it: what stopped may go on.
            await mend_workspace(unit, workspace, Clock()())
        act = "workspace updated" if known else "workspace added"
        details = {"city": new.city.id if new.city is not None else None}
        await unit.audit("operator", act, str(workspace.id), details, workspace=workspace.id)
    next_step = (
        f"links add CHANNEL --workspace {workspace.id} --conversation ID"
        if new.city is not None
        else f"workspaces operator {workspace.id} --conversation ID"
    )
    lines = [
        f"{with_city(workspace, new.city)} takes part, as workspace {workspace.id}.",
        *([note] if note else []),
        f"Next: python -m service {next_step}",
    ]
    thing = as_thing(workspace, new.city) | ({"note": note} if note else {})
    show(thing, as_json, lines)


async def _write(unit: "Unit", new: NewWorkspace) -> Workspace:
    return await unit.workspaces.add(
        platform=new.platform,
        external_id=new.external_id,
        tenant=new.tenant,
        name=new.name,
        city=new.city.id if new.city is not None else None,
        state=WorkspaceState.CONFIRMED,
        api_url=new.api_url,
        token=new.token,
        bot_member=new.bot_member,
        bot_id=new.bot_id,
        app_id=new.app_id,
    )
