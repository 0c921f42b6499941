"""The reference palette: the present look's colours in light and dark, from which every other theme's are derived.

Each token keeps its lightness, its share of chroma and its turn of hue against the seed it hangs on: so the reference
seeds give exactly this palette, and other seeds a palette of the same build. Changed here, `make_tokens` writes
``tokens.css`` anew.
"""

from dataclasses import dataclass
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Token:
    """A colour of the style sheet: what staff call it, the seed it follows, its value in the reference palette."""

    name: str
    label: str | Promise
    seed: str
    light: str
    dark: str


SEEDS: Final[dict[str, tuple[str | Promise, str]]] = {
    "brand": (_("主色"), "#0a6f8a"),
    "hero": (_("页头颜色"), "#0a6480"),
    "neutral": (_("底色与文字的色调"), "#5b6b72"),
    "ok": (_("成功、有号"), "#0b7a43"),
    "few": (_("提醒、号少"), "#945400"),
    "danger": (_("危险、停诊"), "#b3261e"),
    "tone-teal": (_("图标 · 青"), "#0a6f8a"),
    "tone-green": (_("图标 · 绿"), "#0b7a43"),
    "tone-blue": (_("图标 · 蓝"), "#2456b0"),
    "tone-amber": (_("图标 · 橙"), "#945400"),
    "tone-violet": (_("图标 · 紫"), "#633fb0"),
    "tone-red": (_("图标 · 红"), "#b3261e"),
    "tone-slate": (_("图标 · 灰"), "#42545c"),
}

COLOURS: Final[tuple[Token, ...]] = (
    Token("brand", _("主色"), "brand", "#0a6f8a", "#4fb3c8"),
    Token("brand-strong", _("主色（深）"), "brand", "#0a5d78", "#7fcbdb"),
    Token("brand-soft", _("主色浅底"), "brand", "#e3f2f4", "#173a45"),
    Token("on-brand", _("主按钮文字"), "brand", "#ffffff", "#06222b"),
    Token("hero-1", _("页头 1"), "hero", "#084a66", "#0b2a38"),
    Token("hero-2", _("页头 2"), "hero", "#0a6480", "#0e3a49"),
    Token("hero-3", _("页头 3"), "hero", "#0b7584", "#12505c"),
    Token("on-hero", _("页头文字"), "hero", "#ffffff", "#f0f8fa"),
    Token("on-hero-2", _("页头次要文字"), "hero", "#dff1f4", "#bcdbe2"),
    Token("ground", _("页面底色"), "neutral", "#f3f6f7", "#0f1a1f"),
    Token("card", _("卡片"), "neutral", "#ffffff", "#17252b"),
    Token("raised", _("浮层"), "neutral", "#ffffff", "#1d2e35"),
    Token("sunken", _("凹陷底色"), "neutral", "#eff4f5", "#1e2f36"),
    Token("line", _("分隔线"), "neutral", "#e7edef", "#26383f"),
    Token("line-strong", _("输入框边线"), "neutral", "#788c94", "#6e858e"),
    Token("ink", _("正文"), "neutral", "#12262e", "#e6eef1"),
    Token("ink-2", _("次要文字"), "neutral", "#5b6b72", "#a3b4bb"),
    Token("ok", _("成功"), "ok", "#0b7a43", "#62cf94"),
    Token("ok-soft", _("成功浅底"), "ok", "#e8f4ea", "#143425"),
    Token("few", _("提醒"), "few", "#945400", "#f0b45e"),
    Token("few-soft", _("提醒浅底"), "few", "#fff6e5", "#3a2b12"),
    Token("danger", _("危险"), "danger", "#b3261e", "#ff9b92"),
    Token("danger-soft", _("危险浅底"), "danger", "#fdecea", "#43211f"),
    Token("tone-teal", _("青"), "tone-teal", "#0a6f8a", "#63c3d6"),
    Token("tone-teal-soft", _("青浅底"), "tone-teal", "#e0f2f4", "#163a44"),
    Token("tone-green", _("绿"), "tone-green", "#0b7a43", "#62cf94"),
    Token("tone-green-soft", _("绿浅底"), "tone-green", "#e4f4e8", "#17372a"),
    Token("tone-blue", _("蓝"), "tone-blue", "#2456b0", "#93b8ff"),
    Token("tone-blue-soft", _("蓝浅底"), "tone-blue", "#e7effc", "#1d2f4d"),
    Token("tone-amber", _("橙"), "tone-amber", "#945400", "#f0b45e"),
    Token("tone-amber-soft", _("橙浅底"), "tone-amber", "#fff0d9", "#3b2d16"),
    Token("tone-violet", _("紫"), "tone-violet", "#633fb0", "#c3a9ff"),
    Token("tone-violet-soft", _("紫浅底"), "tone-violet", "#f0eafb", "#30284a"),
    Token("tone-red", _("红"), "tone-red", "#b3261e", "#ff9b92"),
    Token("tone-red-soft", _("红浅底"), "tone-red", "#fdeae7", "#432523"),
    Token("tone-slate", _("灰"), "tone-slate", "#42545c", "#b5c5cc"),
    Token("tone-slate-soft", _("灰浅底"), "tone-slate", "#e9eff1", "#26373e"),
)
BY_NAME: Final[dict[str, Token]] = {token.name: token for token in COLOURS}
LABELS: Final[dict[str, str | Promise]] = {token.name: token.label for token in COLOURS}

# What is drawn with no colour of its own: shadows and veils, the same in every theme.
FIXED_LIGHT: Final[dict[str, str]] = {
    "shadow": "0 1px 2px rgba(14, 46, 58, .05), 0 6px 20px rgba(14, 46, 58, .05)",
    "shadow-up": "0 -1px 0 rgba(14, 46, 58, .06), 0 -8px 24px rgba(14, 46, 58, .06)",
    "shine": "rgba(255, 255, 255, .7)",
    "scrim": "rgba(8, 26, 33, .5)",
}
FIXED_DARK: Final[dict[str, str]] = {
    "shadow": "0 1px 2px rgba(0, 0, 0, .3)",
    "shadow-up": "0 -1px 0 rgba(255, 255, 255, .06), 0 -8px 24px rgba(0, 0, 0, .35)",
    "shine": "rgba(255, 255, 255, .06)",
    "scrim": "rgba(0, 0, 0, .6)",
}

TONES: Final = ("teal", "green", "blue", "amber", "violet", "red", "slate")
