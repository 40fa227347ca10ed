"""The settings of the exchange, from the environment or `.env` in the working folder."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar
from urllib.parse import urlsplit

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from integrations.common.hosts import is_loopback_host

ENV_FILE = Path(".env")
DEFAULT_DATABASE_URL = "sqlite+aiosqlite:///exchange.db"


class SettingsWrong(Exception):
    """A setting has a value that can't be used; the text names it and says what to write."""


class ExchangeSettings(BaseSettings):
    """What belongs to no platform. Each field is EXCHANGE_ and its name in capitals."""

    model_config = SettingsConfigDict(
        env_prefix="EXCHANGE_", extra="ignore", frozen=True, hide_input_in_errors=True
    )

    database_url: str = Field(
        DEFAULT_DATABASE_URL,
        description="Where everything is kept: `sqlite+aiosqlite:///PATH`, or "
        "`postgresql+asyncpg://USER:PASSWORD@HOST/NAME` for several nodes.",
    )
    base_url: str = Field(
        "",
        description="The address people and platforms reach this server at, for links to files "
        "and pictures. Empty: `http://` with host and port.",
    )
    secret_keys: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        description="Comma list, newest first. Tokens are encrypted and links signed with the "
        "first; all are accepted. Empty: a key file beside the SQLite file.",
    )
    host: str = Field("127.0.0.1", description="The address to listen on.")
    port: int = Field(
        8000, ge=0, le=65535, description="The port to listen on; 0 takes a free one and prints it."
    )
    log_format: Literal["text", "json"] = Field(
        "text", description="`text` for people, `json` for one JSON object a line."
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="How much is logged: `debug`, `info`, `warning` or `error`."
    )
    sandbox_port: int = Field(
        8010, ge=0, le=65535, description="The port of the sandbox page; 0 takes a free one."
    )

    operator_name: str = Field(
        "", description="Who runs this exchange, as `/privacy` and `/terms` name them."
    )
    operator_contact: str = Field(
        "", description="How people reach them: an e-mail address or an https address."
    )

    @field_validator("operator_name", "operator_contact")
    @classmethod
    def without_margins(cls, value: str) -> str:
        """Blanks around it are no part of it."""
        return value.strip()

    @field_validator("secret_keys", mode="before")
    @classmethod
    def split_keys(cls, value: object) -> object:
        """A comma list, as one writes it in `.env`."""
        if isinstance(value, str):
            return tuple(key.strip() for key in value.split(",") if key.strip())
        return value

    @field_validator("database_url")
    @classmethod
    def name_the_driver(cls, value: str) -> str:
        """Take only the two databases, and add the driver where only PostgreSQL is named."""
        for plain in ("postgresql://", "postgres://"):
            if value.startswith(plain):
                return "postgresql+asyncpg://" + value.removeprefix(plain)
        if value.startswith("sqlite:///"):
            return "sqlite+aiosqlite:///" + value.removeprefix("sqlite:///")
        if value.startswith(("sqlite+aiosqlite:///", "postgresql+asyncpg://")):
            return value
        raise ValueError("write sqlite+aiosqlite:///PATH or postgresql+asyncpg://USER@HOST/NAME")

    @field_validator("base_url")
    @classmethod
    def whole_address(cls, value: str) -> str:
        """An address with its scheme, without a slash at its end."""
        if value and (
            urlsplit(value).scheme not in {"http", "https"} or not urlsplit(value).netloc
        ):
            raise ValueError("write the whole address, such as https://exchange.example.gov")
        return value.rstrip("/")

    @field_validator("log_format", "log_level", mode="before")
    @classmethod
    def in_small_letters(cls, value: object) -> object:
        """INFO means info."""
        return value.lower() if isinstance(value, str) else value

    @property
    def listens_on_loopback(self) -> bool:
        """Whether only this machine can reach the server."""
        return is_loopback_host(self.host)

    @property
    def is_sqlite(self) -> bool:
        """Whether the database is a file."""
        return self.database_url.startswith("sqlite")


Settings = TypeVar("Settings", bound=BaseSettings)


def read_settings(kind: type[Settings]) -> Settings:
    """Settings of one kind, from the environment, then `.env`.

    Raises SettingsWrong with one line a wrong value. Never shows the value: it may be a secret.
    """
    source: dict[str, Any] = {"_env_file": ENV_FILE, "_env_file_encoding": "utf-8"}
    try:
        return kind(**source)
    except ValidationError as error:
        prefix = str(kind.model_config.get("env_prefix", ""))
        raise SettingsWrong("\n".join(_line(prefix, one) for one in error.errors())) from None


def _line(prefix: str, error: Mapping[str, Any]) -> str:
    field = str(error["loc"][0]) if error["loc"] else ""
    name = f"{prefix}{field}".upper()
    reason = error["msg"].removeprefix("Value error, ")
    return f"{name} can't be used: {reason[:1].lower()}{reason[1:]}. Correct it and start again."


def setting_names(kind: type[BaseSettings]) -> dict[str, str]:
    """Every setting of one kind with its default, as the settings table shows them."""
    prefix = str(kind.model_config.get("env_prefix", ""))
    return {
        str(field.validation_alias or f"{prefix}{name}".upper()): _default(field.get_default())
        for name, field in kind.model_fields.items()
    }


def _default(value: object) -> str:
    text = str(value) if value not in (None, ()) else ""
    return text.lower() if isinstance(value, bool) else text
