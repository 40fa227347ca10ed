"""Every recorded Slack payload is understood, ignored with a reason, or refused."""

from pathlib import Path

from core.events import Ignored, Malformed
from integrations.slack.parse import key_of, parse, received
from tests.slack.recordings import recorded_payloads


def test_every_recording_is_understood_or_refused_with_a_reason(shared_data: Path) -> None:
    kinds: dict[str, int] = {}
    for name, payload in recorded_payloads(shared_data):
        parsed = parse(payload)
        kinds[type(parsed).__name__] = kinds.get(type(parsed).__name__, 0) + 1
        if isinstance(parsed, Ignored | Malformed):
            assert parsed.reason, name
        else:
            assert parsed.at.tzinfo is not None, name
            assert received(payload, parsed).key == key_of(payload, parsed)
    assert kinds["MessagePosted"] >= 15
    assert kinds["ReactionChanged"] >= 5


def test_a_delivered_event_is_never_refused(shared_data: Path) -> None:
    """Payloads with real ids: a 4xx would count against the app in every workspace."""
    refused = [
        name
        for name, payload in recorded_payloads(shared_data)
        if payload.get("type") == "event_callback"
        and payload.get("team_id")
        and isinstance(parse(payload), Malformed)
    ]
    assert refused == []
