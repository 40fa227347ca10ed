"""Finds what the words of a command mean, or says how to find it."""

from typing import TYPE_CHECKING

from core.channels import Channel
from core.ids import CityId, ExternalWorkspace, LinkId, PlatformName, WorkspaceId
from core.places import City, Workspace
from service.commands.failure import CommandFailed
from service.commands.output import count

if TYPE_CHECKING:
    from storage.unit import Unit


async def find_city(unit: "Unit", geoid: str) -> City:
    """The city with this GEOID."""
    city = await unit.cities.get(CityId(geoid.strip()))
    if city is not None:
        return city
    places = count(await unit.cities.count(), "place", "places")
    raise CommandFailed(
        f"There is no city {geoid!r} in the directory, which has {places}.",
        "--city takes a Census GEOID, such as 2507000 for Boston, MA.",
        'Look it up with: python -m service cities search "Boston MA"',
    )


async def find_channel(unit: "Unit", slug: str) -> Channel:
    """The channel with this short name."""
    channel = await unit.channels.by_slug(slug.strip().lstrip("#").lower())
    if channel is not None:
        return channel
    known = ", ".join(sorted(one.slug for one in await unit.channels.list()))
    raise CommandFailed(
        f"There is no channel {slug!r}.",
        f"The channels are: {known or 'none yet'}.",
        f"Use one of them, or make it: python -m service channels add {slug}",
    )


async def find_workspace(unit: "Unit", word: str) -> Workspace:
    """The workspace with this id, ours or its platform's."""
    found: Workspace | None = None
    if word.isascii() and word.isdecimal():
        found = await unit.workspaces.get(WorkspaceId(int(word)))
    for platform in ("slack", "teams"):
        found = found or await unit.workspaces.by_external(
            PlatformName(platform), ExternalWorkspace(word)
        )
    if found is not None:
        return found
    raise CommandFailed(
        f"There is no workspace {word!r}.",
        "--workspace takes the id that `workspaces add` has answered.",
        "See them all with: python -m service workspaces list",
    )


def link_id(word: str) -> LinkId:
    """A link's id from a command's words."""
    if word.isascii() and word.isdecimal():
        return LinkId(int(word))
    raise unknown_link(word)


def unknown_link(word: str) -> CommandFailed:
    """There is no such link."""
    return CommandFailed(
        f"There is no link {word!r}.", "", "See them all with: python -m service links list"
    )
