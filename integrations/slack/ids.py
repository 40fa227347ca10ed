"""Slack's ids: made and taken apart here alone."""

import re
from datetime import UTC, datetime

from core.events import Source
from core.ids import (
    ExternalConversation,
    ExternalMessage,
    ExternalTenant,
    ExternalWorkspace,
    PlatformName,
)

SLACK = PlatformName("slack")

_TIMESTAMP = re.compile(r"\d{1,12}(\.\d{1,9})?\Z")
_MEMBER = re.compile(r"[UW][A-Z0-9]+\Z")
_FILE = re.compile(r"F[A-Z0-9]+\Z")


def source_of(team: str, conversation: str = "") -> Source:
    """Where an event of a team comes from: team id and tenant are the same in Slack."""
    return Source(
        platform=SLACK,
        tenant=ExternalTenant(team),
        workspace=ExternalWorkspace(team),
        conversation=ExternalConversation(conversation) if conversation else None,
    )


def is_timestamp(text: str) -> bool:
    """Whether a text is a Slack timestamp such as `1771287144.743569`."""
    return _TIMESTAMP.match(text) is not None


def moment_of(timestamp: str) -> datetime | None:
    """The time a Slack timestamp stands for, None when it is none."""
    if not is_timestamp(timestamp):
        return None
    seconds, _, fraction = timestamp.partition(".")
    whole = int(seconds)
    if whole > 253_402_300_799:  # the end of the year 9999
        return None
    return datetime.fromtimestamp(whole, UTC).replace(microsecond=int(fraction[:6].ljust(6, "0")))


def timestamp_of(moment: datetime) -> str:
    """A moment as Slack writes it."""
    return f"{int(moment.timestamp())}.{moment.microsecond:06d}"


def is_member(text: str) -> bool:
    """Whether a text is the id of a person, fit to be mentioned."""
    return _MEMBER.match(text) is not None


def is_file(message: ExternalMessage) -> bool:
    """Whether a message is known only by the file it carries."""
    return _FILE.match(message) is not None


def is_organization(team: str) -> bool:
    """Whether an id is that of a whole organization (Enterprise Grid), not of a workspace."""
    return team.startswith("E")


def is_direct(conversation: str) -> bool:
    """Whether a conversation is one person's direct messages with the bot."""
    return conversation.startswith("D")
