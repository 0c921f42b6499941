"""What staff decided about a theme: typed, validated, hashable; nothing else ever reaches the style sheet."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, Self

from django.utils.translation import gettext as _

from themes.design.choices import CHOICE_BY_NAME, NUMBER_BY_NAME
from themes.design.colour import HEX
from themes.design.palette import BY_NAME, LABELS, SEEDS

Items = tuple[tuple[str, str], ...]
COLOUR_PARTS: Final = ("seeds", "light", "dark", "care", "care_dark")


class BadTheme(ValueError):
    """Values that are no theme; ``errors`` has a sentence for each, by ``part.name``."""

    def __init__(self, errors: Mapping[str, str]) -> None:
        """Keep the sentences."""
        super().__init__("；".join(errors.values()))
        self.errors = dict(errors)


@dataclass(frozen=True)
class ThemeSpec:
    """Seeds, adjustments by mode, choices and numbers; what is not named is the present look."""

    seeds: Items = ()
    light: Items = ()
    dark: Items = ()
    care: Items = ()
    care_dark: Items = ()
    choices: Items = ()
    numbers: tuple[tuple[str, int], ...] = ()

    @classmethod
    def read(cls, data: Any) -> Self:
        """Return the theme that plain data describe; raise BadTheme with a sentence for every value that is none."""
        errors: dict[str, str] = {}
        if not isinstance(data, Mapping):
            raise BadTheme({"": _("主题数据应为一组名称和值。")})
        for name in data:
            if name not in (*COLOUR_PARTS, "choices", "numbers"):
                errors[str(name)[:40]] = _("不认识的部分「%(name)s」。") % {"name": str(name)[:40]}
        parts: dict[str, Any] = {}
        for part in COLOUR_PARTS:
            parts[part] = _colours(part, _mapping(data, part, errors), errors)
        parts["choices"] = _choices(_mapping(data, "choices", errors), errors)
        parts["numbers"] = _numbers(_mapping(data, "numbers", errors), errors)
        if errors:
            raise BadTheme(errors)
        return cls(**parts)

    def changed(self, **parts: Mapping[str, Any]) -> Self:
        """Return the theme with some parts replaced."""
        return replace(self, **{name: tuple(sorted(value.items())) for name, value in parts.items()})

    def as_data(self) -> dict[str, dict[str, Any]]:
        """Return plain data, the opposite of :meth:`read`."""
        return {part: dict(getattr(self, part)) for part in (*COLOUR_PARTS, "choices", "numbers")}

    def choice(self, name: str) -> str:
        """Return what was chosen, else the present look."""
        return dict(self.choices).get(name, CHOICE_BY_NAME[name].default)

    def number(self, name: str) -> int:
        """Return a number, else the present look's."""
        return dict(self.numbers).get(name, NUMBER_BY_NAME[name].default)


def _mapping(data: Mapping[str, Any], part: str, errors: dict[str, str]) -> Mapping[str, Any]:
    value = data.get(part, {})
    if isinstance(value, Mapping):
        return value
    errors[part] = _("「%(name)s」应为一组名称和值。") % {"name": part}
    return {}


def _colours(part: str, values: Mapping[str, Any], errors: dict[str, str]) -> Items:
    known = SEEDS if part == "seeds" else BY_NAME
    found = {}
    for name, value in values.items():
        where = f"{part}.{str(name)[:40]}"
        if name not in known:
            errors[where] = _("不认识的颜色「%(name)s」。") % {"name": str(name)[:40]}
        elif value in ("", None):
            continue
        elif not isinstance(value, str) or not HEX.fullmatch(value.strip().lower()):
            label = SEEDS[name][0] if part == "seeds" else LABELS[name]
            errors[where] = _("「%(label)s」请填写 # 加六位十六进制颜色，例如 #0a6f8a。") % {"label": label}
        else:
            found[name] = value.strip().lower()
    return tuple(sorted(found.items()))


def _choices(values: Mapping[str, Any], errors: dict[str, str]) -> Items:
    found = {}
    for name, value in values.items():
        where = f"choices.{str(name)[:40]}"
        if name not in CHOICE_BY_NAME:
            errors[where] = _("不认识的选项「%(name)s」。") % {"name": str(name)[:40]}
        elif value in ("", None):
            continue
        elif not isinstance(value, str) or value not in CHOICE_BY_NAME[name].options:
            errors[where] = _("「%(label)s」没有这种样式。") % {"label": CHOICE_BY_NAME[name].label}
        else:
            found[name] = value
    return tuple(sorted(found.items()))


def _numbers(values: Mapping[str, Any], errors: dict[str, str]) -> tuple[tuple[str, int], ...]:
    found = {}
    for name, value in values.items():
        where = f"numbers.{str(name)[:40]}"
        number = NUMBER_BY_NAME.get(name)
        if number is None:
            errors[where] = _("不认识的数值「%(name)s」。") % {"name": str(name)[:40]}
            continue
        if value in ("", None):
            continue
        whole = _whole(value)
        if whole is None or not number.least <= whole <= number.most:
            errors[where] = _("「%(label)s」请填写 %(least)d 到 %(most)d 的整数。") % {
                "label": number.label,
                "least": number.least,
                "most": number.most,
            }
        else:
            found[name] = whole
    return tuple(sorted(found.items()))


def _whole(value: Any) -> int | None:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    text = value.strip() if isinstance(value, str) else ""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 4 else None  # noqa: PLR2004
