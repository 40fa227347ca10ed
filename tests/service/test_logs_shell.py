"""Logs: readable or JSON, and without secrets wherever they come from."""

import io
import json
import logging
from collections.abc import Iterator
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.logs import set_up_logging

SECRETS = [
    "xoxb-1111-2222-abcDEF",
    "xoxe.xoxp-1-Mi0yLT",
    "xapp-1-A1-2-abc",
    "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln",
    "Bearer abc.def-ghi",
]


@pytest.fixture(autouse=True)
def _logging_as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


def written(form: Literal["text", "json"], secret: str) -> str:
    stream = io.StringIO()
    set_up_logging(form, "info", stream)
    logger = logging.getLogger("service.test")
    logger.info("asked with %s", secret)
    logger.info("asked", extra={"header": secret})
    try:
        raise ValueError(f"refused {secret}")
    except ValueError:
        logger.exception("it failed")
    return stream.getvalue()


@pytest.mark.parametrize("form", ["text", "json"])
@pytest.mark.parametrize("secret", SECRETS)
def test_no_secret_is_written(form: Literal["text", "json"], secret: str) -> None:
    text = written(form, secret)
    assert secret not in text
    assert text.count("[secret]") >= 3


@given(st.from_regex(r"xox[bpae]-[A-Za-z0-9-]{8,40}", fullmatch=True))
def test_no_slack_token_is_written(token: str) -> None:
    assert token not in written("json", token)


def test_the_password_of_a_database_is_not_written() -> None:
    text = written("text", "postgresql+asyncpg://ana:hunter2@db/exchange")
    assert "hunter2" not in text
    assert "db/exchange" in text


def test_json_lines_are_objects_with_what_was_given() -> None:
    stream = io.StringIO()
    set_up_logging("json", "info", stream)
    logging.getLogger("a.b").warning("late", extra={"workspace": 3})
    line = json.loads(stream.getvalue())
    assert (line["level"], line["logger"], line["message"], line["workspace"]) == (
        "warning",
        "a.b",
        "late",
        3,
    )


def test_others_keep_quiet() -> None:
    stream = io.StringIO()
    set_up_logging("text", "debug", stream)
    logging.getLogger("slack_bolt.App").info("a whole payload")
    logging.getLogger("slack_sdk.web").debug("a whole payload")
    assert stream.getvalue() == ""
