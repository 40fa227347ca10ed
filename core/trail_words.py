"""How acts stand in the trail, after the name of the one who acted."""

from datetime import datetime

from core.claims import AuditEntry
from core.times import say_when

ACT_CLAIMED = "asked to take part for {city}"
ACT_WITHDRAWN = "took back the claim to {city}"
ACT_CONFIRMED = "confirmed {city}"
ACT_REFUSED = "refused {city}: {reason}"
ACT_LINKED = "linked {topic} to {name} ({mode})"
ACT_CHANGED = (
    "changed {topic} in {name} to {mode}, going out {outgoing}, posts by other apps {apps}"
)
ACT_PAUSED = "paused {topic} in {name}"
ACT_RESUMED = "let {topic} in {name} go on"
ACT_UNLINKED = "unlinked {topic} from {name}"
ACT_RELINKED = "linked {topic} to {name} again"
ACT_DIGEST = "set the digest to {day}, {hour}"
ACT_MAYOR = "named {name} mayor"
ACT_NO_MAYOR = "said that {name} isn't mayor"
ACT_ADMIN = "let {name} administer"
ACT_NO_ADMIN = "said that {name} doesn't administer"
ACT_LEFT = "left the exchange"
TRAIL_LINE = "{when}: {who}: {act}"


def trail_line(entry: AuditEntry, now: datetime, time_zone: str) -> str:
    """One act of the trail."""
    return TRAIL_LINE.format(when=say_when(entry.at, now, time_zone), who=entry.who, act=entry.act)
