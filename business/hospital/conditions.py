"""From what a patient says to the departments that treat it: finding, and keeping the table (6.1–6.2)."""

import csv
import io
import re
from dataclasses import dataclass
from typing import Final

from django.db import transaction

from business.hospital.models import Condition, ConditionWord, Department
from business.hospital.pinyin import initials_of, pinyin_of
from business.security.errors import InvalidInput, PortalError

LONGEST_TEXT: Final = 100
LONGEST_CSV: Final = 1_000_000
MOST_ROWS: Final = 2000
MOST_WORDS: Final = 30
COLUMNS: Final = ("病症", "其他说法", "部位", "科室", "急症", "就诊建议")
_SEPARATORS = re.compile(r"[、,，;；/|\n]+")
_LATIN = re.compile(r"[a-z0-9]+")
_YES = frozenset({"是", "1", "y", "yes", "true", "√"})


@dataclass(frozen=True)
class Found:
    """A condition that fits, the word by which it was found, and where to go with it."""

    condition: Condition
    word: str
    departments: list[Department]


def find(text: str, *, part: str = "", campus_id: int | None = None, limit: int = 20) -> list[Found]:
    """Return the conditions that a sentence, a word, pinyin or initials speak of, best first: three queries.

    昨天起胸口痛还发烧 finds 胸痛 (by 胸口痛) and 发热 (by 发烧); ``xt`` finds 胸痛. With a ``part`` of the body only
    its own; with a part and no text, all of them. Only active departments are named, with ``campus_id`` only its own.
    """
    text = "".join(text.split()).lower()[:LONGEST_TEXT]
    if not text and part not in Condition.Part.values:
        return []
    rows = Condition.objects.filter(is_active=True).prefetch_related("words")
    if part in Condition.Part.values:
        rows = rows.filter(part=part)
    ranked: list[tuple[int, int, int, Condition, str]] = []
    for condition in rows:
        if not text:
            ranked.append((0, condition.sort, condition.pk, condition, condition.name))
            continue
        hits = [(rank, word.word) for word in condition.words.all() if (rank := _rank(word, text)) is not None]
        if hits:
            rank, word = min(hits)
            ranked.append((rank, condition.sort, condition.pk, condition, word))
    chosen = [(row[3], row[4]) for row in sorted(ranked, key=lambda row: row[:3])[:limit]]
    departments = _departments([condition.pk for condition, _word in chosen], campus_id)
    return [Found(condition, word, departments.get(condition.pk, [])) for condition, word in chosen]


def _rank(word: ConditionWord, text: str) -> int | None:
    """Return how well a word fits what was typed, the smaller the better; None where it does not."""
    spoken = word.word.lower()
    if spoken == text:
        return -1000
    if spoken in text:
        return -len(spoken)  # the longer the word that was said, the surer
    if text in spoken:
        return 10 + spoken.index(text)
    if _LATIN.fullmatch(text):
        if text in {word.initials, word.pinyin}:
            return -500
        if len(text) > 1 and (word.initials.startswith(text) or word.pinyin.startswith(text)):
            return 30
    return None


def _departments(conditions: list[int], campus_id: int | None) -> dict[int, list[Department]]:
    through = Condition.departments.through.objects.filter(condition_id__in=conditions, department__is_active=True)
    rows = through.select_related("department__campus", "department__parent").order_by(
        "department__tree_id", "department__lft"
    )
    found: dict[int, list[Department]] = {}
    for row in rows:
        if campus_id is None or row.department.campus_id in {None, campus_id}:
            found.setdefault(row.condition_id, []).append(row.department)
    return found


def words_of(text: str) -> list[str]:
    """Return the words of a list as staff type it: 胸口痛、心口疼,胸闷."""
    words = (re.sub(r"\s+", "", word)[:60] for word in _SEPARATORS.split(text))
    return list(dict.fromkeys(word for word in words if word))[:MOST_WORDS]


@transaction.atomic
def set_words(condition: Condition, words: list[str]) -> None:
    """Keep the words by which a condition is found; its own name always is one."""
    wanted = dict.fromkeys([re.sub(r"\s+", "", condition.name), *words])
    there = {word.word: word for word in condition.words.all()}
    ConditionWord.objects.filter(pk__in=[row.pk for word, row in there.items() if word not in wanted]).delete()
    ConditionWord.objects.bulk_create(
        ConditionWord(condition=condition, word=word, pinyin=pinyin_of(word), initials=initials_of(word))
        for word in wanted
        if word not in there
    )


