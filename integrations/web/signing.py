"""Addresses of files that only we can make, so that nobody can walk through all files."""

import base64
import hashlib
import hmac
from collections.abc import Sequence
from urllib.parse import quote

from core.ids import FileId

_PURPOSE = b"mayoral-exchange file links"


class FileSigner:
    """Makes and checks signed addresses. The first key signs, every key is accepted."""

    def __init__(self, secret_keys: Sequence[str | bytes], base_url: str) -> None:
        """`secret_keys`: at least one, newest first; `base_url` without a slash at its end."""
        if not secret_keys:
            raise ValueError("a file signer needs a key")
        self._keys = [_derived(key) for key in secret_keys]
        self._base_url = base_url

    def url(self, file: FileId, name: str) -> str:
        """The whole address at which the exchange gives out a file under this name."""
        name = _shown(name)
        token = f"{file}-{_mac(self._keys[0], file, name)}"
        return f"{self._base_url}/files/{token}/{quote(name, safe='')}"

    def verify(self, token: str, name: str) -> FileId | None:
        """The file that the token stands for, or None when we did not make it. Constant time."""
        number, _, given = token.partition("-")
        if not (number.isascii() and number.isdecimal() and len(number) < 20):
            return None
        file = FileId(int(number))
        matches = [
            hmac.compare_digest(_mac(key, file, name).encode(), given.encode("utf-8", "replace"))
            for key in self._keys
        ]
        return file if any(matches) else None


def _shown(name: str) -> str:
    """The name as it stands in an address: never empty, of a bearable length."""
    return name.encode("utf-8", "replace").decode()[:150] or "file"


def _derived(key: str | bytes) -> bytes:
    secret = key.encode() if isinstance(key, str) else key
    return hmac.digest(secret, _PURPOSE, hashlib.sha256)


def _mac(key: bytes, file: FileId, name: str) -> str:
    message = f"{file}/{name}".encode("utf-8", "replace")
    return base64.urlsafe_b64encode(hmac.digest(key, message, "sha256")[:18]).decode()
