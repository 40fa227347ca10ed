"""A file's name is a name and nothing else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.file_names import plain_name


@pytest.mark.parametrize(
    ("given_name", "kept"),
    [
        ("Plan für Übersicht v2.pdf", "Plan für Übersicht v2.pdf"),
        ("../../etc/passwd", "passwd"),
        ("..\\..\\win.ini", "win.ini"),
        ("a\x00b\r\nc.pdf", "ab c.pdf"),
        ("\u202efdp.exe", "fdp.exe"),
        ("👩‍🚒.png", "👩‍🚒.png"),
        ("", "file"),
        ("..", "file"),
        ("/", "file"),
    ],
)
def test_names(given_name: str, kept: str) -> None:
    assert plain_name(given_name) == kept


@given(st.text())
def test_never_a_path_and_always_one_line(name: str) -> None:
    plain = plain_name(name)
    assert plain
    assert not set(plain) & set("/\\\x00\r\n\u202e")
    assert plain not in {".", ".."}
    assert plain_name(plain) == plain
