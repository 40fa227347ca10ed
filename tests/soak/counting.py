"""What came of it, counted from what the stand-ins hold and received."""

import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.soak.people import Said

Json = dict[str, Any]
Place = tuple[str, str]
TOKEN = re.compile(r"(tok\d{5})-r(\d+)")
FILE = re.compile(r"costs-\d{5}\.txt")


@dataclass(frozen=True)
class Copy:
    """A message of somebody, as it stands in one conversation."""

    token: str
    revision: int
    message: str
    place: int
    thread: str


@dataclass
class Conversation:
    """What stands in one conversation."""

    copies: dict[str, list[Copy]] = field(default_factory=lambda: defaultdict(list))
    files: Counter[str] = field(default_factory=Counter)

    def add(self, message: str, thread: str, text: str) -> None:
        """One message with its words."""
        for place, found in enumerate(TOKEN.finditer(text)):
            copy = Copy(found[1], int(found[2]), message, place, thread)
            self.copies[copy.token].append(copy)
        self.files.update(set(FILE.findall(text)))


@dataclass
class Known:
    """What the exchange has been told for sure: by an answered event. `posts` counts in the order
    of the answers."""

    posts: dict[str, int] = field(default_factory=dict)
    revisions: dict[str, int] = field(default_factory=dict)
    deleted: set[str] = field(default_factory=set)
    resent: set[str] = field(default_factory=set)


@dataclass
class Count:
    """The result. Each problem is a line that names the message and the conversation."""

    copies: int = 0
    expected: int = 0
    untold: int = 0
    overtaken: int = 0
    lost: list[str] = field(default_factory=list)
    doubled: list[Place] = field(default_factory=list)
    out_of_order: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)


def conversations_of(slack: Json, teams: Json) -> dict[tuple[str, str], Conversation]:
    """What stands where, by workspace and channel."""
    standing: dict[tuple[str, str], Conversation] = defaultdict(Conversation)
    for told in slack["messages"]:
        thread = told.get("thread_ts", "")
        thread = "" if thread == told["ts"] else thread
        text = f"{told.get('text', '')} {[file.get('name') for file in told.get('files', ())]}"
        place = (told["workspace"], told["name"])
        standing[place].add(told["ts"], thread, text)
    for told in teams["messages"]:
        if told["deleted"]:
            continue
        text = f"{told['html']} {[file.get('name') for file in told['files']]}"
        place = (told["workspace"], told["name"])
        standing[place].add(told["id"], told["thread"], text)
    return standing


def known_from(slack: Json, teams: Json) -> Known:
    """What was answered with 2xx, by message."""
    known = Known()
    for told in slack["events"]:
        if told["event"]["type"] == "message" and any(200 <= s < 300 for s in told["statuses"]):
            _learn_from_slack(known, told["workspace"], told["event"])
    for event in teams["events"]:
        _learn_from_teams(known, event)
    return known


def _learn_from_slack(known: Known, workspace: str, event: Json) -> None:
    if event.get("subtype") == "message_deleted":
        known.deleted.add(_key(workspace, event["channel"], event["deleted_ts"]))
    if event.get("subtype") != "message_changed":
        return
    message = event["message"]
    if message.get("subtype") == "tombstone":
        known.deleted.add(_key(workspace, event["channel"], message["ts"]))
    for token, revision in TOKEN.findall(message.get("text", "")):
        known.revisions[token] = max(known.revisions.get(token, 0), int(revision))


def _learn_from_teams(known: Known, event: Json) -> None:
    key = _key(event["workspace"], event["conversation"].partition(";")[0], event["message"])
    if event["attempt"] > 1 and event["activity"] == "message":
        known.resent.add(key)
    if not 200 <= event["status"] < 300:
        return
    if event["activity"] == "message":
        known.posts.setdefault(key, len(known.posts))
    elif event["activity"] == "messageDelete":
        known.deleted.add(key)
    elif event["activity"] == "messageUpdate":
        known.revisions[key] = known.revisions.get(key, 0) + 1


def _key(*parts: str) -> str:
    return "|".join(parts)


