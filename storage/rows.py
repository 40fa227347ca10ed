"""From rows to core's values. With several tables in a row, each has its own prefix."""

from typing import Any

from sqlalchemy import Label, RowMapping, Table

from core.channels import Channel, ChannelKind, Link, LinkMode, Outgoing, Trouble
from core.ids import (
    ChannelId,
    CityId,
    CopyId,
    ExternalConversation,
    ExternalMember,
    ExternalMessage,
    ExternalTenant,
    ExternalWorkspace,
    FileId,
    Lane,
    LinkId,
    MemberId,
    PlatformName,
    PostId,
    WorkspaceId,
)
from core.places import City, Member, Role, Workspace, WorkspaceState
from core.posts import Copy, StoredFile

Fields = RowMapping


def prefixed(table: Table, prefix: str) -> list[Label[Any]]:
    """The columns of a table under names that start with the prefix."""
    return [column.label(prefix + column.name) for column in table.columns]


def city_of(row: Fields, prefix: str = "") -> City:
    """A row of `cities`."""
    return City(
        id=CityId(row[prefix + "id"]),
        name=row[prefix + "name"],
        state=row[prefix + "state"],
        kind=row[prefix + "kind"],
        population=row[prefix + "population"],
        latitude=row[prefix + "latitude"],
        longitude=row[prefix + "longitude"],
        time_zone=row[prefix + "time_zone"],
        other_names=tuple(row[prefix + "other_names"].splitlines()),
        former=row[prefix + "former_at"] is not None,
    )


def workspace_of(row: Fields, prefix: str = "") -> Workspace:
    """A row of `workspaces`, without its token."""
    city = row[prefix + "city_id"]
    return Workspace(
        id=WorkspaceId(row[prefix + "id"]),
        platform=PlatformName(row[prefix + "platform"]),
        external_id=ExternalWorkspace(row[prefix + "external_id"]),
        tenant=ExternalTenant(row[prefix + "tenant"]),
        name=row[prefix + "name"],
        city=None if city is None else CityId(city),
        state=WorkspaceState(row[prefix + "state"]),
        api_url=row[prefix + "api_url"],
        bot_member=ExternalMember(row[prefix + "bot_member"]),
        bot_id=row[prefix + "bot_id"],
        app_id=row[prefix + "app_id"],
        last_event_at=row[prefix + "last_event_at"],
    )


def member_of(row: Fields, prefix: str = "") -> Member:
    """A row of `members`."""
    return Member(
        id=MemberId(row[prefix + "id"]),
        workspace=WorkspaceId(row[prefix + "workspace_id"]),
        external_id=ExternalMember(row[prefix + "external_id"]),
        name=row[prefix + "name"],
        title=row[prefix + "title"],
        role=Role(row[prefix + "role"]),
        is_app=row[prefix + "is_app"],
        picture_url=row[prefix + "picture_url"],
        refreshed_at=row[prefix + "refreshed_at"],
    )


def channel_of(row: Fields, prefix: str = "") -> Channel:
    """A row of `channels`."""
    return Channel(
        id=ChannelId(row[prefix + "id"]),
        slug=row[prefix + "slug"],
        name=row[prefix + "name"],
        kind=ChannelKind(row[prefix + "kind"]),
    )


def link_of(row: Fields, prefix: str = "") -> Link:
    """A row of `links`."""
    trouble = row[prefix + "trouble"]
    notice = row[prefix + "notice_message"]
    return Link(
        id=LinkId(row[prefix + "id"]),
        channel=ChannelId(row[prefix + "channel_id"]),
        workspace=WorkspaceId(row[prefix + "workspace_id"]),
        conversation=ExternalConversation(row[prefix + "conversation"]),
        lane=Lane(row[prefix + "lane"]),
        mode=LinkMode(row[prefix + "mode"]),
        outgoing=Outgoing(row[prefix + "outgoing"]),
        apps_posts=row[prefix + "apps_posts"],
        conversation_name=row[prefix + "conversation_name"],
        trouble=None if trouble is None else Trouble(trouble),
        trouble_since=row[prefix + "trouble_since"],
        last_seen=row[prefix + "last_seen"],
        created_at=row[prefix + "created_at"],
        notice=ExternalMessage(notice) if notice else None,
    )


def copy_of(row: Fields) -> Copy:
    """A row of `copies`."""
    thread = row["thread"]
    return Copy(
        id=CopyId(row["id"]),
        post=PostId(row["post_id"]),
        link=LinkId(row["link_id"]),
        message=ExternalMessage(row["message"]),
        part=row["part"],
        thread=None if thread is None else ExternalMessage(thread),
        is_origin=row["is_origin"],
        shown=row["shown"],
        gone=row["gone"],
        reactions=tuple(row["reactions"]),
        joined=row["joined"],
    )


def file_of(row: Fields) -> StoredFile:
    """A row of `files`."""
    return StoredFile(
        id=FileId(row["id"]),
        name=row["name"],
        media_type=row["media_type"],
        size=row["size"],
        alt_text=row["alt_text"],
        digest=row["digest"],
        problem=row["problem"],
    )
