"""What works in the background: on events, on deliveries, and at intervals."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, cast

from core.ids import CityId, PlatformName
from core.ports import FrontDesk, Intake, Platform
from core.posts import StoredFile
from service.clock import Clock
from service.membership.departing import Departures
from service.membership.identities import UnknownIdentities
from service.membership.token_rotation import EVERY as ROTATION_EVERY
from service.membership.token_rotation import TokenRotation
from service.metrics import Metrics
from service.office.notice_board import NoticeBoard
from service.platforms import SLACK, SharesRates
from service.receiving.catch_up import CatchUp
from service.receiving.handling import EventHandler
from service.receiving.preparing import Preparer
from service.receiving.worker import InboxWorker
from service.scheduler import Job
from service.sending.dispatcher import Dispatcher
from service.sending.receipts import Receipts
from service.sending.rendering import Renderer
from service.supervision import Worker
from service.watching.heartbeat import LOOK_EVERY, Heartbeat
from service.watching.notifier import Notifier
from storage.database import Database

if TYPE_CHECKING:
    from integrations.slack.platform import SlackPlatform

KEEP_PAYLOADS = timedelta(days=7)
"""How long the payload of a handled event is kept, for the operator who asks what happened."""

GONE_AFTER = timedelta(seconds=20)
"""A node that has not been heard of for this long has no share of the rates, and the others go on
with what it had begun."""


@dataclass(frozen=True, slots=True)
class WorkNeeds:
    """What all of them work with."""

    database: Database
    platforms: Mapping[PlatformName, Platform]
    intake: Intake
    desk: FrontDesk
    clock: Clock
    metrics: Metrics
    rotation: TokenRotation | None
    link_to: Callable[[StoredFile], str]
    picture_of: Callable[[CityId], str]


@dataclass(frozen=True, slots=True)
class Work:
    """What is to run: first `before`, then workers and jobs, and `after` when they have ended."""

    before: Callable[[], Awaitable[None]]
    workers: list[tuple[str, Worker]]
    jobs: list[Job]
    after: Callable[[], Awaitable[None]]


def plan_work(needs: WorkNeeds) -> Work:
    """Everything that runs beside the web server."""
    catch_up = CatchUp(
        database=needs.database,
        platforms=needs.platforms,
        intake=needs.intake,
        clock=needs.clock,
    )
    handler = EventHandler(
        database=needs.database,
        desk=needs.desk,
        preparer=Preparer(database=needs.database, clock=needs.clock, picture_of=needs.picture_of),
        clock=needs.clock,
        metrics=needs.metrics,
        catch_up=catch_up.ask,
    )
    receipts = Receipts(database=needs.database, clock=needs.clock)

    async def after() -> None:
        await receipts.show_completed()
        await handler.sightings.write(needs.database)

    return Work(
        before=catch_up.hold_all,
        workers=_workers(needs, handler, catch_up),
        jobs=_jobs(needs, handler, receipts, catch_up),
        after=after,
    )


def _workers(
    needs: WorkNeeds, handler: EventHandler, catch_up: CatchUp
) -> list[tuple[str, Worker]]:
    inbox = InboxWorker(
        database=needs.database,
        platforms=needs.platforms,
        handler=handler,
        clock=needs.clock,
        metrics=needs.metrics,
    )
    renderer = Renderer(needs.platforms, needs.link_to)
    dispatchers: list[tuple[str, Worker]] = [
        (
            f"{name} dispatcher",
            Dispatcher(
                database=needs.database,
                platform=platform,
                renderer=renderer,
                clock=needs.clock,
                metrics=needs.metrics,
            ),
        )
        for name, platform in needs.platforms.items()
    ]
    return [("inbox worker", inbox), *dispatchers, ("catch-up", catch_up)]


def _jobs(
    needs: WorkNeeds, handler: EventHandler, receipts: Receipts, catch_up: CatchUp
) -> list[Job]:
    database, clock = needs.database, needs.clock
    notifier = Notifier(database=database, platforms=needs.platforms, clock=clock)
    board = NoticeBoard(database=database, platforms=needs.platforms, clock=clock)
    jobs = [
        Job("heartbeat", timedelta(seconds=5), lambda: _heartbeat(needs), at_start=True),
        Job("receipts", timedelta(seconds=1), receipts.show_completed),
        Job("late receipts", timedelta(seconds=15), receipts.show_late),
        Job("sightings", timedelta(seconds=5), lambda: handler.sightings.write(database)),
        Job("repair", timedelta(seconds=30), database.outbox.repair, at_start=True),
        Job("notices", timedelta(seconds=10), notifier.tell_all),
        Job("notice board", timedelta(seconds=5), board.show_all),
        Job("catch-up", timedelta(minutes=10), catch_up.everywhere),
        Job("unfinished gaps", timedelta(seconds=10), catch_up.take_over),
        Job("prune", timedelta(hours=1), lambda: database.inbox.prune(clock() - KEEP_PAYLOADS)),
    ]
    heartbeat = Heartbeat(database=database, platforms=needs.platforms, clock=clock)
    jobs.append(Job("check-ups", LOOK_EVERY, heartbeat.look))
    departures = Departures(database, clock)
    jobs.append(Job("departures", timedelta(hours=1), departures.end_all))
    if needs.rotation is not None:
        jobs.append(
            Job("token rotation", ROTATION_EVERY, needs.rotation.refresh_due, at_start=True)
        )
    if SLACK in needs.platforms:
        identities = UnknownIdentities(database, cast("SlackPlatform", needs.platforms[SLACK]))
        jobs.append(Job("identities", timedelta(minutes=1), identities.look_up, at_start=True))
    return jobs


async def _heartbeat(needs: WorkNeeds) -> None:
    """Say that we live, go on with what the dead had begun, and divide the platforms' rates."""
    now = needs.clock()
    await needs.database.nodes.heartbeat(now)
    await needs.database.nodes.free_the_dead(now - GONE_AFTER)
    living = max(1, await needs.database.nodes.live(now - GONE_AFTER))
    for platform in needs.platforms.values():
        if isinstance(platform, SharesRates):
            platform.set_share(living)
