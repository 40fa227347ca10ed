"""Channels that are made, entered and listed, and notices that are shown in them."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from core.failures import Refused
from core.ids import ExternalConversation, ExternalMember, ExternalMessage
from core.ports import (
    Answer,
    Destination,
    SupportsConversations,
    SupportsInviting,
    SupportsNotices,
    SupportsPin,
)
from core.text import paragraph
from tests.slack.exchange_rig import BEN, CHANNEL, TEAM, Rig, exchange_rig


@pytest.fixture
async def rig() -> AsyncIterator[Rig]:
    """Our platform, and the stand-in it talks to."""
    async with exchange_rig() as made:
        yield made


async def test_channels_are_made_entered_and_listed(rig: Rig) -> None:
    assert isinstance(rig.platform, SupportsConversations)
    made = await rig.platform.create_conversation(rig.workspace, "Housing Exchange")
    found = dict(await rig.platform.conversations(rig.workspace))
    assert found[made] == "housing-exchange"
    await rig.platform.join_conversation(rig.workspace, made)
    assert isinstance(rig.platform, SupportsInviting)
    for _ in range(2):
        await rig.platform.let_in(rig.workspace, made, ExternalMember(BEN))
    assert BEN in rig.slack.state.workspaces[TEAM].conversations[made].members
    with pytest.raises(Refused, match="name_taken"):
        await rig.platform.create_conversation(rig.workspace, "housing exchange")


async def test_a_private_channel_is_entered_by_invitation_only(rig: Rig) -> None:
    place = rig.slack.state.workspaces[TEAM]
    private = place.conversations[CHANNEL]
    private.kind = "private"
    await rig.platform.join_conversation(rig.workspace, ExternalConversation(CHANNEL))
    del private.members[place.installations[0].bot_user]
    with pytest.raises(Refused):
        await rig.platform.join_conversation(rig.workspace, ExternalConversation(CHANNEL))


async def test_a_notice_is_pinned_and_can_say_something_else(rig: Rig) -> None:
    assert isinstance(rig.platform, SupportsPin)
    assert isinstance(rig.platform, SupportsNotices)
    said = await rig.platform.pin(rig.destination(), "This channel is shared. *Not* <!here>.")
    shown = message_at(rig, rig.destination(), said)
    assert shown["text"] == "This channel is shared. *Not* &lt;!here&gt;."
    assert any(entry.method == "pins.add" for entry in rig.slack.journal.entries)
    await rig.platform.rewrite(rig.destination(), said, Answer("", paragraph("No longer.")))
    assert message_at(rig, rig.destination(), said)["text"] == "No longer."
    gone = ExternalMessage("1700000000.000001")
    await rig.platform.rewrite(rig.destination(), gone, Answer("", paragraph("No longer.")))


async def test_a_notice_that_cannot_be_pinned_still_stands_there(rig: Rig) -> None:
    place = rig.slack.state.workspaces[TEAM]
    place.installations[0].scopes = frozenset(place.installations[0].scopes) - {"pins:write"}
    said = await rig.platform.pin(rig.destination(), "This channel is shared.")
    assert message_at(rig, rig.destination(), said)["text"] == "This channel is shared."


def message_at(rig: Rig, destination: Destination, message: ExternalMessage) -> dict[str, Any]:
    """A message as Slack shows it."""
    place = rig.slack.state.workspaces[TEAM].conversations[destination.conversation]
    found: dict[str, Any] = next(m for m in place.messages.values() if m.ts == message).as_json()
    return found
