"""Answers what people ask of the exchange, the same on every platform."""

from collections.abc import Callable
from datetime import datetime

from core import words
from core.channels import lane_of
from core.events import Source
from core.ids import ExternalMessage, PostId
from core.places import Workspace
from core.ports import Answer, Asker, Choice
from core.posts import Post
from core.screens import office_verb
from core.text import Body, Paragraph, Text
from core.words import Request, read_request
from storage.database import Database
from storage.unit import Unit

CHOICES = (
    Choice(words.BUTTON_WHO, Request.WHO_HAS_GOT_IT),
    Choice(words.BUTTON_STATUS, Request.STATUS),
    Choice(words.BUTTON_SETTINGS, "home"),
    Choice(words.BUTTON_HELP, Request.HELP),
)


def _lines(*lines: str) -> Body:
    return tuple(Paragraph((Text(line),)) for line in lines)


class Desk:
    """The front desk. Reads only; every answer takes a few look-ups and no call to a platform."""

    def __init__(self, *, database: Database, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock

    async def ask(self, asker: Asker, said: str) -> Answer:
        """Answer words that were said to the bot; empty words get the menu."""
        if (verb := office_verb(said)) is not None:
            # Only a press opens a page or a form, so words get a button.
            opens = (Choice(words.BUTTON_OPEN_SETTINGS, verb),)
            return Answer(words.BUTTON_SETTINGS, _lines(words.SETTINGS), opens)
        match read_request(said):
            case Request.HELP:
                return Answer(words.HELP_TITLE, _lines(*words.HELP), CHOICES)
            case Request.STATUS:
                return await self._status(asker)
            case Request.WHO_HAS_GOT_IT:
                return await self.who_has_got(asker, None)
            case Request.MENU:
                return Answer(words.MENU_TITLE, _lines(words.MENU), CHOICES)
            case None:
                return Answer(words.MENU_TITLE, _lines(words.NOT_UNDERSTOOD), CHOICES)

    async def who_has_got(self, asker: Asker, message: ExternalMessage | None) -> Answer:
        """Which cities have a post and which have not, and why; None means the asker's newest."""
        async with self._database.view() as view:
            workspace = await view.workspaces.resolve(_source(asker))
            if workspace is None:
                return _who(words.UNKNOWN_WORKSPACE)
            found = await self._post_asked_for(view, asker, workspace, message)
            post = await view.posts.get(found) if found is not None else None
            if post is None:
                return _who(words.NOT_SHARED if message else words.NOTHING_SENT_YET)
            if post.deleted:
                return _who(words.TAKEN_BACK)
            standing = await view.posts.standing(post.id)
        lines = words.who_has_got_it(standing)
        return _who(*lines, reference=words.reference("P", post.id), post=post)

    async def _post_asked_for(
        self, view: Unit, asker: Asker, workspace: Workspace, message: ExternalMessage | None
    ) -> PostId | None:
        if message is None:
            member = await view.members.find(workspace.id, asker.member)
            return await view.posts.newest_by(member.id) if member is not None else None
        if asker.conversation is None:
            return None
        lane = lane_of(asker.platform, workspace.tenant, asker.conversation)
        linked = await view.links.by_lane(lane)
        copies = await view.posts.copies_at(linked.link.id, message) if linked else []
        return copies[0].post if copies else None

    async def _status(self, asker: Asker) -> Answer:
        async with self._database.view() as view:
            workspace = await view.workspaces.resolve(_source(asker))
            if workspace is None:
                return Answer(words.BUTTON_STATUS, _lines(words.UNKNOWN_WORKSPACE), CHOICES)
            city = await view.cities.get(workspace.city) if workspace.city else None
            zone = city.time_zone if city is not None else "UTC"
            names: list[str] = []
            stopped: list[str] = []
            for link in await view.links.list(workspace=workspace.id):
                channel = await view.channels.get(link.channel)
                names.append(channel.name if channel is not None else "")
                if link.trouble is not None and link.trouble_since is not None:
                    notice = words.link_stopped(
                        conversation=link.conversation_name or names[-1],
                        trouble=link.trouble,
                        platform=workspace.platform,
                        since=link.trouble_since,
                        now=self._clock(),
                        time_zone=zone,
                        reference=words.reference("L", link.id),
                    )
                    stopped.append(notice)
            waiting = await view.posts.on_the_way(workspace.id)
        lines = [words.followed_channels(names), words.posts_waiting(waiting), *stopped]
        return Answer(words.BUTTON_STATUS, _lines(*lines), CHOICES)


def _source(asker: Asker) -> Source:
    return Source(asker.platform, asker.tenant, asker.workspace, asker.conversation)


def _who(*lines: str, reference: str = "", post: Post | None = None) -> Answer:
    quoted = _lines(words.about_post(post)) if post is not None else ()
    return Answer(words.WHO_TITLE, (*quoted, *_lines(*lines)), reference=reference)
