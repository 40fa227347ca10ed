"""Whether a request comes from Slack (docs.slack.dev/authentication/verifying-requests)."""

import hashlib
import hmac
from datetime import datetime

MOST_SKEW_SECONDS = 300


class BadSignature(Exception):
    """The request is not shown to be Slack's. The message says why, for the log."""


class SignatureMissing(BadSignature):
    """A signature header is missing."""


class SignatureStale(BadSignature):
    """The request is more than five minutes old, or from the future: perhaps repeated."""


class SignatureWrong(BadSignature):
    """The signature does not fit the body: another secret, or a changed body."""


def check_signature(
    secret: str, *, timestamp: str, signature: str, body: bytes, now: datetime
) -> None:
    """Return when `body` was signed with `secret` within five minutes of `now`.

    Raises one of the kinds of `BadSignature`. The comparison takes the same time for any input.
    """
    if not timestamp or not signature:
        raise SignatureMissing("the signature headers are missing")
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12):
        raise SignatureStale("the timestamp is no number")
    if abs(now.timestamp() - int(timestamp)) > MOST_SKEW_SECONDS:
        raise SignatureStale("the timestamp is more than five minutes off")
    base = b"v0:" + timestamp.encode() + b":" + body
    expected = "v0=" + hmac.new(secret.encode(), base, hashlib.sha256).hexdigest()
    if not hmac.compare_digest(expected.encode(), signature.encode("utf-8", "replace")):
        raise SignatureWrong("the signature does not fit")
