"""The people who hold the phones: four for demonstrations, and as many guests as a test wants."""

import hashlib
import re
import sqlite3
from base64 import urlsafe_b64encode

from sandbox.store import Store

__all__ = ["by_openid", "everyone", "fill", "get_or_make"]

DEMONSTRATION = [
    ("zhangwei", "张伟", "40 岁，为自己和女儿小雨挂号"),
    ("lina", "李娜", "34 岁，第一次使用掌上医院"),
    ("wangxiuying", "王秀英", "73 岁，习惯大字"),
    ("liujianguo", "刘建国", "65 岁，复诊慢性病"),
]
GUEST = re.compile(r"guest-(\d{1,6})")
GUEST_SORT = 1000


def fill(store: Store) -> None:
    """Make sure the demonstration users exist."""
    with store.write() as db:
        for sort, (user, name, about) in enumerate(DEMONSTRATION, start=1):
            db.execute("INSERT OR IGNORE INTO users VALUES (?, ?, ?, ?, ?)", (user, _openid(user), name, about, sort))


def everyone(store: Store) -> list[sqlite3.Row]:
    """Return the users, demonstration people first."""
    return store.all("SELECT * FROM users ORDER BY sort, user")


def get_or_make(store: Store, user: str) -> sqlite3.Row | None:
    """Return a user by short name; ``guest-<n>`` comes into being when first asked for. None for any other."""
    row = store.one("SELECT * FROM users WHERE user = ?", (user,))
    guest = GUEST.fullmatch(user)
    if row is None and guest:
        with store.write() as db:
            db.execute(
                "INSERT OR IGNORE INTO users VALUES (?, ?, ?, ?, ?)",
                (user, _openid(user), f"访客{guest[1]}", "测试产生的用户", GUEST_SORT + int(guest[1])),
            )
        row = store.one("SELECT * FROM users WHERE user = ?", (user,))
    return row


def by_openid(store: Store, openid: str) -> sqlite3.Row | None:
    """Return who an openid belongs to."""
    return store.one("SELECT * FROM users WHERE openid = ?", (openid,))


def _openid(user: str) -> str:
    """The same person keeps the same openid on every machine, as a portal that outlives a reset expects."""
    return "o" + urlsafe_b64encode(hashlib.sha256(f"openid:{user}".encode()).digest()).decode()[:27]
