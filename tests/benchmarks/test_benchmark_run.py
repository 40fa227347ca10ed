"""Every row of the benchmark runs, with a few of everything. What it measures is not judged."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LONGEST = 120


@pytest.mark.parametrize("measure", ["fan-out", "sustained", "prompt", "answering", "starting"])
def test_a_measure_gives_its_rows(measure: str, tmp_path: Path) -> None:
    output = tmp_path / "bench.json"
    words = ["--tiny", "--sqlite-only", "--only", measure, "--output", str(output)]
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks", *words],
        cwd=ROOT,
        env=os.environ.copy(),
        capture_output=True,
        text=True,
        timeout=LONGEST,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    rows = json.loads(output.read_text())["rows"]
    assert rows
    assert all(row["value"] > 0 and row["met"] in (True, False) for row in rows)
    assert all(row["name"] in done.stdout for row in rows)