class Counting:
    """Compares what was said with what stands where."""

    def __init__(
        self,
        said: list[Said],
        cities: dict[str, bool],
        channel_ids: dict[tuple[str, str], str],
        tried_again: set[str],
    ) -> None:
        """`cities`: whether each works in Slack. `channel_ids`: by city and channel name.

        `tried_again`: messages in Teams that the proxy had to bring to a second node.
        """
        self._tried_again = tried_again
        self._said = said
        self._cities = cities
        self._ids = channel_ids

    def count(self, slack: Json, teams: Json) -> Count:
        """Everything at once."""
        result = Count()
        standing = conversations_of(slack, teams)
        known = known_from(slack, teams)
        for one in self._said:
            if not self._was_told(one, known):
                result.untold += 1
            for city in self._cities:
                if city != one.city:
                    self._check(one, city, standing[city, one.channel], known, result)
        self._check_order(standing, known, result)
        return result

    def _key_of(self, one: Said) -> str:
        return _key(one.city, self._ids[one.city, one.channel], one.message)

    def _was_told(self, one: Said, known: Known) -> bool:
        """Slack's messages stand in its history; one in Teams counts once it was answered."""
        told = self._cities[one.city] or self._key_of(one) in known.posts
        return told and (one.root is None or self._was_told(one.root, known))

    def _revision_told(self, one: Said, known: Known) -> int:
        if self._cities[one.city]:
            return known.revisions.get(one.token, 0)
        # Edits that were never answered may or may not have been kept: the last is not known.
        told = known.revisions.get(self._key_of(one), 0)
        return one.revision if told >= one.revision else 0

    def _check(
        self, one: Said, city: str, there: Conversation, known: Known, result: Count
    ) -> None:
        copies = there.copies.get(one.token, [])
        where = f"{one.token} of {one.city} in {city}/{one.channel}"
        result.copies += len(copies)
        if one.deleted:
            # One too many: in Teams, what may have been sent before a crash can't be found.
            gone = self._key_of(one) in known.deleted
            if len(copies) > (0 if gone else 1):
                result.doubled.append((city, one.channel))
            return
        if len(copies) > 1:
            result.doubled.append((city, one.channel))
        if not self._was_told(one, known):
            return
        result.expected += 1
        if not copies:
            result.lost.append(where)
            return
        # Of two that stand where one is uncertain, only one is known to be ours.
        if all(copy.revision < self._revision_told(one, known) for copy in copies):
            result.wrong.append(f"{where}: shows r{copies[0].revision}, not r{one.revision}")
        if one.file and not there.files[one.file]:
            result.wrong.append(f"{where}: its file is missing")
        self._check_thread(one, copies[0], there, where, result)

    def _check_thread(
        self, one: Said, copy: Copy, there: Conversation, where: str, result: Count
    ) -> None:
        if one.root is None:
            if copy.thread:
                result.wrong.append(f"{where}: stands in a thread, but is no reply")
            return
        roots = there.copies.get(one.root.token, [])
        if one.root.deleted or not roots:
            return
        if copy.thread not in {root.thread or root.message for root in roots}:
            result.wrong.append(f"{where}: is not in the thread of {one.root.token}")

    def _check_order(
        self, standing: dict[tuple[str, str], Conversation], known: Known, result: Count
    ) -> None:
        """From one conversation to another, what was said earlier stands earlier."""
        by_origin: dict[tuple[str, str], list[Said]] = defaultdict(list)
        for one in self._said:
            if self._overtaken(one, known):
                result.overtaken += 1
            else:
                by_origin[one.city, one.channel].append(one)
        for (origin, channel), spoken in by_origin.items():
            spoken.sort(key=lambda one: _number(one.message))
            if not self._cities[origin]:
                answers = [(one, known.posts.get(self._key_of(one))) for one in spoken]
                told = _in_order_of_answers([(o, at) for o, at in answers if at is not None])
                result.overtaken += len(spoken) - len(told)
                spoken = told
            for city in self._cities:
                if city != origin:
                    there = standing[city, channel].copies
                    late = _late(spoken, there)
                    result.out_of_order += [f"{t} of {origin} in {city}/{channel}" for t in late]

    def _overtaken(self, one: Said, known: Known) -> bool:
        """Teams sends a channel's threads side by side: while it tries one again, later ones come,
        and nothing tells of the one that is missing."""
        if self._cities[one.city]:
            return False
        return self._key_of(one) in known.resent or one.message in self._tried_again


def _in_order_of_answers(told: Sequence[tuple[Said, int]]) -> list[Said]:
    """Without those that were answered after later ones: Teams sends threads side by side."""
    kept: list[Said] = []
    earliest = sys.maxsize
    for one, answered in reversed(told):
        if answered < earliest:
            kept.append(one)
            earliest = answered
    return kept[::-1]


def _late(spoken: Iterable[Said], there: dict[str, list[Copy]]) -> list[str]:
    latest: tuple[tuple[int, int], int] = ((0, 0), 0)
    found = []
    for one in spoken:
        copies = there.get(one.token)
        if not copies:
            continue
        position = min((_number(copy.message), copy.place) for copy in copies)
        if position < latest:
            found.append(one.token)
        latest = max(latest, position)
    return found


def _number(message: str) -> tuple[int, int]:
    first, _, second = message.partition(".")
    return int(first), int(second or 0)


def sent_twice(slack: Json, teams: Json, names: dict[str, str]) -> list[Place]:
    """Where messages were applied more than once, from the journals' requests.

    `names`: the channel's name by the conversation's id.
    """
    made: Counter[tuple[str, str, str]] = Counter()
    for entry in (*slack["entries"], *teams["entries"]):
        method = entry["method"]
        if entry["message_id"] and (method == "chat.postMessage" or method.startswith("POST")):
            place = names.get(str(entry["conversation"]).partition(";")[0], "")
            tokens = {token for token, _ in TOKEN.findall(str(entry["body"]))}
            made.update((entry["workspace"], place, token) for token in tokens)
    return [(city, place) for (city, place, _), times in made.items() if times > 1]
