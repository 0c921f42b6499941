"""Whose name belongs to which ID number: a few are on record, of everybody else the first name told is believed."""

from sandbox.context import Sandbox
from sandbox.his.hospital import PEOPLE

__all__ = ["UNKNOWN", "register", "verdict_on_document", "verdict_on_phone"]

UNKNOWN = "查无此人"
"""Registered under this name, a number has no record at the authority."""


def register(sandbox: Sandbox, id_number: str, name: str, phone: str = "") -> None:
    """Put on record whose number this is (and whose phone)."""
    with sandbox.store.write() as db:
        db.execute("INSERT OR REPLACE INTO citizens VALUES (?, ?, ?)", (id_number.upper(), name, phone))


def _record(sandbox: Sandbox, id_number: str) -> tuple[str, str] | None:
    row = sandbox.store.one("SELECT name, phone FROM citizens WHERE id_number = ?", (id_number.upper(),))
    if row is not None:
        return row["name"], row["phone"]
    known = next((one for one in PEOPLE if one.id_number == id_number.upper()), None)
    return (known.name, known.phone) if known else None


def verdict_on_document(sandbox: Sandbox, id_number: str, name: str) -> tuple[str, str]:
    """Return the result code of IdCardVerification and its description."""
    record = _record(sandbox, id_number)
    if record is not None and record[0] == UNKNOWN:
        return "-5", "证件库中无此身份证记录"
    return ("0", "姓名和身份证号一致") if record is None or record[0] == name else ("-1", "姓名和身份证号不一致")


def verdict_on_phone(sandbox: Sandbox, id_number: str, name: str, phone: str) -> tuple[str, str]:
    """Return the result code of PhoneVerification and its description."""
    record = _record(sandbox, id_number)
    if record is not None and record[0] == UNKNOWN:
        return "-9", "没有记录"
    if record is None or (record[0] == name and record[1] in {"", phone}):
        return "0", "三要素信息一致"
    return "-4", "三要素信息不一致"
