"""The studio's forms: a theme's values as rows of the page, when and where it is worn, and a file brought in."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail.admin.widgets import AdminDateTimeInput

from cms.studio.models import HIGHEST_PRIORITY, Theme, ThemeUse
from themes import packs
from themes.design.choices import CHOICES, NUMBERS
from themes.design.derive import MODES, derive
from themes.design.palette import COLOURS, SEEDS
from themes.design.spec import COLOUR_PARTS, ThemeSpec
from themes.design.transfer import LONGEST_BYTES, NAME_LENGTH, BadFile, Parcel, load

MODE_LABELS = {
    "light": gettext_lazy("浅色"),
    "dark": gettext_lazy("深色"),
    "care": gettext_lazy("关怀版"),
    "care_dark": gettext_lazy("关怀版 · 深色"),
}


@dataclass(frozen=True)
class Row:
    """One value in the form."""

    name: str
    label: Any
    kind: str  # colour · choice · number
    value: str = ""
    derived: str = ""
    help: Any = ""
    error: str = ""
    options: tuple[tuple[str, Any], ...] = ()
    least: int = 0
    most: int = 0
    unit: str = ""

    @property
    def html_id(self) -> str:
        """The field's id."""
        return "id_" + self.name.replace(".", "-")


@dataclass(frozen=True)
class Group:
    """Rows under one heading."""

    heading: Any
    rows: list[Row]
    help: Any = ""
    is_open: bool = True
    changed: int = field(default=0)


