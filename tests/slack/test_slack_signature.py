"""Signatures, as a pure question."""

from datetime import UTC, datetime, timedelta

import pytest
from slack_sdk.signature import SignatureVerifier

from integrations.slack.signature import (
    BadSignature,
    SignatureMissing,
    SignatureStale,
    SignatureWrong,
    check_signature,
)

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
BODY = b'{"a": 1}'


def stamp(moment: datetime) -> str:
    return str(int(moment.timestamp()))


def signature_of(timestamp: str, secret: str = "secret") -> str:
    """As Slack's own library makes it."""
    made = SignatureVerifier(secret).generate_signature(timestamp=timestamp, body=BODY)
    assert made is not None
    return made


@pytest.mark.parametrize("skew", [0, 299, -299])
def test_a_good_signature_passes(skew: int) -> None:
    timestamp = stamp(NOW + timedelta(seconds=skew))
    signature = signature_of(timestamp)
    check_signature("secret", timestamp=timestamp, signature=signature, body=BODY, now=NOW)


@pytest.mark.parametrize(
    ("timestamp", "signature", "kind"),
    [
        ("", "v0=1", SignatureMissing),
        (stamp(NOW), "", SignatureMissing),
        ("soon", "v0=1", SignatureStale),
        ("²", "v0=1", SignatureStale),
        ("-1", "v0=1", SignatureStale),
        ("9" * 400, "v0=1", SignatureStale),
        (stamp(NOW - timedelta(seconds=301)), signature_of(stamp(NOW)), SignatureStale),
        (stamp(NOW), signature_of(stamp(NOW), "other"), SignatureWrong),
        (stamp(NOW), "v0=ä\udcff", SignatureWrong),
        (stamp(NOW), signature_of(stamp(NOW)).removeprefix("v0="), SignatureWrong),
    ],
)
def test_anything_else_is_refused(timestamp: str, signature: str, kind: type[BadSignature]) -> None:
    with pytest.raises(kind):
        check_signature("secret", timestamp=timestamp, signature=signature, body=BODY, now=NOW)
