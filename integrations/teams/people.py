"""People as the Bot Connector describes them ("Get Teams-specific context for your bot")."""

from collections.abc import Mapping
from typing import Any

from core.ids import ExternalMember
from core.places import MemberProfile
from integrations.teams.fields import text_at

_ADMIN_ROLES = frozenset({"owner", "admin"})


def profile_of(account: Mapping[str, Any]) -> MemberProfile:
    """A member from a `TeamsChannelAccount`."""
    given = f"{text_at(account, 'givenName')} {text_at(account, 'surname')}".strip()
    member = text_at(account, "id")
    return MemberProfile(
        external_id=ExternalMember(member),
        name=text_at(account, "name") or given,
        title=text_at(account, "jobTitle"),
        is_admin=text_at(account, "userRole").lower() in _ADMIN_ROLES,
        is_app=member.startswith("28:"),
    )
