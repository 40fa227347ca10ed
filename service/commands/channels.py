"""`channels add|list`: the conversations of the exchange."""

import argparse
import re
from typing import Any

from core.channels import Channel, ChannelKind
from service.commands.failure import CommandFailed
from service.commands.output import show, table
from service.commands.parsing import Subparsers, add_command, add_group

SLUG = re.compile(r"[a-z0-9][a-z0-9-]{0,59}")


def add_to(parsers: "Subparsers[argparse.ArgumentParser]") -> None:
    """Add the commands."""
    group = add_group(parsers, "channels", "the channels that cities share")
    parser = add_command(
        group,
        "add",
        add,
        about="make a channel",
        example='python -m service channels add night-buses --name "Night buses"',
    )
    parser.add_argument("slug", metavar="SLUG", help="short name: small letters, digits, hyphens")
    parser.add_argument("--name", help="what people read; made from the short name when left out")
    parser.add_argument(
        "--kind",
        choices=[kind.value for kind in ChannelKind],
        default=ChannelKind.TOPIC.value,
        help="what it is for (default: topic)",
    )
    add_command(group, "list", list_all, about="list the channels")


async def add(arguments: argparse.Namespace) -> None:
    """Make a channel, or answer the one that is there."""
    from service.opening import writing

    slug = arguments.slug.strip().lstrip("#")
    if not SLUG.fullmatch(slug):
        raise CommandFailed(
            f"A channel can't be called {arguments.slug!r}.",
            "Its short name takes small letters, digits and hyphens, at most 60.",
            "Give the readable name with --name.",
        )
    name = arguments.name or slug.replace("-", " ").capitalize()
    async with writing() as unit:
        there = await unit.channels.by_slug(slug)
        channel = there or await unit.channels.add(slug, name, ChannelKind(arguments.kind))
        if there is None:
            await unit.audit("operator", "channel added", slug, {"name": name})
    what = "was there already" if there else "is there"
    show(as_thing(channel), arguments.json, [f"The channel {channel.slug} {what}."])


async def list_all(arguments: argparse.Namespace) -> None:
    """Answer every channel."""
    from service.opening import reading

    async with reading() as unit:
        channels = await unit.channels.list()
    rows = [(channel.slug, channel.name, channel.kind.value) for channel in channels]
    lines = table(("Channel", "Name", "Kind"), rows)
    show([as_thing(channel) for channel in channels], arguments.json, lines)


def as_thing(channel: Channel) -> dict[str, Any]:
    """A channel for JSON."""
    return {
        "id": channel.id,
        "slug": channel.slug,
        "name": channel.name,
        "kind": channel.kind.value,
    }
