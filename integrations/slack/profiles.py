"""People as Slack describes them (docs.slack.dev/reference/objects/user-object)."""

from core.ids import ExternalMember
from core.places import MemberProfile
from integrations.slack.fields import Json, flag_in, object_in, text_in


def profile_of(user: Json) -> MemberProfile:
    """A `user` object as a profile; its id is empty when there is none.

    The full name comes first: a nickname says little in another city.
    """
    profile = object_in(user, "profile")
    name = (
        text_in(profile, "real_name")
        or text_in(user, "real_name")
        or text_in(profile, "display_name")
        or text_in(user, "name")
    )
    return MemberProfile(
        external_id=ExternalMember(text_in(user, "id")),
        name=name,
        title=text_in(profile, "title"),
        picture_url=text_in(profile, "image_192") or text_in(profile, "image_72"),
        is_admin=flag_in(user, "is_admin") or flag_in(user, "is_owner"),
        is_app=flag_in(user, "is_bot"),
    )


def app_profile_of(bot: Json) -> MemberProfile:
    """A `bot` object (bots.info) as a profile."""
    return MemberProfile(
        external_id=ExternalMember(text_in(bot, "id")),
        name=text_in(bot, "name"),
        picture_url=text_in(object_in(bot, "icons"), "image_72"),
        is_app=True,
    )
