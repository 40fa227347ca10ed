"""Numbers for the operator, in Prometheus' form. Labels are ids and kinds, never words."""

from datetime import timedelta
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from core.ids import PlatformName, WorkspaceId
from service.clock import Clock
from service.traces import Traces
from storage.status import Status

QUICK = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.04, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
"""Seconds. Ten and forty milliseconds are the limits we hold ourselves to."""


class Metrics:
    """What is counted. One per process, with a registry of its own."""

    def __init__(self, clock: Clock, traces: Traces | None = None) -> None:
        self._clock = clock
        self._traces = traces
        self._registry = CollectorRegistry()
        self._make_counters()
        self._make_gauges()

    def _make_counters(self) -> None:
        registry = self._registry
        self._received = Counter(
            "exchange_events_received", "New events kept on disk", ["platform"], registry=registry
        )
        self._handled = Histogram(
            "exchange_event_handling_seconds",
            "From the claim of an event to its decision on disk",
            ["outcome"],
            buckets=QUICK,
            registry=registry,
        )
        self._sent = Histogram(
            "exchange_send_seconds",
            "One call to a platform that was answered with success",
            ["platform", "workspace", "kind"],
            buckets=QUICK,
            registry=registry,
        )
        self._retried = Counter(
            "exchange_sends_retried",
            "Calls that will be made again",
            ["platform", "workspace", "kind"],
            registry=registry,
        )
        self._settled = Counter(
            "exchange_deliveries_settled",
            "What became of deliveries",
            ["state"],
            registry=registry,
        )

    def _make_gauges(self) -> None:
        registry = self._registry
        self._inbox_depth = Gauge(
            "exchange_inbox_depth", "Events not handled yet", registry=registry
        )
        self._inbox_age = Gauge(
            "exchange_inbox_age_seconds", "Age of the oldest of them", registry=registry
        )
        self._outbox_depth = Gauge(
            "exchange_outbox_depth", "Deliveries not settled yet", ["workspace"], registry=registry
        )
        self._outbox_age = Gauge(
            "exchange_outbox_age_seconds",
            "Age of the oldest of them",
            ["workspace"],
            registry=registry,
        )
        self._late = Gauge(
            "exchange_posts_late",
            "Posts that should have arrived by now",
            ["workspace"],
            registry=registry,
        )
        self._troubled = Gauge(
            "exchange_links_troubled", "Links that have stopped working", registry=registry
        )
        self._nodes = Gauge("exchange_nodes_live", "Nodes that serve", registry=registry)
        self._last_event = Gauge(
            "exchange_last_event_timestamp_seconds",
            "When the workspace's last event was received",
            ["workspace"],
            registry=registry,
        )

    def received(self, platform: PlatformName) -> None:
        """A new event was kept on disk."""
        self._received.labels(platform).inc()

    def handled(self, outcome: str, seconds: float) -> None:
        """An event was decided; `outcome` is one of a few words (`published`, `ignored`, …)."""
        self._handled.labels(outcome).observe(seconds)

    def sent(
        self, platform: PlatformName, workspace: WorkspaceId, kind: str, seconds: float
    ) -> None:
        """A platform did what was asked."""
        self._sent.labels(platform, str(workspace), kind).observe(seconds)

    def retried(self, platform: PlatformName, workspace: WorkspaceId, kind: str) -> None:
        """A call has to be made again."""
        self._retried.labels(platform, str(workspace), kind).inc()

    def settled(self, state: str) -> None:
        """A delivery came to an end."""
        self._settled.labels(state).inc()

    def note(self, stage: str, key: str, **detail: Any) -> None:
        """Tell the sandbox page how far something has come; does nothing elsewhere."""
        if self._traces is not None:
            self._traces.note(stage, key, self._clock(), **detail)

    def expose(self, status: Status) -> bytes:
        """Everything, with the depths and ages of this moment, in Prometheus' text form."""
        self._inbox_depth.set(status.inbox.depth)
        self._inbox_age.set(_seconds(status.inbox.oldest_age))
        for gauge in (self._outbox_depth, self._outbox_age, self._late, self._last_event):
            gauge.clear()
        for one in status.workspaces:
            label = str(one.workspace)
            self._outbox_depth.labels(label).set(one.depth)
            self._outbox_age.labels(label).set(_seconds(one.oldest_age))
            self._late.labels(label).set(one.late)
            if one.last_event_at is not None:
                self._last_event.labels(label).set(one.last_event_at.timestamp())
        self._troubled.set(len(status.troubled))
        self._nodes.set(sum(one.live for one in status.nodes))
        return generate_latest(self._registry)


def _seconds(age: timedelta | None) -> float:
    return age.total_seconds() if age is not None else 0.0