def data_from(post: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the theme data that a sent form holds; empty fields are what is derived."""
    parts: dict[str, dict[str, Any]] = {part: {} for part in (*COLOUR_PARTS, "choices", "numbers")}
    for name in post:
        part, dot, key = name.partition(".")
        if dot and part in parts and post[name] != "":
            parts[part][key] = post[name]
    return parts


def groups(data: Mapping[str, Any], spec: ThemeSpec, errors: Mapping[str, str]) -> list[Group]:
    """Return the form's rows: the values as typed, beside what would be derived."""

    def value(part: str, name: str) -> str:
        return str((data.get(part) or {}).get(name, "") or "")

    def error(part: str, name: str) -> str:
        return errors.get(f"{part}.{name}", "")

    modes, first = derive(spec), ("brand", "hero", "neutral", "ok", "few", "danger")
    seeds: list[Row] = []
    more: list[Row] = []
    for name, (label, reference) in SEEDS.items():
        row = Row(
            f"seeds.{name}", label, "colour", value("seeds", name), _follows(name, modes.light, reference),
            error=error("seeds", name),
        )  # fmt: skip
        (seeds if name in first else more).append(row)
    choices = [
        Row(
            f"choices.{c.name}", c.label, "choice", value("choices", c.name) or c.default, help=c.help,
            error=error("choices", c.name), options=tuple((name, option.label) for name, option in c.options.items()),
        )
        for c in CHOICES
    ]  # fmt: skip
    numbers = [
        Row(
            f"numbers.{n.name}", n.label, "number", value("numbers", n.name) or str(n.default), help=n.help,
            error=error("numbers", n.name), least=n.least, most=n.most, unit=n.unit,
        )
        for n in NUMBERS
    ]  # fmt: skip
    shape = [row for row in numbers if ".care-" not in row.name]
    care = [row for row in numbers if ".care-" in row.name]
    result = [
        Group(_("颜色"), seeds, _("先定主色，其余颜色会自动配好；每一种都可以自己改。")),
        Group(_("样式"), choices),
        Group(_("形状与文字"), shape),
        Group(_("关怀版"), care, _("文字不小于 18 像素，行距不小于 1.5，可点区域不小于 48 像素。")),
        _folded(Group(_("图标颜色"), more, is_open=False)),
    ]
    for part, mode in zip(("light", "dark", "care", "care_dark"), MODES, strict=True):
        rows = [
            Row(
                f"{part}.{token.name}", token.label, "colour", value(part, token.name), modes.of(mode)[token.name],
                error=error(part, token.name),
            )
            for token in COLOURS
        ]  # fmt: skip
        heading = _("单独调整：%(mode)s") % {"mode": MODE_LABELS[part]}
        result.append(_folded(Group(heading, rows, _("留空就用自动配好的颜色。"), is_open=False)))
    return result


def _follows(name: str, light: Mapping[str, str], reference: str) -> str:
    """Return the colour a seed stands for when staff leave it empty."""
    shown = {"hero": "hero-2", "neutral": "ink-2"}.get(name, name)
    return light.get(shown, reference)


def _folded(group: Group) -> Group:
    changed = sum(bool(row.value) for row in group.rows)
    return Group(group.heading, group.rows, group.help, any(row.error for row in group.rows), changed)


class NameForm(forms.ModelForm[Theme]):
    """What a theme is called, and its pack."""

    class Meta:
        model = Theme
        fields = ["name", "description", "pack"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Offer the installed packs."""
        super().__init__(*args, **kwargs)
        offered = [(name, packs.parcel(name).name) for name in packs.names()]
        self.fields["pack"] = forms.ChoiceField(
            label=_("主题包"),
            choices=[("", _("无")), *offered],
            required=False,
            help_text=_("主题包可以带自己的模板和样式。"),
        )


class UseForm(forms.ModelForm[ThemeUse]):
    """Where and when a theme is worn."""

    class Meta:
        model = ThemeUse
        fields = ["theme", "site", "campus", "starts_at", "ends_at", "priority"]
        widgets = {"starts_at": AdminDateTimeInput(), "ends_at": AdminDateTimeInput()}

    def clean_priority(self) -> int:
        """Keep within the scale."""
        priority: int = self.cleaned_data["priority"]
        if priority > HIGHEST_PRIORITY:
            raise forms.ValidationError(_("请填写 0 到 100。"))
        return priority

    def clean_theme(self) -> Theme:
        """Only a published theme can be worn."""
        theme: Theme = self.cleaned_data["theme"]
        if theme.published is None:
            raise forms.ValidationError(_("「%(name)s」还没有发布，请先发布。"), params={"name": theme.name})
        return theme

    def clean(self) -> dict[str, Any]:
        """Hold the end after the start, and one standing theme for each place."""
        cleaned: dict[str, Any] = super().clean() or {}
        start, end = cleaned.get("starts_at"), cleaned.get("ends_at")
        if start and end and end <= start:
            self.add_error("ends_at", _("结束时间要晚于开始时间。"))
        if not start and not end and "site" in cleaned:
            same = ThemeUse.objects.filter(
                site=cleaned["site"], campus=cleaned.get("campus"), starts_at=None, ends_at=None
            ).exclude(pk=self.instance.pk)
            if same.exists():
                self.add_error(None, _("这里已经有一个一直使用的主题，请修改那一条，或填写开始和结束时间。"))
        return cleaned


class ImportForm(forms.Form):
    """A theme file."""

    file = forms.FileField(label=gettext_lazy("主题文件"), help_text=gettext_lazy("从主题列表里导出的 .json 文件。"))

    def clean_file(self) -> Parcel:
        """Return what the file holds, or say why it cannot be used."""
        sent = self.cleaned_data["file"]
        try:
            return load(sent.read(LONGEST_BYTES + 1))
        except BadFile as error:
            raise forms.ValidationError(str(error)) from error


def free_name(wanted: str) -> str:
    """Return a name no theme has yet: 青瓷, 青瓷 2, 青瓷 3 …"""
    taken = set(Theme.objects.values_list("name", flat=True))
    name, number = wanted[:NAME_LENGTH], 1
    while name in taken:
        number += 1
        suffix = f" {number}"
        name = wanted[: NAME_LENGTH - len(suffix)] + suffix
    return name
