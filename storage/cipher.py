"""Tokens at rest: encrypted with the newest key, readable with every key that is still given."""

import base64
import os
from collections.abc import Sequence
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from storage.errors import SecretKeysMissing

_HOW = (
    "Make one with: python -c 'import secrets; print(secrets.token_urlsafe(32))' and set it as "
    "EXCHANGE_SECRET_KEYS, the same on every node."
)


class Cipher:
    """Encrypts short texts.

    Without given keys, a SQLite database gets a key file beside it (mode 0600) when the first
    token is kept; PostgreSQL, which may be shared, has no such place and needs a key.
    """

    def __init__(self, keys: Sequence[str], key_file: Path | None) -> None:
        self._keys = [key.strip() for key in keys if key.strip()]
        self._key_file = key_file
        self._fernet: MultiFernet | None = None

    def encrypt(self, text: str) -> str:
        """The text in encrypted form; SecretKeysMissing when there is no key."""
        return self._ready().encrypt(text.encode()).decode()

    def decrypt(self, token: str) -> str:
        """The text again; SecretKeysMissing when none of the keys fits."""
        try:
            return self._ready().decrypt(token).decode()
        except InvalidToken as error:
            raise SecretKeysMissing(
                "A token in the database was encrypted with a key that is not in "
                "EXCHANGE_SECRET_KEYS. Add that key at the end of the list."
            ) from error

    def rotate(self, token: str) -> str:
        """The same text encrypted with the newest key; SecretKeysMissing when none fits."""
        return self.encrypt(self.decrypt(token))

    def keys(self) -> list[str]:
        """Every key, newest first, for whoever else must sign; SecretKeysMissing without one."""
        return self._all_keys()

    def _ready(self) -> MultiFernet:
        if self._fernet is None:
            self._fernet = MultiFernet([Fernet(_derive(key)) for key in self._all_keys()])
        return self._fernet

    def _all_keys(self) -> list[str]:
        if self._key_file is None:
            if not self._keys:
                raise SecretKeysMissing(f"There is no key to encrypt tokens with. {_HOW}")
            return self._keys
        if self._keys and not self._key_file.exists():
            return self._keys
        return [*self._keys, _key_in(self._key_file)]


def _derive(key: str) -> bytes:
    derivation = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"mayoral-exchange tokens")
    return base64.urlsafe_b64encode(derivation.derive(key.encode()))


def _key_in(path: Path) -> str:
    """The key in the file, made when there is none. Two processes that come at once agree."""
    try:
        return path.read_text(encoding="ascii").strip()
    except FileNotFoundError:
        fresh = path.with_name(f"{path.name}.{os.getpid()}")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(base64.urlsafe_b64encode(os.urandom(32)))
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(fresh, path)
    except FileExistsError:
        pass  # somebody else was first: theirs counts
    finally:
        fresh.unlink()
    return path.read_text(encoding="ascii").strip()
