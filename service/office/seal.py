"""A seal on a form's state: what was allowed when the form was opened is allowed when it is sent.

A form that was opened in the operator's conversation does not always say so when it comes back.
"""

import hashlib
import hmac
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from service.office.visit import Visit

GOOD_FOR = timedelta(hours=1)


class Seal:
    """Seals for one person, one purpose, and an hour. `keys` gives the keys, newest first."""

    def __init__(self, keys: Callable[[], Sequence[str]]) -> None:
        self._keys = keys

    def put(self, visit: Visit, purpose: str) -> str:
        """A seal for the guest."""
        until = int((visit.now + GOOD_FOR).timestamp())
        return f"{until}.{self._sign(self._keys()[0], visit, purpose, until)}"

    def holds(self, seal: str, visit: Visit, purpose: str) -> bool:
        """Whether a seal was put for this guest and purpose, less than an hour ago."""
        written, _, signature = seal.partition(".")
        if not (written.isascii() and written.isdecimal() and len(written) < 16):
            return False
        if not signature.isascii() or _past(int(written), visit.now):
            return False
        return any(
            hmac.compare_digest(signature, self._sign(key, visit, purpose, int(written)))
            for key in self._keys()
        )

    def _sign(self, key: str, visit: Visit, purpose: str, until: int) -> str:
        asker = visit.guest.asker
        place = visit.workspace.id if visit.workspace is not None else 0
        words = "\n".join(("office", purpose, str(until), str(place), asker.member))
        return hmac.new(key.encode(), words.encode(errors="replace"), hashlib.sha256).hexdigest()


def _past(until: int, now: datetime) -> bool:
    return until < now.timestamp()
