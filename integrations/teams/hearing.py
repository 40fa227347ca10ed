"""Whether a team lets us hear what is said without a mention.

A team agrees to that when the app is added ("Receive all messages for bots and agents" on
learn.microsoft.com), and nothing tells a bot whether it did: only what arrives does.
"""

from core.events import MessagePosted
from core.ids import ExternalWorkspace

_MOST_TEAMS = 10_000


class Hearing:
    """Remembers, since the start, of which teams we have heard what."""

    def __init__(self) -> None:
        self._hears_all: dict[ExternalWorkspace, bool] = {}

    def note(self, event: MessagePosted) -> None:
        """Note a message: one without a mention shows that we hear all of them."""
        team = event.source.workspace
        if not team or event.private or event.ours or event.author.is_app:
            return
        if len(self._hears_all) >= _MOST_TEAMS and team not in self._hears_all:
            self._hears_all.pop(next(iter(self._hears_all)))
        self._hears_all[team] = self._hears_all.get(team, False) or not event.to_bot

    def mentions_only(self, team: ExternalWorkspace) -> bool:
        """Whether people have mentioned us there, and nothing else was ever heard."""
        return self._hears_all.get(team) is False
