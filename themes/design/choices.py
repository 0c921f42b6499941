"""What staff choose beside colours: shape, spacing, type, icons, header, background; each a name or a number."""

from dataclasses import dataclass
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Rules = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Option:
    """One value of a choice: its label, tokens it sets, and rules it adds to the style sheet."""

    label: str | Promise
    tokens: tuple[tuple[str, str], ...] = ()
    rules: Rules = ()


@dataclass(frozen=True)
class Choice:
    """A choice by name; the first option is the present look."""

    name: str
    label: str | Promise
    options: dict[str, Option]
    help: str | Promise = ""

    @property
    def default(self) -> str:
        """The present look's value."""
        return next(iter(self.options))


@dataclass(frozen=True)
class Number:
    """A whole number between two ends."""

    name: str
    label: str | Promise
    default: int
    least: int
    most: int
    unit: str = "px"
    help: str | Promise = ""


_SANS = (
    '-apple-system, BlinkMacSystemFont, "PingFang SC", "HarmonyOS Sans SC", "MiSans", "Microsoft YaHei", '
    '"Noto Sans SC", "Noto Sans CJK SC", system-ui, sans-serif'
)
_SERIF = '"Songti SC", "Noto Serif SC", "Noto Serif CJK SC", STSong, SimSun, serif'


def _spaces(factor: float) -> tuple[tuple[str, str], ...]:
    steps = (("s1", 4), ("s2", 8), ("s3", 12), ("s4", 16), ("s5", 24), ("s6", 32))
    return tuple((name, f"{round(size * factor)}px") for name, size in steps)


CHOICES: Final[tuple[Choice, ...]] = (
    Choice(
        "spacing",
        _("间距"),
        {
            "normal": Option(_("标准"), _spaces(1)),
            "tight": Option(_("紧凑"), _spaces(0.8)),
            "wide": Option(_("宽松"), _spaces(1.25)),
        },
    ),
    Choice(
        "heading",
        _("标题字体"),
        {
            "sans": Option(_("黑体（系统字体）"), (("font-head", "inherit"),)),
            "serif": Option(_("宋体"), (("font-head", _SERIF),)),
        },
    ),
    Choice(
        "icons",
        _("图标样式"),
        {
            "soft": Option(
                _("浅色底"),
                (("mark-radius", "17px"),),
                ((".ph-grid-mark[class*=is-tone-]", "background: var(--tone-soft); color: var(--tone)"),),
            ),
            "round": Option(
                _("浅色圆底"),
                (("mark-radius", "50%"),),
                ((".ph-grid-mark[class*=is-tone-]", "background: var(--tone-soft); color: var(--tone)"),),
            ),
            "solid": Option(
                _("实色底"),
                (("mark-radius", "17px"),),
                ((".ph-grid-mark[class*=is-tone-]", "background: var(--tone); color: var(--ph-card)"),),
            ),
            "line": Option(
                _("只有线条"),
                (("mark-radius", "17px"),),
                ((".ph-grid-mark[class*=is-tone-]", "background: none; color: var(--tone)"),),
            ),
        },
    ),
    Choice(
        "header",
        _("首页页头"),
        {
            "gradient": Option(
                _("渐变，弧形底边"),
                (("hero-curve", "block"), ("hero-pulse", ".13")),
            ),
            "flat": Option(
                _("渐变，平直底边"),
                (("hero-curve", "none"), ("hero-pulse", "0")),
            ),
            "solid": Option(
                _("单色"),
                (("hero-curve", "none"), ("hero-pulse", ".1")),
                ((".ph-hero", "background: var(--ph-hero-2)"),),
            ),
        },
    ),
    Choice(
        "bar",
        _("内页标题栏"),
        {
            "card": Option(
                _("白色"),
                (("bar-ground", "var(--ph-card)"), ("on-bar", "var(--ph-ink)"), ("on-bar-2", "var(--ph-ink-2)")),
            ),
            "brand": Option(
                _("页头颜色"),
                (
                    ("bar-ground", "var(--ph-hero-2)"),
                    ("on-bar", "var(--ph-on-hero)"),
                    ("on-bar-2", "var(--ph-on-hero-2)"),
                ),
            ),
        },
    ),
    Choice(
        "tabbar",
        _("底部标签栏"),
        {
            "plain": Option(_("通栏"), (("tab-mark", "transparent"),)),
            "pill": Option(_("当前项带底色"), (("tab-mark", "var(--ph-brand-soft)"),)),
        },
    ),
    Choice(
        "background",
        _("页面背景"),
        {
            "plain": Option(_("纯色"), (("ground-image", "none"),)),
            "wash": Option(
                _("顶部淡色晕染"),
                (
                    (
                        "ground-image",
                        "linear-gradient(var(--ph-brand-soft), var(--ph-ground) 420px)",
                    ),
                ),
            ),
            "dots": Option(
                _("细点"),
                (("ground-image", "radial-gradient(var(--ph-line) 1px, transparent 1.5px) 0 0 / 18px 18px"),),
            ),
        },
    ),
    Choice(
        "effect",
        _("整页效果"),
        {
            "none": Option(_("无"), (("filter", "none"),)),
            "grey": Option(_("灰度（哀悼日）"), (("filter", "grayscale(1)"),)),
        },
        _("灰度让图片和视频也变成灰色。"),
    ),
)

NUMBERS: Final[tuple[Number, ...]] = (
    Number("radius", _("卡片圆角"), 16, 0, 28),
    Number("radius-control", _("按钮与输入框圆角"), 12, 0, 24),
    Number("text", _("正文字号"), 15, 14, 18, help=_("其他字号按比例变化。")),
    Number("leading", _("行距"), 150, 140, 200, "%"),
    Number("care-text", _("关怀版加大"), 4, 4, 10, help=_("每种文字加大多少；不会小于 18 像素。")),
    Number("care-leading", _("关怀版行距"), 160, 150, 220, "%"),
    Number("care-touch", _("关怀版可点区域"), 56, 48, 72),
)

CHOICE_BY_NAME: Final = {choice.name: choice for choice in CHOICES}
NUMBER_BY_NAME: Final = {number.name: number for number in NUMBERS}
FONT: Final = _SANS
