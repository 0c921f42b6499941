"""Reading settings from the environment, so that everything missing or wrong is told at once and by name."""

import os
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

import environ
from django.core.exceptions import ImproperlyConfigured

Value = TypeVar("Value")

PREFIX = "PH_"
# Read by the launcher, by gunicorn's configuration or by the tests, not by the settings.
FOREIGN = frozenset({"PH_BIND", "PH_WEB_WORKERS", "PH_WEB_THREADS", "PH_FORWARDED_IPS"})
FOREIGN_PREFIXES = ("PH_TEST_", "PH_DEMO_", "PH_BENCH_")


class SettingsError(ImproperlyConfigured):
    """One sentence that names every setting which is missing or wrong."""


class Reader:
    """Reads PH_ settings; remembers what was asked for and what was wrong instead of stopping at the first."""

    def __init__(self) -> None:
        self._env = environ.Env()
        self._known: set[str] = set()
        self._problems: dict[str, str] = {}

    def text(self, name: str, default: str = "") -> str:
        """Return the setting as it stands; surrounding blanks are not part of it."""
        return self._read(name, lambda: self._env.str(name).strip(), default, "应为文字")

    def number(self, name: str, default: float) -> float:
        """Return a positive number."""
        value = self._read(name, lambda: self._env.float(name), default, "应为数字")
        if value <= 0:
            self.wrong(name, "应大于 0")
        return value

    def whole(self, name: str, default: int) -> int:
        """Return a whole number that is not negative."""
        value = self._read(name, lambda: self._env.int(name), default, "应为整数")
        if value < 0:
            self.wrong(name, "不能为负数")
        return value

    def flag(self, name: str, default: bool) -> bool:
        """Return true or false; anything that is neither is wrong, never silently false."""

        def parse() -> bool:
            text = self._env.str(name).strip().lower()
            if text not in {"true", "yes", "on", "1", "false", "no", "off", "0"}:
                raise ValueError(text)
            return text in {"true", "yes", "on", "1"}

        return self._read(name, parse, default, "应为 true 或 false")

    def names(self, name: str, default: Iterable[str] = ()) -> list[str]:
        """Return a comma-separated list."""
        return self._read(
            name,
            lambda: [part.strip() for part in self._env.str(name).split(",") if part.strip()],
            list(default),
            "应为逗号分隔的列表",
        )

    def url(self, name: str, default: str = "") -> str:
        """Return an http(s) address without its final slash."""
        value = self.text(name, default).rstrip("/")
        if value and not value.startswith(("http://", "https://")):
            self.wrong(name, "应以 http:// 或 https:// 开头")
        return value

    def file(self, name: str) -> str:
        """Return the path of a file that can be read, or an empty text where none is set."""
        value = self.text(name)
        if value and not os.access(value, os.R_OK):
            self.wrong(name, f"文件读不到：{value}")
        return value

    def database(self, name: str) -> dict[str, Any]:
        """Return Django's description of the database a URL names; empty where none is set or it is wrong."""

        def parse() -> dict[str, Any]:
            parsed: dict[str, Any] = self._env.db_url(name)
            if not parsed.get("ENGINE"):
                raise ValueError(name)
            return parsed

        return self._read(name, parse, {}, "应为 postgres://… 或 mysql://… 形式的数据库地址")

    def require(self, *names: str) -> None:
        """Note every one of these that is not set."""
        for name in names:
            self._known.add(name)
            if not os.environ.get(name, "").strip():
                self.wrong(name, "缺少")

    def expect(self, name: str, held: bool, reason: str) -> None:
        """Note the setting as wrong for `reason` unless the condition held; a missing one is told as missing only."""
        if not held and os.environ.get(name, "").strip():
            self.wrong(name, reason)

    def wrong(self, name: str, reason: str) -> None:
        """Note what is wrong with a setting; the first reason stays."""
        self._problems.setdefault(name, reason)

    def check(self, *, unknown: bool = False) -> None:
        """Raise `SettingsError` naming all that is missing or wrong; with `unknown`, misspelt PH_ names as well."""
        if unknown:
            for name in sorted(os.environ):
                foreign = name in FOREIGN or name.startswith(FOREIGN_PREFIXES)
                if name.startswith(PREFIX) and name not in self._known and not foreign:
                    self.wrong(name, "没有这个设置，请检查拼写")
        if self._problems:
            listed = "；".join(f"{name} {reason}" for name, reason in sorted(self._problems.items()))
            raise SettingsError(
                f"设置不全或有误，未启动：{listed}。 (Missing or wrong settings; see deploy/production.env.)"
            )

    def _read(self, name: str, parse: Callable[[], Value], default: Value, complaint: str) -> Value:
        self._known.add(name)
        if not os.environ.get(name, "").strip():
            return default
        try:
            return parse()
        except (ValueError, ImproperlyConfigured):
            self.wrong(name, complaint)
            return default
