"""auth.test, team, users, user groups, emoji and bots of the Web API."""

from __future__ import annotations

import hashlib

from integrations.sandbox.slack.call import Call, Method, page_of
from integrations.sandbox.slack.model import Json, Member, SlackApiError, Workspace
from integrations.sandbox.slack.pace import Tier


def auth_test(call: Call) -> Json:
    """auth.test; an organization's token is told the organization."""
    organization = call.state.organizations.get(call.installation.organization)
    whole: Json = (
        {"is_enterprise_install": False}
        if organization is None
        else {
            "team": organization.name,
            "team_id": organization.id,
            "enterprise_id": organization.id,
            "is_enterprise_install": True,
        }
    )
    return {
        "url": f"https://{call.workspace.domain}.slack.com/",
        "team": call.workspace.name,
        "user": call.workspace.members[call.bot_user].name,
        "team_id": call.workspace.id,
        "user_id": call.bot_user,
        "bot_id": call.installation.bot_id,
        **whole,
    }


def team_info(call: Call) -> Json:
    """team.info."""
    icons = {f"image_{size}": call.workspace.icon for size in (34, 44, 68, 88, 102, 132, 230)}
    return {
        "team": {
            "id": call.workspace.id,
            "name": call.workspace.name,
            "url": f"https://{call.workspace.domain}.slack.com/",
            "domain": call.workspace.domain,
            "email_domain": "",
            "icon": {**icons, "image_default": not call.workspace.icon},
            "avatar_base_url": "https://ca.slack-edge.com/",
            "is_verified": False,
        }
    }


def profile_json(member: Member, workspace: Workspace) -> Json:
    """A member's profile."""
    first, _, last = member.real_name.partition(" ")
    profile: Json = {
        "title": member.title,
        "phone": "",
        "skype": "",
        "real_name": member.real_name,
        "real_name_normalized": member.real_name,
        "display_name": member.name if not member.bot else "",
        "display_name_normalized": member.name if not member.bot else "",
        "fields": None,
        "status_text": "",
        "status_emoji": "",
        "status_emoji_display_info": [],
        "status_expiration": 0,
        "avatar_hash": hashlib.sha256(member.image.encode()).hexdigest()[:12],
        "first_name": first,
        "last_name": last,
        "team": workspace.id,
        **{f"image_{size}": member.image for size in (24, 32, 48, 72, 192, 512)},
    }
    if member.bot:
        return {
            **profile,
            "api_app_id": member.app_id,
            "bot_id": member.bot_id,
            "always_active": False,
        }
    return {**profile, "email": member.email}


def member_json(member: Member, workspace: Workspace) -> Json:
    """A member as users.info answers it."""
    shown: Json = {
        "id": member.id,
        "team_id": workspace.id,
        "name": member.name,
        "deleted": member.deleted,
        "profile": profile_json(member, workspace),
        "is_bot": member.bot,
        "is_app_user": False,
        "updated": member.updated,
    }
    if member.deleted:
        return shown
    return {
        **shown,
        "color": "9f69e7",
        "real_name": member.real_name,
        "tz": member.zone,
        "tz_label": member.zone_label,
        "tz_offset": member.zone_offset,
        "is_admin": member.admin or member.owner,
        "is_owner": member.owner,
        "is_primary_owner": False,
        "is_restricted": False,
        "is_ultra_restricted": False,
        "is_email_confirmed": True,
        "who_can_share_contact_card": "EVERYONE",
    }


def _member(call: Call) -> Member:
    found = call.workspace.members.get(call.arguments.text("user"))
    if found is None:
        raise SlackApiError("user_not_found")
    return found


def _shown(call: Call, member: Member) -> Json:
    shown = member_json(member, call.workspace)
    if "users:read.email" not in call.installation.scopes:
        shown["profile"].pop("email", None)
    return shown


def users_info(call: Call) -> Json:
    """users.info."""
    return {"user": _shown(call, _member(call))}


def users_list(call: Call) -> Json:
    """users.list; without `limit` everyone at once."""
    everyone = list(call.workspace.members.values())
    page, cursor = page_of(everyone, call, len(everyone) or 1, 1000)
    return {
        "members": [_shown(call, m) for m in page],
        "cache_ts": call.state.seconds(),
        "response_metadata": {"next_cursor": cursor},
    }


def users_profile_get(call: Call) -> Json:
    """users.profile.get."""
    return {"profile": _shown(call, _member(call))["profile"]}


def users_lookup_by_email(call: Call) -> Json:
    """users.lookupByEmail."""
    address = call.arguments.text("email").lower()
    for member in call.workspace.members.values():
        if address and member.email.lower() == address and not member.deleted:
            return {"user": _shown(call, member)}
    raise SlackApiError("users_not_found")


def usergroups_list(call: Call) -> Json:
    """usergroups.list."""
    with_users = call.arguments.flag("include_users")
    groups = [
        group if with_users else {k: v for k, v in group.items() if k != "users"}
        for group in call.workspace.groups
    ]
    return {"usergroups": groups}


def emoji_list(call: Call) -> Json:
    """emoji.list: the workspace's own."""
    return {"emoji": dict(call.workspace.emoji), "cache_ts": call.state.event_ts()}


def bots_info(call: Call) -> Json:
    """bots.info."""
    found = call.workspace.bot(call.arguments.text("bot", call.installation.bot_id))
    if found is None:
        raise SlackApiError("bot_not_found")
    icon = "https://a.slack-edge.com/80588/img/plugins/app/bot_"
    return {
        "bot": {
            "id": found.bot_id,
            "deleted": not found.active,
            "name": found.app.name,
            "updated": 1700000000,
            "app_id": found.app.id,
            "user_id": found.bot_user,
            "icons": {f"image_{size}": f"{icon}{size}.png" for size in (36, 48, 72)},
        }
    }


METHODS = {
    "auth.test": Method(auth_test, Tier.MANY),
    "team.info": Method(team_info, Tier.THREE, ("team:read",)),
    "users.info": Method(users_info, Tier.FOUR, ("users:read",)),
    "users.list": Method(users_list, Tier.TWO, ("users:read",)),
    "users.profile.get": Method(users_profile_get, Tier.FOUR, ("users.profile:read", "users:read")),
    "users.lookupByEmail": Method(users_lookup_by_email, Tier.THREE, ("users:read.email",)),
    "usergroups.list": Method(usergroups_list, Tier.TWO, ("usergroups:read",)),
    "emoji.list": Method(emoji_list, Tier.TWO, ("emoji:read",)),
    "bots.info": Method(bots_info, Tier.THREE, ("users:read",)),
}
