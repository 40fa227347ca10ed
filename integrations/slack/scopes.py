"""What our app asks of a workspace: scopes, events, the command, the shortcuts, and why.

The tables say what each thing the code does needs, as docs.slack.dev/reference/methods and
docs.slack.dev/reference/events state it; a test holds them against the code in both directions, and
the manifest is made from them.

`app_mention` is left out: a mention also comes as the message that it is part of, and only that
one has the files and the thread. So is `app_context_changed`: what people look at is theirs.
"""

from collections.abc import Iterator, Mapping

COMMAND = "/exchange"

WHO_HAS_GOT_THIS = "who_has_got_this"
"""The callback id of the message shortcut "Who has got this?"."""

Scopes = tuple[str, ...]

_NONE: Scopes = ()
_WRITE: Scopes = ("chat:write",)
_CHANNELS: Scopes = ("channels:read",)
_GROUPS: Scopes = ("groups:read",)
_HISTORY: Scopes = ("channels:history", "groups:history")

METHOD_SCOPES: Mapping[str, Scopes] = {
    "auth.revoke": _NONE,
    "auth.teams.list": _NONE,
    "auth.test": _NONE,
    "bots.info": ("users:read",),
    "chat.delete": _WRITE,
    "chat.postEphemeral": _WRITE,
    "chat.postMessage": _WRITE,
    "chat.update": _WRITE,
    "conversations.create": ("channels:manage",),
    "conversations.history": _HISTORY,
    "conversations.info": (*_CHANNELS, *_GROUPS),
    "conversations.invite": ("channels:manage",),
    "conversations.join": ("channels:join",),
    "conversations.list": (*_CHANNELS, *_GROUPS),
    "conversations.open": ("im:write",),
    "conversations.replies": _HISTORY,
    "files.completeUploadExternal": ("files:write",),
    "files.delete": ("files:write",),
    "files.getUploadURLExternal": ("files:write",),
    "files.info": ("files:read",),
    "oauth.v2.access": _NONE,
    "pins.add": ("pins:write",),
    "reactions.add": ("reactions:write",),
    "reactions.remove": ("reactions:write",),
    "users.info": ("users:read",),
    "users.list": ("users:read",),
    "views.open": _NONE,
    "views.publish": _NONE,
    "views.update": _NONE,
}
"""Every method that the code calls."""

DETAIL_SCOPES: Mapping[str, Scopes] = {
    "email": ("users:read.email",),
    "icon_url": ("chat:write.customize",),
    "include_all_metadata": ("metadata.message:read",),
    "username": ("chat:write.customize",),
}
"""Arguments and answers of methods that need a scope of their own."""

EVENT_SCOPES: Mapping[str, Scopes] = {
    "app_home_opened": _NONE,
    "app_uninstalled": _NONE,
    "channel_archive": _CHANNELS,
    "channel_deleted": _CHANNELS,
    "channel_id_changed": (*_CHANNELS, *_GROUPS),
    "channel_left": _CHANNELS,
    "channel_rename": _CHANNELS,
    "channel_unarchive": _CHANNELS,
    "group_archive": _GROUPS,
    "group_deleted": _GROUPS,
    "group_left": _GROUPS,
    "group_rename": _GROUPS,
    "group_unarchive": _GROUPS,
    "member_joined_channel": (*_CHANNELS, *_GROUPS),
    "member_left_channel": (*_CHANNELS, *_GROUPS),
    "message.channels": ("channels:history",),
    "message.groups": ("groups:history",),
    "message.im": ("im:history",),
    "reaction_added": ("reactions:read",),
    "reaction_removed": ("reactions:read",),
    "team_access_granted": _NONE,
    "team_access_revoked": _NONE,
    "tokens_revoked": _NONE,
    "user_change": ("users:read",),
}
"""Every event that the app subscribes to."""

READ_UNASKED: Mapping[str, str] = {
    "app_rate_limited": "comes without a subscription",
    "user_profile_changed": "tells what user_change tells; an app made by hand may send it",
}
"""Events that are understood but not subscribed to, and why."""

FEATURE_SCOPES: Mapping[str, Scopes] = {
    "agent_view": ("assistant:write",),
    "app_home": _NONE,
    "bot_user": _NONE,
    "shortcuts": ("commands",),
    "slash_commands": ("commands",),
}
"""Every feature in the manifest."""

NOT_ON_GOV = frozenset({"agent_view"})
"""docs.slack.dev/govslack lists no agent view; without it everything else works the same."""

BOT_SCOPES: dict[str, str] = {
    "assistant:write": "stand among the assistants, with suggested questions",
    "channels:history": "read what is said in linked public channels",
    "channels:join": "enter a public channel that an admin links",
    "channels:manage": "make a channel for a topic when an admin asks for it",
    "channels:read": "know names of public channels",
    "chat:write": "post, change and remove copies, and answer people",
    "chat:write.customize": "show each copy with its author's name and city",
    "commands": "offer /exchange and shortcuts",
    "files:read": "fetch files that people share",
    "files:write": "share files of other cities",
    "groups:history": "read what is said in linked private channels",
    "groups:read": "know names of private channels",
    "im:history": "read what people write to the bot",
    "im:write": "write to one person alone",
    "metadata.message:read": "find our own messages again",
    "pins:write": "pin the notice that a channel is shared",
    "reactions:read": "count reactions",
    "reactions:write": "mirror reactions",
    "users:read": "know who speaks",
    "users:read.email": "see whether who claims a city has an address of that city",
}
"""What is asked for, and what for, in words for an admin."""

BOT_EVENTS: tuple[str, ...] = tuple(EVENT_SCOPES)


def needed_scopes() -> Iterator[tuple[str, str]]:
    """Each scope that something needs, with what needs it."""
    for table in (METHOD_SCOPES, DETAIL_SCOPES, EVENT_SCOPES, FEATURE_SCOPES):
        for what, scopes in table.items():
            for scope in scopes:
                yield scope, what


def asked_scopes(*, gov: bool = False) -> list[str]:
    """What is asked for at consent and in the manifest; GovSlack lacks some features."""
    left_out = NOT_ON_GOV if gov else frozenset[str]()
    needed = {scope for scope, what in needed_scopes() if what not in left_out}
    return [scope for scope in BOT_SCOPES if scope in needed]
