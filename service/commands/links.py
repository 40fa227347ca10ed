"""`links add|list|remove`: channels joined to conversations."""

import argparse
from typing import TYPE_CHECKING, Any

from core.channels import Link, LinkMode
from core.ids import ExternalConversation
from core.places import Workspace
from service.commands.finding import find_channel, find_workspace, link_id, unknown_link
from service.commands.output import show, table
from service.commands.parsing import Subparsers, add_command, add_group

if TYPE_CHECKING:
    from storage.unit import Unit


def add_to(parsers: "Subparsers[argparse.ArgumentParser]") -> None:
    """Add the commands."""
    group = add_group(parsers, "links", "which conversations take part in which channels")
    parser = add_command(
        group,
        "add",
        add,
        about="let a conversation take part in a channel",
        example="python -m service links add housing --workspace 1 --conversation C0123456789",
    )
    parser.add_argument("channel", metavar="CHANNEL", help="the channel's short name")
    parser.add_argument("--workspace", required=True, metavar="ID", help="the workspace's id")
    parser.add_argument(
        "--conversation",
        required=True,
        metavar="ID",
        help="a Slack channel id (C…), or a Teams channel id (19:…@thread.tacv2)",
    )
    parser.add_argument(
        "--mode",
        choices=[mode.value for mode in LinkMode],
        default=LinkMode.LIVE.value,
        help="live: both ways (default); digest: summary only; paused: nothing",
    )
    parser.add_argument("--name", default="", help="the conversation's name, for the lists")
    parser.add_argument(
        "--notice", action="store_true", help="pin a notice there that says who reads along"
    )
    add_command(group, "list", list_all, about="list the links")
    parser = add_command(group, "remove", remove, about="end a link; what was said stays")
    parser.add_argument("id", metavar="ID", help="the link's id")


async def add(arguments: argparse.Namespace) -> None:
    """Link a conversation; the same link again changes its mode and keeps its id."""
    from service.opening import writing

    mode = LinkMode(arguments.mode)
    async with writing() as unit:
        channel = await find_channel(unit, arguments.channel)
        workspace = await find_workspace(unit, arguments.workspace)
        conversation = _conversation(arguments.conversation)
        link = await _there(unit, channel.slug, workspace, conversation)
        if link is None:
            link = await unit.links.add(
                channel.id,
                workspace.id,
                conversation,
                mode,
                conversation_name=arguments.name,
                notice=arguments.notice,
            )
        elif link.mode is not mode:
            await unit.links.set_mode(link.id, mode)
        link = await unit.links.get(link.id) or link
        details = {"channel": channel.slug, "conversation": conversation, "mode": mode.value}
        await unit.audit("operator", "link added", str(link.id), details, workspace=workspace.id)
    name = link.conversation_name or link.conversation
    lines = [f"{name} in {workspace.name} takes part in {channel.slug} ({mode.value})."]
    show(as_thing(link, channel.slug), arguments.json, lines)


def _conversation(word: str) -> ExternalConversation:
    """A conversation's id as people copy it: without a Teams thread, without a hash."""
    return ExternalConversation(word.strip().partition(";messageid=")[0].lstrip("#"))


async def _there(
    unit: "Unit", slug: str, workspace: Workspace, conversation: ExternalConversation
) -> Link | None:
    channel = await find_channel(unit, slug)
    links = await unit.links.list(channel=channel.id, workspace=workspace.id)
    return next((link for link in links if link.conversation == conversation), None)


async def list_all(arguments: argparse.Namespace) -> None:
    """Answer every link."""
    from service.opening import reading

    async with reading() as unit:
        links = await unit.links.list()
        slugs = {channel.id: channel.slug for channel in await unit.channels.list()}
        names = {one.id: one.name for one in await unit.workspaces.list()}
    rows = [
        (
            link.id,
            slugs[link.channel],
            names.get(link.workspace, ""),
            link.conversation_name or link.conversation,
            link.mode.value,
            link.trouble.value if link.trouble else "works",
        )
        for link in links
    ]
    lines = table(("Id", "Channel", "Workspace", "Conversation", "Mode", "State"), rows)
    nothing = ["There are no links yet. Make one with: python -m service links add"]
    things = [as_thing(link, slugs[link.channel]) for link in links]
    show(things, arguments.json, lines if rows else nothing)


async def remove(arguments: argparse.Namespace) -> None:
    """End a link and answer it as it was."""
    from service.opening import writing

    number = link_id(arguments.id)
    async with writing() as unit:
        link = next((one for one in await unit.links.list() if one.id == number), None)
        if link is None:
            raise unknown_link(arguments.id)
        slugs = {channel.id: channel.slug for channel in await unit.channels.list()}
        await unit.links.remove(link.id)
        await unit.audit("operator", "link removed", str(link.id), {}, workspace=link.workspace)
    name = link.conversation_name or link.conversation
    lines = [f"{name} takes part in {slugs[link.channel]} no more. What was said stays there."]
    show(as_thing(link, slugs[link.channel]), arguments.json, lines)


def as_thing(link: Link, slug: str) -> dict[str, Any]:
    """A link for JSON."""
    return {
        "id": link.id,
        "channel": slug,
        "workspace": link.workspace,
        "conversation": link.conversation,
        "conversation_name": link.conversation_name,
        "mode": link.mode.value,
        "outgoing": link.outgoing.value,
        "trouble": link.trouble.value if link.trouble else None,
        "trouble_since": link.trouble_since.isoformat() if link.trouble_since else None,
    }
