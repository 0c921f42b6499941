"""Patient files of HIS: find one by identity document, or open one."""

import sqlite3
from dataclasses import dataclass
from typing import Any

from sandbox.clock import Clock
from sandbox.errors import HisProtocolError, HisRefused
from sandbox.his.book import card_number, patient_number
from sandbox.store import Store

__all__ = ["RELATIONS", "NewPatient", "create", "find", "find_card", "id_type_code"]

ID_TYPES = {"01": "居民身份证", "02": "居民户口簿", "03": "护照", "06": "港澳居民来往内地通行证",
            "07": "台湾居民来往内地通行证", "11": "出生医学证明",
            "80": "港澳台居民居住证", "81": "外国人永久居留身份证",
            "82": "电子健康卡", "83": "医保电子凭证", "99": "其他"}  # fmt: skip
"""Codes of CV02.01.101 身份证件类别代码 (WS/T 364.3); those from 80 on are the interface's own."""
BIRTH_CERTIFICATE = "11"
RELATIONS = {"father", "mother", "grandparent", "other"}


@dataclass(frozen=True)
class NewPatient:
    """Body of POST /patients."""

    request_no: str
    id_type: str
    id_number: str
    name: str
    phone: str
    gender: str
    birth_date: str
    guardian: str = ""
    """JSON of the guardian, "" where there is none."""


def id_type_code(text: str) -> str:
    """Return the code as it is, or raise PARAM_ERROR for one that is not in the table."""
    if text not in ID_TYPES:
        raise HisProtocolError(400, "PARAM_ERROR", f"id_type 应为 {'、'.join(ID_TYPES)} 之一")
    return text


def find(store: Store, id_type: str, id_number: str, name: str) -> dict[str, Any]:
    """Return the file's numbers. Raises NOT_FOUND or NAME_MISMATCH."""
    row = store.one("SELECT * FROM patients WHERE id_type = ? AND id_number = ?", (id_type, id_number.upper()))
    if row is None:
        raise HisRefused("NOT_FOUND", "没有这位患者的档案")
    return _numbers(row, name)


def create(store: Store, clock: Clock, ask: NewPatient) -> dict[str, Any]:
    """Open a file, or return the one this request or this identity document already has."""
    if ask.id_type == BIRTH_CERTIFICATE and not ask.guardian:
        raise HisRefused("GUARDIAN_MISSING", "用出生医学证明建档须有监护人")
    with store.write() as db:
        document = (ask.id_type, ask.id_number.upper())
        row = db.execute("SELECT * FROM patients WHERE request_no = ?", (ask.request_no,)).fetchone()
        if row is not None and (row["id_type"], row["id_number"]) != document:
            raise HisRefused("TRADE_CONFLICT", "同一 request_no 的证件不同")
        if row is None:
            row = db.execute("SELECT * FROM patients WHERE id_type = ? AND id_number = ?", document).fetchone()
        if row is not None:
            return _numbers(row, ask.name)
        number = patient_number(db)
        db.execute(
            "INSERT INTO patients VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                number, card_number(number), ask.request_no, ask.id_type, ask.id_number.upper(), ask.name,
                ask.phone, ask.gender, ask.birth_date, clock.now().isoformat(), ask.guardian,
            ),
        )  # fmt: skip
    return {"patient_id": number, "card_no": card_number(number)}


def find_card(store: Store, card_no: str, name: str, phone: str) -> dict[str, Any]:
    """Return whose card it is. Raises NOT_FOUND, NAME_MISMATCH or PHONE_MISMATCH."""
    row = store.one("SELECT * FROM patients WHERE card_no = ?", (card_no,))
    if row is None:
        raise HisRefused("NOT_FOUND", "没有这张就诊卡")
    if row["name"] != name:
        raise HisRefused("NAME_MISMATCH", "姓名与就诊卡不一致")
    if row["phone"] != phone:
        raise HisRefused("PHONE_MISMATCH", "手机号与档案预留的不一致")
    return {key: row[key] for key in ("patient_id", "card_no", "id_type", "id_number", "gender", "birth_date")}


def _numbers(row: sqlite3.Row, name: str) -> dict[str, Any]:
    if row["name"] != name:
        raise HisRefused("NAME_MISMATCH", "姓名与已有档案不一致，请到窗口核对")
    return {"patient_id": row["patient_id"], "card_no": row["card_no"]}
