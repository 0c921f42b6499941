"""WeChat's rules for the values of template keywords (protocols.md §1.2), and how our facts are made to fit them."""

import re

_LATIN_NAME = re.compile(r"[A-Za-z ·.]+")
_NOT_NAME = re.compile(r"[^\u4e00-\u9fff·A-Za-z .]")
_NOT_PHRASE = re.compile(r"[^\u4e00-\u9fff]")
_NOT_ASCII = re.compile(r"[^\x21-\x7e ]")
_AMOUNT = re.compile(r"[¥￥$€£]?\d{1,10}(?:\.\d{1,2})?元?")
_CLOCK = r"\d{1,2}:\d{2}(?::\d{2})?"
_DAY = r"(?:\d{4}年\d{1,2}月\d{1,2}日|\d{4}[-/.]\d{1,2}[-/.]\d{1,2})"
_TIME = re.compile(rf"{_DAY}(?: {_CLOCK})?(?:[~\-—–至]{_CLOCK})?|{_CLOCK}(?:[~\-—–至]{_CLOCK})?")
_NUMBER = re.compile(r"\d{1,32}(?:\.\d+)?")

SMS_LONGEST = 20
EMPTY = "—"  # WeChat refuses an empty value; a dash says that there is nothing to say


class ValueBreaksRule(ValueError):
    """A value that cannot be made to fit its keyword; the sentence is Chinese and for staff."""


RULES = {
    "thing": "20 个以内字符",
    "short_thing": "5 个以内字符",
    "name": "10 个以内汉字或 20 个以内字母",
    "phrase": "5 个以内汉字",
    "amount": "一个币种符号加 10 位以内数字，如 ¥50.00",
    "time": "时间，如 2026-12-01 09:00",
    "date": "日期，如 2026-12-01",
    "number": "32 位以内数字",
    "character_string": "32 位以内数字、字母或符号，不含汉字",
    "letter": "32 位以内字母",
    "symbol": "5 位以内符号",
    "phone_number": "17 位以内电话号码",
    "car_number": "8 位以内车牌号",
    "const": "微信后台列出的固定选项之一",
}


def rule_of(keyword: str) -> str:
    """Return WeChat's rule for a keyword in the words of staff."""
    return RULES.get(kind_of(keyword), "20 个以内字符")


def squeezed(text: str) -> str:
    """Return the text without space, to compare what was sent with what was given."""
    return re.sub(r"\s+", "", text)


def kind_of(keyword: str) -> str:
    """Return the kind of a keyword: ``thing5`` → ``thing``."""
    return re.sub(r"\d+$", "", keyword)


def shorten(text: str, longest: int) -> str:
    """Cut to ``longest`` characters, the last of them an ellipsis."""
    return text if len(text) <= longest else text[: longest - 1] + "…"


def fit(keyword: str, value: str) -> str:
    """Return the value as the keyword takes it; raise ValueBreaksRule where that is impossible."""
    kind = kind_of(keyword)
    text = re.sub(r"\s+", " ", value).strip()
    fitted = _fit(kind, text)
    if fitted is None:
        raise ValueBreaksRule(f"字段 {keyword} 的内容“{shorten(text, 20)}”不符合微信的格式要求，请检查模板的字段对应")
    return fitted


def _fit(kind: str, text: str) -> str | None:  # noqa: PLR0911 - one rule a kind
    match kind:
        case "thing" | "short_thing":
            return shorten(text or EMPTY, 20 if kind == "thing" else 5)
        case "name":
            return shorten_name(_NOT_NAME.sub("", text)) or None
        case "phrase":
            return _NOT_PHRASE.sub("", text)[:5] or None
        case "amount":
            return text if _AMOUNT.fullmatch(text) else None
        case "time" | "date":
            return text if _TIME.fullmatch(text) else None
        case "number":
            found = _NUMBER.search(text)
            return found[0][:32] if found else None
        case "character_string":
            return _NOT_ASCII.sub("", text)[:32].strip() or None
        case "letter":
            return re.sub(r"[^A-Za-z]", "", text)[:32] or None
        case "symbol":
            return re.sub(r"[\w\s]", "", text)[:5] or None
        case "phone_number":
            return re.sub(r"[^\d+\-() ]", "", text)[:17].strip() or None
        case "car_number":
            return text[:8] or None
    return shorten(text or EMPTY, 20)  # const and what WeChat may add: sent as it is


def sms_value(text: str) -> str:
    """Return a parameter of a text message: short, on one line, never empty."""
    return shorten(squeezed(text) if len(text) > SMS_LONGEST else text.strip(), SMS_LONGEST) or EMPTY


def shorten_name(name: str) -> str:
    """Cut a name to 10 Chinese characters or 20 letters; of a mixed one the Chinese part remains."""
    if _LATIN_NAME.fullmatch(name):
        return name[:20].strip()
    return re.sub(r"[A-Za-z ]", "", name).replace(".", "·")[:10]
