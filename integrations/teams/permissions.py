"""What our app asks of a team, and what it offers there.

Resource-specific consent: a team's owner agrees for that team alone, once, when the app is added
("Receive all messages for bots and agents", "Grant RSC permissions" on learn.microsoft.com). The
manifest is made from these tables, and a test holds them against the code in both directions.
"""

from collections.abc import Mapping

WHO_HAS_GOT_THIS = "who_has_got_this"
"""The command id of the message action "Who has got this?"."""

HEARD_IN: Mapping[str, str] = {
    "channel": "ChannelMessage.Read.Group",
    "groupChat": "ChatMessage.Read.Chat",
}
"""What lets us hear messages that don't mention the bot, by the kind of conversation."""

GRAPH_PERMISSIONS: Mapping[str, str] = {
    "/v1.0/teams/*/channels/*/messages": "ChannelMessage.Read.Group",
}
"""What each part of Microsoft Graph that is called needs, with * for an id."""

PERMISSIONS: Mapping[str, str] = {
    "ChannelMessage.Read.Group": "hear what is written in linked channels, and fill gaps",
    "ChatMessage.Read.Chat": "hear what is written in linked group chats",
}
"""What is asked for, and what for, in words for an admin."""