@dataclass(frozen=True)
class Import:
    """What an import did."""

    added: int
    changed: int


@transaction.atomic
def import_csv(data: bytes) -> Import:
    """Add and change conditions by name from a spreadsheet; all rows or none.

    Columns: 病症, 其他说法, 部位, 科室 (names or codes, several with 、), 急症 (是), 就诊建议. UTF-8 or GB18030, as
    Chinese spreadsheets save it. Raises InvalidInput with the line number in the sentence.
    """
    rows = _read(data)
    parts = {str(label): value for value, label in Condition.Part.choices}
    departments: dict[str, list[Department]] = {}
    for department in Department.objects.filter(is_active=True):
        for key in (department.name, department.code):
            departments.setdefault(key, []).append(department)
    existing = {condition.name: condition for condition in Condition.objects.prefetch_related("words")}
    added = changed = 0
    for line, row in rows:
        name = row["病症"][:60]
        members = [d for word in words_of(row["科室"]) for d in _known(departments, word, line)]
        if not members:
            raise _wrong(line, f"“{name}”没有写科室")
        part = row["部位"]
        if part and part not in parts:
            raise _wrong(line, f"不认识部位“{part[:20]}”，可以写：{'、'.join(parts)}")
        condition = existing.get(name)
        if condition is None:
            condition = existing[name] = Condition(name=name, sort=len(existing) + 1)
            added += 1
        else:
            changed += 1
        condition.part = parts.get(part, condition.part)
        condition.is_emergency = row["急症"].lower() in _YES
        condition.advice = row["就诊建议"][:200]
        condition.save()
        condition.departments.set(members)
        set_words(condition, words_of(row["其他说法"]))
    return Import(added, changed)


def _wrong(line: int, sentence: str) -> InvalidInput:
    return InvalidInput(f"第 {line} 行：{sentence}。没有导入任何一行", field="file", code="import_row")


def _known(departments: dict[str, list[Department]], word: str, line: int) -> list[Department]:
    if word not in departments:
        raise _wrong(line, f"没有叫“{word[:30]}”的科室（也可以写 HIS 代码）")
    return departments[word]


def _read(data: bytes) -> list[tuple[int, dict[str, str]]]:
    if len(data) > LONGEST_CSV:
        raise InvalidInput("文件超过 1 MB，请分成几个文件导入", field="file", code="import_large")
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = data.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    else:
        text = "\0"
    if "\0" in text:
        raise InvalidInput("文件不是 CSV，请在表格软件里另存为 CSV（UTF-8）", field="file", code="import_kind")
    try:
        reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
        header = [(name or "").strip() for name in reader.fieldnames or []]
        reader.fieldnames = header
        missing = [name for name in ("病症", "科室") if name not in header]
        if missing:
            raise InvalidInput(
                f"第一行要写列名：{'、'.join(COLUMNS)}；缺少“{'、'.join(missing)}”", field="file", code="import_header"
            )
        rows = [
            (line, {name: (row.get(name) or "").strip() for name in COLUMNS})
            for line, row in enumerate(reader, start=2)
        ]
    except csv.Error as error:
        raise InvalidInput("文件内容不完整，请重新另存为 CSV 后再导入", field="file", code="import_kind") from error
    rows = [(line, row) for line, row in rows if any(row.values())]
    if not rows:
        raise InvalidInput("文件里没有内容", field="file", code="import_empty")
    if len(rows) > MOST_ROWS:
        raise InvalidInput(f"一次最多导入 {MOST_ROWS} 行", field="file", code="import_many")
    for line, row in rows:
        if not row["病症"]:
            raise _wrong(line, "没有写病症名称")
    return rows


@transaction.atomic
def save(condition: Condition, departments: list[Department], words: list[str]) -> Condition:
    """Save a condition with its departments and words; raises PortalError without a department."""
    if not departments:
        raise PortalError("至少选择一个科室", code="condition_nowhere")
    condition.save()
    condition.departments.set(departments)
    set_words(condition, words)
    return condition
