"""Keeps calls within Slack's limits before Slack has to refuse them."""

from collections.abc import Callable, Mapping

from core.failures import Later, Scope
from core.pace import Pace, PaceState, ready_at, spend

_BROAD_FROM = 3
"""So many conversations held back at once mean that the workspace as a whole is too fast."""


class Pacing:
    """What was sent lately, per workspace and method; one instance per process.

    `now` gives seconds of a clock that never goes back.
    """

    def __init__(self, paces: Mapping[str, Pace], now: Callable[[], float]) -> None:
        self._full = dict(paces)
        self._paces = dict(paces)
        self._now = now
        self._states: dict[tuple[str, str], PaceState] = {}
        self._holds: dict[tuple[str, str], dict[str, float]] = {}

    def set_share(self, nodes: int) -> None:
        """Use this node's share of each budget when `nodes` of them run."""
        count = max(nodes, 1)
        self._paces = {
            method: Pace(pace.interval * count, max(pace.burst // count, 1))
            for method, pace in self._full.items()
        }

    def check(self, workspace: str, method: str, conversation: str) -> None:
        """Count one call, or fail with `Later` when it would be too early."""
        now = self._now()
        held = self._held(workspace, method, now)
        if conversation in held or len(held) >= _BROAD_FROM:
            until = held.get(conversation) or min(held.values())
            raise Later("held_back", retry_after=until - now, scope=_scope(held))
        pace = self._paces.get(method)
        if pace is None:
            return
        key = (workspace, method)
        state = self._states.get(key, ())
        due = ready_at((pace,), state, now)
        if due > now:
            raise Later("budget_used_up", retry_after=due - now)
        self._states[key] = spend((pace,), state, now)

    def limited(self, workspace: str, method: str, conversation: str, wait: float) -> Scope:
        """Note that Slack refused a call for `wait` seconds, and say what that holds back."""
        now = self._now()
        held = self._held(workspace, method, now)
        held[conversation] = max(held.get(conversation, 0.0), now + wait)
        self._holds[(workspace, method)] = held
        return _scope(held)

    def _held(self, workspace: str, method: str, now: float) -> dict[str, float]:
        held = self._holds.get((workspace, method))
        if not held:
            return {}
        left = {place: until for place, until in held.items() if until > now}
        if left:
            self._holds[(workspace, method)] = left
        else:
            del self._holds[(workspace, method)]
        return left


def _scope(held: Mapping[str, float]) -> Scope:
    return Scope.WORKSPACE if len(held) >= _BROAD_FROM else Scope.CONVERSATION
