"""`python -m bench [--quick | --full] [--database …] [--json …]`: measure, print one table, write JSON."""

import argparse
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

from bench.figures import Row, as_json, machine, table
from bench.place import DATABASES, ROOT, Place, reachable
from bench.run import PAGE_PARTS, PARTS, run


def main(arguments: list[str] | None = None) -> int:
    """Run the benchmarks; return 0 also where goals are missed: figures inform, they do not fail a build."""
    options = _parser().parse_args(arguments)
    database = options.database or ("postgres" if not options.quick and reachable("postgres") else "sqlite")
    if not reachable(database):
        print(f"{database} 连不上，不能测量。 ({database} cannot be reached.)", file=sys.stderr)
        return 1
    began = time.monotonic()
    facts = machine()

    def say(text: str) -> None:
        print(f"[{time.monotonic() - began:5.1f} s] {text}", flush=True)

    say(f"{facts['cores']} cores, load {facts['load_average'][0]}, {database}, commit {facts['commit']}")
    times = options.times or (10 if options.full else 1)
    parts = PAGE_PARTS if options.pages else options.only or PARTS
    with Place(database) as place:
        rows = run(place, say, quick=options.quick, times=times, parts=parts)
    facts |= {
        "database": database,
        "mode": "quick" if options.quick else f"full, {times}×" if times > 1 else "default",
        "began_at": time.strftime("%Y-%m-%d %H:%M:%S%z"),
        "seconds": round(time.monotonic() - began, 1),
        "load_average_after": [round(value, 2) for value in os.getloadavg()],
    }
    _print(rows, say)
    _write(options.json, as_json(rows, facts))
    return 0


def _print(rows: list[Row], say: Callable[[str], None]) -> None:
    cores = os.cpu_count()
    print(f"\n{table(rows)}\n")
    print(
        f"本机 {cores} 核，负载发生器、门户、数据库、沙箱同在一处：看比值与 SQL，绝对数只作参考；括号内是各轮的范围。\n"
        f"({cores} cores shared by load generator, portal, database and sandbox: trust ratios and SQL counts; the range"
        " over the rounds is in parentheses.)"
    )
    judged = [row for row in rows if row.met is not None]
    say(f"{sum(bool(row.met) for row in judged)}/{len(judged)} 项达到 (goals met)")


def _write(target: str, text: str) -> None:
    file = Path(target) if Path(target).is_absolute() else ROOT / target
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text + "\n", encoding="utf-8")
    print(f"JSON: {target}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench", description="性能测试 (benchmarks)")
    size = parser.add_mutually_exclusive_group()
    size.add_argument("--quick", action="store_true", help="约一分钟的粗测 (rough figures in about a minute)")
    size.add_argument("--full", action="store_true", help="另测十倍数据 (also with ten times the data, goal G1)")
    parser.add_argument(
        "--times", type=int, choices=(10, 100), help="另测 10 或 100 倍数据 (goal G1 with so much data)"
    )
    parser.add_argument("--database", choices=DATABASES, help="默认 postgres，连不上或 --quick 时 sqlite")
    parser.add_argument(
        "--only", choices=PARTS, action="append", help="只测一部分，可重复 (measure a part; repeatable)"
    )
    parser.add_argument(
        "--pages", action="store_true", help="页面、缓存、前置服务器与编辑器 (goals P1–P4, E1; with --full also G1)"
    )
    parser.add_argument("--json", default="var/bench.json", help="结果文件 (default var/bench.json)")
    return parser


if __name__ == "__main__":
    sys.exit(main())
