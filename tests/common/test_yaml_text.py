"""YAML that somebody else's parser reads as what was written."""

import json
import subprocess
from pathlib import Path
from typing import Any

import playwright
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from integrations.common.yaml_text import as_yaml

DRIVER = Path(playwright.__file__).parent / "driver"
BUNDLE = DRIVER / "package" / "lib" / "utilsBundle.js"
READ = """
const {yaml} = require(process.argv[1]);
let text = '';
process.stdin.setEncoding('utf8').on('data', part => text += part).on('end', () =>
  console.log(JSON.stringify(JSON.parse(text).map(one => yaml.parse(one)))));
"""

ODD = ["no", "On", "null", "~", "1", "1.5", "2026-01-01", "a: b", "a:b", "- a", "#x", "a #b", "@a"]
ODD += ["https://exchange.example.gov/x", "chat:write.customize", "", " a", "a ", "a:", "'", '"']
texts = st.text(st.characters(exclude_categories=["Cs"])) | st.sampled_from(ODD)
things = st.dictionaries(
    texts,
    st.recursive(
        texts | st.booleans() | st.none() | st.integers(-(10**6), 10**6),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
        max_leaves=8,
    ),
    min_size=1,
    max_size=4,
)


def read_all(documents: list[str]) -> Any:
    """What the YAML parser that comes with Playwright makes of each document."""
    if not (DRIVER / "node").exists() or "yaml" not in BUNDLE.read_text(encoding="utf-8"):
        pytest.skip("this Playwright brings no YAML parser: reinstall it with make check")
    done = subprocess.run(
        [DRIVER / "node", "-e", READ, BUNDLE],
        input=json.dumps(documents),
        capture_output=True,
        check=True,
        encoding="utf-8",
    )
    return json.loads(done.stdout)


@settings(max_examples=5, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(things, min_size=20, max_size=60))
def test_another_parser_reads_the_same(written: list[dict[str, Any]]) -> None:
    assert read_all([as_yaml(thing) for thing in written]) == written


def test_it_is_easy_to_read() -> None:
    thing = {"name": "Mayoral Exchange", "on": True, "scopes": ["chat:write", "1"], "none": []}
    assert as_yaml(thing) == (
        'name: Mayoral Exchange\n"on": true\nscopes:\n  - chat:write\n  - "1"\nnone: []\n'
    )
    shortcuts = [{"name": "Who?", "type": "message"}, {"name": "Save", "at": {"page": 1}}]
    assert as_yaml({"shortcuts": shortcuts}) == (
        'shortcuts:\n  - name: "Who?"\n    type: message\n  - name: Save\n    at:\n      page: 1\n'
    )
