"""Who has got a post, and who has not, and why."""

from dataclasses import dataclass
from datetime import datetime

from core.channels import Trouble
from core.deliveries import DeliveryState
from core.ids import LinkId


@dataclass(frozen=True, slots=True)
class Standing:
    """How far a post has come at one destination.

    `since` is when the duty began. `trouble` is why nothing reaches that link, `error` what the
    platform said last.
    """

    link: LinkId
    city: str
    workspace: str
    platform: str
    state: DeliveryState
    since: datetime
    trouble: Trouble | None = None
    error: str = ""

    @property
    def has_it(self) -> bool:
        """Whether the post is there (or needed no copy, because it was taken back first)."""
        return self.state in (
            DeliveryState.DONE,
            DeliveryState.SKIPPED,
            DeliveryState.UNCERTAIN,
        )
