"""`status`: what is waiting, what is stuck, and what to do about it."""

import argparse
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from core.channels import Trouble
from service.commands.output import count, show, table
from service.commands.parsing import Subparsers, add_command

if TYPE_CHECKING:
    from storage.status import Episode, LostDelivery, Status, TroubledLink

REMEDIES = {
    Trouble.TOKEN_GONE: "give a new token: python -m service workspaces add slack …",
    Trouble.BOT_REMOVED: "ask its admin to add the app to the conversation again",
    Trouble.CONVERSATION_ARCHIVED: "ask its admin to take the conversation out of the archive, "
    "or remove the link",
    Trouble.CONVERSATION_GONE: "the conversation is gone: remove the link, link another one",
    Trouble.NOT_ALLOWED: "ask its admin to let the app post there",
}

_MINUTE = "%Y-%m-%d %H:%M UTC"
_NO_END = ("channel silent", "permissions missing")
"""What nobody is told the end of."""


def add_to(parsers: "Subparsers[argparse.ArgumentParser]") -> None:
    """Add the command."""
    add_command(parsers, "status", run, about="what is waiting, what is stuck, and what to do")


async def run(arguments: argparse.Namespace) -> None:
    """Answer the state of the exchange."""
    from service.clock import Clock
    from service.opening import command_database
    from storage.status import snapshot

    async with command_database() as database:
        status = await snapshot(database, Clock()())
    show(as_thing(status), arguments.json, lines(status))


def as_thing(status: "Status") -> dict[str, Any]:
    """The state for JSON. Ages are in seconds, times in UTC."""
    ages = [one.oldest_age for one in status.workspaces if one.oldest_age is not None]
    return {
        "at": status.at.isoformat(),
        "inbox": {
            "depth": status.inbox.depth,
            "oldest_age": _seconds(status.inbox.oldest_age),
            "failed": status.inbox.failed,
        },
        "outbox": {
            "depth": status.outbox_depth,
            "oldest_age": _seconds(max(ages, default=None)),
            "late": status.late,
        },
        "workspaces": [
            {
                "id": one.workspace,
                "platform": one.platform,
                "city": one.city,
                "state": one.state.value,
                "depth": one.depth,
                "oldest_age": _seconds(one.oldest_age),
                "late": one.late,
                "last_event_at": _time(one.last_event_at),
            }
            for one in status.workspaces
        ],
        "uncertain": [_lost(one) for one in status.uncertain],
        "failed": [_lost(one) for one in status.failed],
        **_troubles_and_nodes(status),
    }


def _troubles_and_nodes(status: "Status") -> dict[str, Any]:
    return {
        "failed_events": [
            {"id": one.event, "platform": one.platform, "at": _time(one.at), "error": one.error}
            for one in status.failed_events
        ],
        "troubles": [
            {
                "link": one.link,
                "city": one.city,
                "conversation": one.conversation,
                "trouble": one.trouble.value,
                "since": _time(one.since),
                "waiting": one.waiting,
                "what_to_do": REMEDIES[one.trouble],
            }
            for one in status.troubled
        ],
        "lately": [
            {
                "reference": one.reference,
                "city": one.city,
                "what": one.what,
                "found": _time(one.found),
                "told": _time(one.told),
                "mended": _time(one.mended),
            }
            for one in status.lately
        ],
        "nodes": [
            {
                "id": one.node,
                "started_at": _time(one.started_at),
                "seen_at": _time(one.seen_at),
                "live": one.live,
            }
            for one in status.nodes
        ],
    }


def _lost(one: "LostDelivery") -> dict[str, Any]:
    return {
        "id": one.delivery,
        "post": one.post,
        "link": one.link,
        "city": one.city,
        "kind": one.kind.value,
        "at": _time(one.at),
        "error": one.error,
    }


def lines(status: "Status") -> list[str]:
    """The state for people."""
    living = sum(one.live for one in status.nodes)
    running = f"{count(living, 'node', 'nodes')} running" if living else "not running"
    return [
        f"The exchange: {running}.",
        f"Received, not handled yet: {status.inbox.depth:,}{_since(status.inbox.oldest_age)}.",
        f"To be delivered: {status.outbox_depth:,}, of which late: {status.late:,}.",
        *_workspace_lines(status),
        *_section("Stopped:", [_trouble_line(one) for one in status.troubled]),
        *_section("Found in the last seven days:", [_episode_line(one) for one in status.lately]),
        *_section(
            "Perhaps delivered, perhaps not (look in the conversation):",
            [_lost_line(one) for one in status.uncertain],
        ),
        *_section("Could not be delivered:", [_lost_line(one) for one in status.failed]),
        *_section(
            "Events that could not be handled:",
            [f"event {one.event} ({one.platform}): {one.error}" for one in status.failed_events],
        ),
    ]


def _workspace_lines(status: "Status") -> list[str]:
    rows = [
        (
            one.workspace,
            one.platform,
            one.city,
            one.state.value,
            one.depth,
            _age(one.oldest_age),
            one.late,
            one.last_event_at.strftime("%Y-%m-%d %H:%M UTC") if one.last_event_at else "never",
        )
        for one in status.workspaces
    ]
    if not rows:
        return ["No city takes part yet. Add one with: python -m service workspaces add --help"]
    headings = ("Id", "Platform", "City", "State", "Waiting", "Oldest", "Late", "Last heard of")
    return ["", *table(headings, rows)]


def _section(heading: str, entries: Sequence[str]) -> list[str]:
    return ["", heading, *(f"  {entry}" for entry in entries)] if entries else []


def _trouble_line(one: "TroubledLink") -> str:
    waiting = count(one.waiting, "delivery waits", "deliveries wait")
    return (
        f"{one.conversation} in {one.city} (link {one.link}): {one.trouble.value}; {waiting}. "
        f"What to do: {REMEDIES[one.trouble]}"
    )


def _lost_line(one: "LostDelivery") -> str:
    post = f"post {one.post}" if one.post is not None else "a message"
    return f"{post} to {one.city} ({one.kind.value}, delivery {one.delivery}): {one.error}"


def _episode_line(one: "Episode") -> str:
    found = one.found.strftime(_MINUTE)
    told = one.told.strftime(_MINUTE) if one.told else "nobody yet"
    mended = one.mended.strftime(_MINUTE) if one.mended else "not yet"
    if not one.what.startswith(_NO_END):
        return (
            f"{one.city} ({one.reference}), {one.what}: found {found}, told {told}, mended {mended}"
        )
    return f"{one.city} ({one.reference}), {one.what}: found {found}, told {told}"


def _seconds(age: timedelta | None) -> float | None:
    return None if age is None else round(age.total_seconds(), 3)


def _time(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()


def _since(age: timedelta | None) -> str:
    return f" (the oldest for {_age(age)})" if age is not None else ""


def _age(age: timedelta | None) -> str:
    """`45 s`, `3 min`, `5 h`, `2 d`."""
    if age is None:
        return "–"
    seconds = int(age.total_seconds())
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"
