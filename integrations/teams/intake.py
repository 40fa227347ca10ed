"""What goes into the inbox: an event with its key, its lane and its time."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from core.channels import lane_of
from core.events import InboundEvent, Received
from core.ids import EventKey, ExternalConversation
from integrations.teams.fields import text_at
from integrations.teams.ids import TEAMS


def received(
    activity: Mapping[str, Any], timed: Mapping[str, Any], event: InboundEvent
) -> Received:
    """An activity on its way into the inbox. `timed` is the activity with a time, if it had none,
    and `event` what it means. The key is made of what Teams sent alone."""
    source = event.source
    conversation = source.conversation or ExternalConversation("")
    return Received(
        key=event_key(activity),
        platform=TEAMS,
        lane=lane_of(TEAMS, source.tenant, conversation),
        tenant=source.tenant,
        at=event.at,
        payload=timed,
    )


def event_key(activity: Mapping[str, Any]) -> EventKey:
    """What makes an activity the same when Teams sends it again."""
    kind = text_at(activity, "type")
    parts = [text_at(activity, "conversation", "id"), text_at(activity, "id"), kind]
    if kind != "message":
        changes = [activity.get("reactionsAdded"), activity.get("reactionsRemoved")]
        detail = json.dumps(changes, sort_keys=True) if any(changes) else ""
        parts += [
            text_at(activity, "channelData", "eventType") or text_at(activity, "action"),
            text_at(activity, "timestamp"),
            text_at(activity, "from", "id") + detail,
        ]
    if not parts[1]:
        whole = json.dumps(activity, sort_keys=True).encode()
        parts.append(hashlib.sha256(whole).hexdigest())
    return EventKey("|".join(parts))
