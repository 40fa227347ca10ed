"""Method arguments, from a query, a form or a JSON body, read the way Slack reads them."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qsl

from aiohttp import web

from integrations.sandbox.slack.model import SlackApiError


class Arguments(dict[str, Any]):
    """The arguments of one call by name. Form values are strings, JSON values are typed."""

    def text(self, name: str, default: str = "") -> str:
        """A string argument."""
        value = self.get(name)
        if value is None:
            return default
        return value if isinstance(value, str) else _as_string(value)

    def required(self, name: str, error: str = "invalid_arguments") -> str:
        """A string argument that must be there. Raises SlackApiError."""
        value = self.text(name)
        if not value:
            message = f"[ERROR] missing required field: {name}"
            raise SlackApiError(error, response_metadata={"messages": [message]})
        return value

    def flag(self, name: str, default: bool = False) -> bool:
        """A boolean argument: true, 1 or "true"."""
        value = self.get(name)
        if value is None or value == "":
            return default
        if isinstance(value, str):
            return value.lower() not in {"false", "0", "no"}
        return bool(value)

    def number(self, name: str, default: int) -> int:
        """A whole number. Raises SlackApiError."""
        value = self.get(name)
        if value is None or value == "":
            return default
        try:
            return int(value)
        except (TypeError, ValueError) as error:
            raise SlackApiError("invalid_arguments") from error

    def structure(self, name: str, error: str) -> Any:
        """A JSON argument, given as such or as a string that holds it. None when absent."""
        value = self.get(name)
        if value is None or value == "":
            return None
        if isinstance(value, str):
            try:
                return json.loads(value)
            except ValueError as problem:
                raise SlackApiError(error) from problem
        return value


def _as_string(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int | float) else json.dumps(value)


async def read_arguments(request: web.Request) -> tuple[Arguments, bool]:
    """The arguments and whether a token may stand among them (not in a JSON body).

    Raises SlackApiError invalid_json, json_not_object or invalid_form_data.
    """
    arguments = Arguments(request.query) if request.query_string else Arguments()
    if request.method != "POST":
        return arguments, True
    content_type = request.content_type
    if content_type == "application/json":
        arguments.update(_json_object(await request.read()))
        return arguments, False
    if content_type.startswith("multipart/"):
        for name, value in (await request.post()).items():
            arguments[name] = value.file.read() if isinstance(value, web.FileField) else value
        return arguments, True
    body = await request.read()
    try:
        arguments.update(parse_qsl(body.decode(), keep_blank_values=True))
    except ValueError as error:
        raise SlackApiError("invalid_form_data") from error
    return arguments, True


def _json_object(body: bytes) -> dict[str, Any]:
    if not body:
        return {}
    try:
        value = json.loads(body)
    except ValueError as error:
        raise SlackApiError("invalid_json") from error
    if not isinstance(value, dict):
        raise SlackApiError("json_not_object")
    return value
