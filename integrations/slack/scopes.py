"""What our app asks of a workspace: the scopes and events that the code uses, and why.

`app_mention` is left out: a mention also comes as the message that it is part of, and only that
one has the files and the thread.
"""

BOT_SCOPES: dict[str, str] = {
    "channels:history": "read what is said in linked public channels",
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
    "reactions:read": "count reactions",
    "reactions:write": "mirror reactions",
    "users:read": "know who speaks",
}

BOT_EVENTS: tuple[str, ...] = (
    "app_home_opened",
    "app_uninstalled",
    "channel_archive",
    "channel_deleted",
    "channel_id_changed",
    "channel_left",
    "channel_rename",
    "channel_unarchive",
    "group_archive",
    "group_deleted",
    "group_left",
    "group_rename",
    "group_unarchive",
    "member_joined_channel",
    "member_left_channel",
    "message.channels",
    "message.groups",
    "message.im",
    "reaction_added",
    "reaction_removed",
    "tokens_revoked",
    "user_change",
)
