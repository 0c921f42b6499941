"""The arithmetic: percentiles, medians and ranges over interleaved rounds, ratios paired within a round."""

import json
import math
import os
import platform
import subprocess
import unicodedata
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from statistics import median
from typing import Any

from bench.place import ROOT


@dataclass
class Series:
    """One side of a comparison: a rate and the latencies of each round."""

    rates: list[float] = field(default_factory=list)  # per second
    latencies: list[float] = field(default_factory=list)  # seconds, all rounds together
    cpu_ms: list[float] = field(default_factory=list)  # per request, one figure a round

    def add(self, count: int, elapsed: float, latencies: Sequence[float], cpu_seconds: float | None = None) -> None:
        """Add one round."""
        self.rates.append(count / elapsed if elapsed else 0.0)
        self.latencies += latencies
        if cpu_seconds is not None and count:
            self.cpu_ms.append(cpu_seconds * 1000 / count)

    @property
    def rate(self) -> float:
        """The median rate."""
        return median(self.rates)

    @property
    def cpu(self) -> float:
        """The median processor time in milliseconds per request."""
        return median(self.cpu_ms)

    def ms(self, share: float) -> float:
        """Return a percentile of the latency in milliseconds."""
        return percentile(self.latencies, share) * 1000


@dataclass
class Row:
    """One line of the table."""

    goal: str
    name: str
    figure: str
    floor: str = ""
    ratio: str = ""
    wanted: str = ""
    met: bool | None = None  # None where there is nothing to hold it against
    details: dict[str, Any] = field(default_factory=dict)


def percentile(values: Sequence[float], share: float) -> float:
    """Return the smallest value that at least ``share`` of all values do not exceed (nearest rank)."""
    if not values:
        return math.nan
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def paired(figures: Sequence[float], floors: Sequence[float]) -> tuple[float, float, float]:
    """Return median, lowest and highest of figure ÷ floor, each pair taken in the same round."""
    ratios = [figure / floor for figure, floor in zip(figures, floors, strict=True) if floor]
    return (median(ratios), min(ratios), max(ratios)) if ratios else (math.nan, math.nan, math.nan)


def ratio_text(ratio: tuple[float, float, float]) -> str:
    """Write a ratio with its range."""
    middle, low, high = ratio
    return f"{middle:.2f} ({low:.2f}–{high:.2f})"


def speed(series: Series) -> str:
    """Write rate, p50 and p99."""
    return f"{series.rate:.0f}/s p50 {series.ms(0.5):.1f} p99 {series.ms(0.99):.1f} ms"


def table(rows: Sequence[Row]) -> str:
    """Return the rows as a table whose columns line up, Chinese characters counted double."""
    marks = {True: "✓ 达到", False: "✗ 未达", None: "–"}
    cells = [["目标 goal", "项目 what", "测得 figure", "底线 floor", "比值 ratio", "要求 wanted", "met"]]
    cells += [[r.goal, r.name, r.figure, r.floor, r.ratio, r.wanted, marks[r.met]] for r in rows]
    widths = [max(_width(row[column]) for row in cells) for column in range(len(cells[0]))]
    lines = [
        "  ".join(cell + " " * (width - _width(cell)) for cell, width in zip(row, widths, strict=True)) for row in cells
    ]
    lines.insert(1, "  ".join("─" * width for width in widths))
    return "\n".join(line.rstrip() for line in lines)


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)


def machine() -> dict[str, Any]:
    """Return what must be known to read the figures."""
    commit = subprocess.run(
        ["git", "describe", "--always", "--dirty"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    load = os.getloadavg()
    return {
        "cores": os.cpu_count(),
        "load_average": [round(value, 2) for value in load],
        "python": platform.python_version(),
        "system": platform.platform(),
        "commit": commit.stdout.strip() or "unknown",
    }


def as_json(rows: Sequence[Row], facts: dict[str, Any]) -> str:
    """Return everything measured as JSON."""
    return json.dumps({**facts, "rows": [asdict(row) for row in rows]}, ensure_ascii=False, indent=2)
