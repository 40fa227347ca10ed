"""One event: what is known about it is read, core decides, and the decision is written at once."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from core.decisions import (
    Answer,
    CountReaction,
    Forget,
    Nothing,
    Publish,
    Retract,
    Revise,
    Situation,
    on_deleted,
    on_edited,
    on_posted,
    on_reaction,
)
from core.deliveries import DeliveryKind
from core.events import (
    ConversationMended,
    EventsMissed,
    InboundEvent,
    MessageDeleted,
    MessageEdited,
    MessagePosted,
    ReactionChanged,
    Source,
    WorkspaceJoined,
)
from core.failures import CallFailed, Refused
from core.ids import ExternalMessage, LinkId, WorkspaceId
from core.places import MemberProfile, Workspace
from core.ports import Asker, FrontDesk, Platform
from core.words import is_request
from service.membership.joining import join_workspace, welcome_message
from service.metrics import Metrics
from service.receiving.place_changes import change_organization, change_place
from service.receiving.preparing import Prepared, Preparer
from storage.database import Database
from storage.inbox import InboxItem
from storage.posts import NewPost
from storage.unit import Unit

log = logging.getLogger(__name__)

TALLY_EVERY = timedelta(seconds=30)
"""A tally is refreshed at most twice a minute."""

_SHORTEST_COPY_WAIT = timedelta(seconds=0.1)
_USUAL_COPY_WAIT = timedelta(seconds=10)
_LONGEST_COPY_WAIT = timedelta(hours=2)
"""How long a reply waits for the copy that it answers, looking less and less often."""


@dataclass
class Sightings:
    """What was seen last where; written now and then, not with every event."""

    workspaces: dict[WorkspaceId, datetime] = field(default_factory=dict)
    links: dict[LinkId, ExternalMessage] = field(default_factory=dict)

    async def write(self, database: Database) -> None:
        """Put down what was seen since the last time."""
        workspaces, self.workspaces = self.workspaces, {}
        links, self.links = self.links, {}
        if not workspaces and not links:
            return
        async with database.unit() as unit:
            await unit.workspaces.seen(workspaces)
            for link, message in sorted(links.items()):
                await unit.links.set_last_seen(link, message)


class CopyBeingMade(Exception):
    """The event may be about a copy whose id we do not know yet. Look again after `wait`."""

    def __init__(self, wait: timedelta) -> None:
        super().__init__("a copy is being made")
        self.wait = wait


async def _wait_for_copy(view: Unit, item: InboxItem, situation: Situation, now: datetime) -> None:
    """Raise `CopyBeingMade` while somebody may have answered a copy that we do not know yet.

    People see a copy a moment before the platform's answer tells us its id, and when that answer is
    lost in an outage, long before we can look.
    """
    age = now - item.received_at
    if situation.link is None or age > _LONGEST_COPY_WAIT:
        return
    if await view.deliveries.being_made(situation.link.id, item.received_at):
        raise CopyBeingMade(min(max(age, _SHORTEST_COPY_WAIT), _USUAL_COPY_WAIT))


class EventHandler:
    """Handles events of every platform alike."""

    def __init__(
        self,
        *,
        database: Database,
        desk: FrontDesk,
        preparer: Preparer,
        clock: Callable[[], datetime],
        metrics: Metrics,
        catch_up: Callable[[Source], None],
    ) -> None:
        self._database = database
        self._desk = desk
        self._preparer = preparer
        self._clock = clock
        self._metrics = metrics
        self._catch_up = catch_up
        self.sightings = Sightings()

    async def handle(self, item: InboxItem, platform: Platform, event: InboundEvent) -> str:
        """Handle one event and mark it handled; gives back the outcome in a word."""
        match event:
            case MessagePosted():
                return await self._posted(item, platform, event)
            case MessageEdited():
                return await self._edited(item, platform, event)
            case MessageDeleted():
                return await self._deleted(item, event)
            case ReactionChanged():
                return await self._reaction(item, platform, event)
            case WorkspaceJoined():
                return await self._joined(item, platform, event)
            case _:
                return await self._about_place(item, event)

    # Messages

    async def _posted(self, item: InboxItem, platform: Platform, event: MessagePosted) -> str:
        async with self._database.view() as view:
            situation = await self._situation(view, item, event.source, event.message, event.thread)
            if situation and situation.link:
                external = event.author.external_id
                author = await view.members.find(situation.workspace.id, external)
                situation = replace(situation, author=author)
            if event.may_begin_thread and event.thread and situation and not situation.thread:
                event = replace(event, message=event.thread, thread=None, may_begin_thread=False)
            if event.thread and situation and not (situation.thread or event.ours or event.markers):
                await _wait_for_copy(view, item, situation, self._clock())
        if situation is None:
            return await self._done(item, Nothing("the workspace is unknown"))
        self._saw(situation, event)
        decision = on_posted(event, situation, is_request)
        match decision:
            case Answer(words=words):
                await self._answer(platform, situation.workspace, event, words)
                return await self._done(item, decision)
            case Publish():
                return await self._publish(item, platform, event, situation, decision)
            case Nothing():
                return await self._done(item, decision)

    async def _publish(
        self,
        item: InboxItem,
        platform: Platform,
        event: MessagePosted,
        situation: Situation,
        decision: Publish,
    ) -> str:
        prepared = await self._preparer.prepare(platform, situation, event, decision.body)
        async with self._database.unit() as unit:
            post = await unit.posts.add(
                await self._new_post(unit, event, situation, decision, prepared)
            )
            if post is not None:
                await unit.deliveries.fan_out(post, DeliveryKind.CREATE)
            await unit.inbox_done(item, "published" if post else "known already")
        if post is not None:
            self._metrics.note(
                "decided",
                f"post:{post.id}",
                event=item.key,
                received_at=item.received_at.isoformat(),
            )
        return "published"

    async def _new_post(
        self,
        unit: Unit,
        event: MessagePosted,
        situation: Situation,
        decision: Publish,
        prepared: Prepared,
    ) -> NewPost:
        link = situation.link
        if link is None:
            raise LookupError("a post needs a linked conversation")
        member = prepared.member or await unit.members.put(
            situation.workspace.id, prepared.profile, self._clock()
        )
        return NewPost(
            channel=link.channel,
            origin=link.id,
            author=member,
            author_view=prepared.author(member),
            body=prepared.body,
            files=prepared.files,
            notes=prepared.notes,
            root=decision.root,
            broadcast=event.broadcast,
            at=event.at,
            message=event.message,
            thread=event.thread,
        )

    async def _answer(
        self, platform: Platform, workspace: Workspace, event: MessagePosted, words: str
    ) -> None:
        asker = Asker(
            platform=workspace.platform,
            tenant=workspace.tenant,
            workspace=workspace.external_id,
            member=event.author.external_id,
            conversation=event.source.conversation,
            thread=event.thread,
        )
        try:
            await platform.answer(workspace, asker, await self._desk.ask(asker, words))
        except Refused as refused:
            # Trying again would not help, and what is said after it must not wait.
            log.warning("an answer could not be shown", extra={"code": refused.code})

    async def _edited(self, item: InboxItem, platform: Platform, event: MessageEdited) -> str:
        async with self._database.view() as view:
            situation = await self._situation(view, item, event.source, event.message)
        if situation is None:
            return await self._done(item, Nothing("the workspace is unknown"))
        decision = on_edited(event, situation)
        if not isinstance(decision, Revise):
            return await self._done_with(item, decision, event.at)
        body = await self._preparer.name_people(platform, situation, decision.body)
        before = situation.post
        files, notes = await self._preparer.changed_files(platform, situation, event)
        if before and not before.deleted and body == before.body and files is None:
            return await self._done(item, Nothing("says the same as before"))
        async with self._database.unit() as unit:
            post = await unit.posts.revise(decision.post, body, files, notes, event.at)
            if before and post.version == before.version:
                await unit.inbox_done(item, "ignored", "older than what it says by now")
                return "ignored"
            came_back = before is not None and before.deleted
            kind = DeliveryKind.CREATE if came_back else DeliveryKind.UPDATE
            await unit.deliveries.fan_out(post, kind)
            await unit.inbox_done(item, "revised")
        return "revised"

    async def _deleted(self, item: InboxItem, event: MessageDeleted) -> str:
        async with self._database.view() as view:
            situation = await self._situation(view, item, event.source, event.message)
        if situation is None:
            return await self._done(item, Nothing("the workspace is unknown"))
        return await self._done_with(item, on_deleted(event, situation), event.at)

    async def _reaction(self, item: InboxItem, platform: Platform, event: ReactionChanged) -> str:
        async with self._database.view() as view:
            situation = await self._situation(view, item, event.source, event.message)
            ours = situation is not None and event.member == situation.workspace.bot_member
            if situation and not (situation.copies or ours):
                await _wait_for_copy(view, item, situation, self._clock())
        if situation is None:
            return await self._done(item, Nothing("the workspace is unknown"))
        decision = on_reaction(event, situation)
        if not isinstance(decision, CountReaction):
            return await self._done(item, decision)
        told = MemberProfile(event.member, "")
        profile = await self._preparer.profile(platform, situation.workspace, told)
        async with self._database.unit() as unit:
            member = await unit.members.put(situation.workspace.id, profile, self._clock())
            changed = await unit.posts.react(
                decision.post, member.id, event.emoji, event.character, event.added, event.at
            )
            post = await unit.posts.get(decision.post)
            if changed and post is not None:
                due = await self._tally_due(unit, decision)
                await unit.deliveries.fan_out(
                    post, DeliveryKind.TALLY, due_at=due, include_origin=True
                )
            await unit.inbox_done(item, "counted")
        return "counted"

    async def _tally_due(self, unit: Unit, decision: CountReaction) -> datetime | None:
        """At once when nothing was counted lately, otherwise half a minute after the last time."""
        last = await unit.deliveries.newest(decision.post, DeliveryKind.TALLY)
        if last is None or last + TALLY_EVERY <= self._clock():
            return None
        return last + TALLY_EVERY

    # Places and people

    async def _about_place(self, item: InboxItem, event: InboundEvent) -> str:
        async with self._database.unit() as unit:
            workspace = await unit.workspaces.resolve(event.source)
            if workspace is None:
                known = await change_organization(unit, event, self._clock())
                outcome = ("noted", "") if known else ("ignored", "the workspace is unknown")
                await unit.inbox_done(item, *outcome)
                return outcome[0]
            await change_place(unit, workspace, item.lane, event, self._clock())
            await unit.inbox_done(item, "noted")
        if isinstance(event, EventsMissed | ConversationMended):
            self._catch_up(event.source)
        return "noted"

    async def _joined(self, item: InboxItem, platform: Platform, event: WorkspaceJoined) -> str:
        async with self._database.unit() as unit:
            new = await join_workspace(unit, event, self._clock())
            await unit.inbox_done(item, "noted")
        if new is None:
            self._catch_up(event.source)
        elif event.by is not None:
            asker = Asker(new.platform, new.tenant, new.external_id, event.by)
            try:
                await platform.answer(new, asker, welcome_message(new))
            except CallFailed as failure:
                # They find the same under the app's home.
                log.warning("a new workspace was not welcomed", extra={"code": failure.code})
        return "noted"

    # Small steps

    async def _situation(
        self,
        view: Unit,
        item: InboxItem,
        source: Source,
        message: ExternalMessage,
        thread: ExternalMessage | None = None,
    ) -> Situation | None:
        linked = await view.links.by_lane(item.lane)
        workspace = linked.workspace if linked else await view.workspaces.resolve(source)
        if workspace is None:
            return None
        self.sightings.workspaces[workspace.id] = item.received_at
        if linked is None:
            return Situation(workspace, None)
        copies = tuple(await view.posts.copies_at(linked.link.id, message))
        roots = tuple(await view.posts.copies_at(linked.link.id, thread)) if thread else ()
        post = await view.posts.get(copies[0].post) if copies else None
        return Situation(workspace, linked.link, copies, roots, post, linked.city)

    def _saw(self, situation: Situation, event: MessagePosted) -> None:
        if situation.link is not None and event.thread is None:
            self.sightings.links[situation.link.id] = event.message

    async def _done_with(
        self, item: InboxItem, decision: Retract | Forget | Nothing, at: datetime
    ) -> str:
        match decision:
            case Nothing():
                return await self._done(item, decision)
            case Forget(copies=copies):
                async with self._database.unit() as unit:
                    await unit.posts.forget([copy.id for copy in copies])
                    await unit.inbox_done(item, "copy gone")
                return "copy gone"
            case Retract(post=post_id):
                async with self._database.unit() as unit:
                    post = await unit.posts.retract(post_id, at)
                    await unit.deliveries.fan_out(post, DeliveryKind.REMOVE)
                    await unit.inbox_done(item, "retracted")
                return "retracted"

    async def _done(self, item: InboxItem, decision: Nothing | Answer) -> str:
        outcome = "ignored" if isinstance(decision, Nothing) else "answered"
        note = decision.reason if isinstance(decision, Nothing) else ""
        async with self._database.unit() as unit:
            await unit.inbox_done(item, outcome, note)
        return outcome
