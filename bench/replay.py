"""From two recorded bookings to a script that repeats the same statements with fresh values, without Django.

Every value that differs between two recordings must be explained by something known of the task (a key, a reference,
a row just inserted); what cannot be explained stops the run instead of being measured wrongly.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import Any

BEGIN, COMMIT = "BEGIN", "COMMIT"
Names = Mapping[str, int | str]
MOMENT = re.compile(r"\d{4}-\d\d-\d\d([ T].*)?")


class CannotReplay(Exception):
    """A statement holds a value that nothing known explains."""


@dataclass(frozen=True)
class Hole:
    """A parameter that differs from task to task: a name, or a text with names in braces."""

    name: str = ""
    parts: tuple[str, ...] = ()  # odd places are names


@dataclass
class Statement:
    """One statement of the transaction; ``returns`` names the primary key that an insert gives back."""

    sql: str
    params: list[Any] = field(default_factory=list)
    returns: str = ""


def generalise(
    first: Sequence[tuple[str, Sequence[Any]]],
    second: Sequence[tuple[str, Sequence[Any]]],
    names: tuple[Names, Names],
    inserts: Mapping[str, str],
) -> list[Statement]:
    """Compare two recordings and return the script; ``inserts`` maps a table to the name of its new primary key.

    Raises CannotReplay.
    """
    if [sql for sql, _ in first] != [sql for sql, _ in second]:
        pairs = zip_longest((sql for sql, _ in first), (sql for sql, _ in second), fillvalue="nothing")
        one, other = next(pair for pair in pairs if pair[0] != pair[1])
        raise CannotReplay(f"two bookings took different statements: {one} and {other}")
    script = []
    for (sql, left), (_sql, right) in zip(first, second, strict=True):
        params = [_parameter(sql, one, other, names) for one, other in zip(left, right, strict=True)]
        table = re.match(r'INSERT INTO ["`](\w+)["`]', sql)
        script.append(Statement(sql, params, inserts.get(table[1], "") if table else ""))
    return script


def _parameter(sql: str, one: Any, other: Any, names: tuple[Names, Names]) -> Any:
    if one == other:
        return one
    for name, value in names[0].items():
        if value == one and names[1][name] == other:
            return Hole(name)
    if isinstance(one, str) and isinstance(other, str):
        left, right = _template(one, names[0]), _template(other, names[1])
        if left == right and len(left) > 1:
            return Hole(parts=left)
        if MOMENT.fullmatch(one):
            return other
    elif type(one) is type(other) and hasattr(one, "isoformat"):
        return other
    raise CannotReplay(f"{one!r} or {other!r} in {sql}")


def _template(text: str, names: Names) -> tuple[str, ...]:
    """Split a text at the known texts in it: literal, name, literal, name, literal."""
    known = {str(value): name for name, value in names.items() if isinstance(value, str)}
    if not known:
        return (text,)
    pattern = re.compile("|".join(re.escape(value) for value in sorted(known, key=len, reverse=True)))
    parts, at = [], 0
    for match in pattern.finditer(text):
        parts += [text[at : match.start()], known[match[0]]]
        at = match.end()
    return (*parts, text[at:])


def fill(value: Any, names: Names) -> Any:
    """Return a parameter's value for one task."""
    if not isinstance(value, Hole):
        return value
    if value.name:
        return names[value.name]
    return "".join(str(names[part]) if place % 2 else part for place, part in enumerate(value.parts))


def play(cursor: Any, script: Sequence[Statement], names: Names, *, qmark: bool) -> None:
    """Do the script once through a raw DB-API cursor; rows are fetched, as whoever asks for them would."""
    known = dict(names)
    for statement in script:
        params = [fill(value, known) for value in statement.params]
        if params:
            cursor.execute(statement.sql % (("?",) * len(params)) if qmark else statement.sql, params)
        else:
            cursor.execute(statement.sql)
        if cursor.description is not None:
            rows = cursor.fetchall()
            if statement.returns:
                known[statement.returns] = rows[0][0]


def fresh_names(i: int) -> dict[str, int | str]:
    """Return what a booking makes up itself, for task ``i``: references and trade numbers."""
    return {name: f"{letter}{i}" for name, letter in MADE_UP.items()}


# With letters that no real reference has, so that what was replayed can be counted.
MADE_UP = {"appointment_ref": "ola", "trade_ref": "olt", "order_ref": "olo", "out_ref": "olu"}


def pgbench_script(
    script: Sequence[Statement], texts: Mapping[str, str], bases: Mapping[str, int], literal: Any
) -> str:
    """Write the script for pgbench: task number from client and count, the names computed from it.

    ``texts`` gives how pgbench writes a name that is a text (``bp:i``), ``bases`` the primary keys of task 0,
    ``literal`` quotes a value.
    """
    lines = ["\\set n :n + 1", "\\set i :first + :client_id * :share + :n"]
    lines += [f"\\set {name} {base} + :i" for name, base in bases.items()]

    def write(value: Any) -> str:
        if not isinstance(value, Hole):
            return str(literal(value))
        if value.name:
            return f":{value.name}" if value.name not in texts else f"'{texts[value.name]}'"
        quoted = [texts[part] if place % 2 else part.replace("'", "''") for place, part in enumerate(value.parts)]
        return "'" + "".join(quoted) + "'"

    for statement in script:
        sql = statement.sql % tuple(write(value) for value in statement.params) if statement.params else statement.sql
        if statement.returns:
            lines += [f"{sql} \\gset", f"\\set {statement.returns} :{RETURNED}"]
        else:
            lines.append(f"{sql};")
    return "\n".join(lines) + "\n"


RETURNED = "id"
