"""What was measured: rows, the table for people, JSON for programs."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Any


@dataclass(frozen=True, slots=True)
class Row:
    """One measured number beside its target.

    `value` is the median of `repeats`, in `unit`; `target` is what `value` is held against, with
    the direction in `target_text`. `bare_client` is what the bare client reached in the same run,
    None where there is none to compare with. `met` is None where nothing was measured.
    """

    name: str
    database: str
    value: float | None
    unit: str
    target: float
    target_text: str
    met: bool | None
    repeats: tuple[float, ...] = ()
    exchange: float | None = None
    bare_client: float | None = None
    measured_unit: str = ""
    note: str = ""

    def as_json(self) -> dict[str, Any]:
        """The row with the names that programs read."""
        return {**asdict(self), "min": min(self.repeats, default=None), "max": self._highest}

    @property
    def _highest(self) -> float | None:
        return max(self.repeats, default=None)


def at_most(
    name: str, database: str, repeats: Sequence[float], unit: str, target: float, **more: Any
) -> Row:
    """A row whose median must not be above the target."""
    value = median(repeats)
    text = f"≤ {target:g} {unit}".rstrip()
    return Row(name, database, value, unit, target, text, value <= target, tuple(repeats), **more)


def at_least(
    name: str, database: str, repeats: Sequence[float], unit: str, target: float, **more: Any
) -> Row:
    """A row whose median must not be below the target."""
    value = median(repeats)
    text = f"≥ {target:g} {unit}".rstrip()
    return Row(name, database, value, unit, target, text, value >= target, tuple(repeats), **more)


def not_measured(name: str, database: str, unit: str, target: float, text: str, note: str) -> Row:
    """A row that could not be measured here, with the reason."""
    return Row(name, database, None, unit, target, text, None, note=note)


def percentile(values: Sequence[float], share: float) -> float:
    """The value that `share` of all (0–1) do not exceed; the nearest rank."""
    ordered = sorted(values)
    rank = max(1, -(-int(share * 10_000) * len(ordered) // 10_000))
    return ordered[rank - 1]


def table(rows: Sequence[Row]) -> list[str]:
    """The rows as lines of text, in columns."""
    headings = ("What", "Database", "Value", "Min–max", "Target", "Met", "Exchange", "Bare client")
    cells = [headings, *(_cells(row) for row in rows)]
    widths = [max(len(line[column]) for line in cells) for column in range(len(headings))]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in cells
    ]
    notes = [f"{row.name}, {row.database}: {row.note}" for row in rows if row.note]
    return [*lines, *([""] if notes else []), *notes]


def _cells(row: Row) -> tuple[str, ...]:
    return (
        row.name,
        row.database,
        _with_unit(row.value, row.unit),
        f"{_short(min(row.repeats))}–{_short(max(row.repeats))}" if row.repeats else "",
        row.target_text,
        {True: "yes", False: f"no, {_missed_by(row)}", None: "not measured"}[row.met],
        _with_unit(row.exchange, row.measured_unit),
        _with_unit(row.bare_client, row.measured_unit),
    )


def _missed_by(row: Row) -> str:
    if row.value is None or not row.target:
        return "missed"
    return f"by {abs(row.value / row.target - 1):.0%}"


def _with_unit(value: float | None, unit: str) -> str:
    return "" if value is None else f"{_short(value)} {unit}".rstrip()


def _short(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def write_json(path: Path, rows: Sequence[Row], about: dict[str, Any]) -> None:
    """Write the table for programs."""
    path.write_text(as_json(rows, about) + "\n", encoding="utf-8")


def as_json(rows: Sequence[Row], about: dict[str, Any]) -> str:
    """The table for programs, as text."""
    answer = {"rows": [row.as_json() for row in rows], "about": about}
    return json.dumps(answer, ensure_ascii=False, indent=2)
