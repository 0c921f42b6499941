"""Which colours stand on which: every pair that carries text or marks a control, with the words staff know it by."""

from dataclasses import dataclass
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from themes.design.colour import contrast
from themes.design.palette import LABELS, TONES

TEXT, EDGE = 4.5, 3.0


@dataclass(frozen=True)
class Pair:
    """A colour on a ground; ``minimum`` is the contrast it needs."""

    ink: str
    ground: str
    minimum: float = TEXT
    label: str | Promise = ""

    @property
    def words(self) -> str:
        """What staff call it."""
        if self.label:
            return str(self.label)
        return _("「%(ink)s」文字与「%(ground)s」") % {"ink": LABELS[self.ink], "ground": LABELS[self.ground]}


PAIRS: Final[tuple[Pair, ...]] = (
    Pair("on-brand", "brand", TEXT, gettext_lazy("主按钮文字与底色")),
    Pair("on-brand", "brand-strong", TEXT, gettext_lazy("按下时的主按钮文字与底色")),
    Pair("brand", "card", TEXT, gettext_lazy("链接与卡片")),
    Pair("brand", "ground", TEXT, gettext_lazy("链接与页面底色")),
    Pair("brand-strong", "brand-soft", TEXT, gettext_lazy("浅色按钮文字与底色")),
    *(
        Pair(ink, ground)
        for ink in ("ink", "ink-2", "ok", "few", "danger")
        for ground in ("card", "ground", "raised", "sunken")
    ),
    *(Pair("brand", ground) for ground in ("raised", "sunken")),
    *(Pair(name, f"{name}-soft") for name in ("brand", "ok", "few", "danger")),
    *(Pair("ink", f"{name}-soft") for name in ("brand", "ok", "few", "danger")),
    *(Pair("ink-2", f"{name}-soft") for name in ("brand", "few", "ok")),
    *(Pair(f"tone-{tone}", ground) for tone in TONES for ground in (f"tone-{tone}-soft", "card")),
    Pair("brand-strong", "card"),
    *(
        Pair(ink, hero, TEXT, gettext_lazy("页头文字与页头颜色") if ink == "on-hero" else "")
        for ink in ("on-hero", "on-hero-2")
        for hero in ("hero-1", "hero-2", "hero-3")
    ),
    *(Pair("line-strong", ground, EDGE) for ground in ("card", "ground")),
)


@dataclass(frozen=True)
class Failure:
    """A pair that cannot be read."""

    mode: str
    pair: Pair
    ratio: float

    @property
    def is_text(self) -> bool:
        """Whether text stands there: such a theme is not published."""
        return self.pair.minimum >= TEXT

    @property
    def sentence(self) -> str:
        """Name the pair, what it has and what it needs: 主按钮文字与底色 3.1，需要 4.5."""
        # Rounded down: 4.49 must not read as 4.5.
        facts = {"pair": self.pair.words, "has": f"{int(self.ratio * 10) / 10:.1f}", "needs": f"{self.pair.minimum:g}"}
        words = _("%(pair)s %(has)s，需要 %(needs)s") % facts
        prefix = {"dark": _("深色："), "care": _("关怀版："), "care-dark": _("关怀版深色：")}.get(self.mode, "")
        return f"{prefix}{words}"


def failures(mode: str, colours: dict[str, str]) -> list[Failure]:
    """Return the pairs of one mode that are below what they need, each sentence once, the worst first."""
    found: dict[str, Failure] = {}
    for pair in PAIRS:
        ratio = contrast(colours[pair.ink], colours[pair.ground])
        if ratio < pair.minimum:
            failure = Failure(mode, pair, ratio)
            known = found.get(pair.words)
            if known is None or ratio < known.ratio:
                found[pair.words] = failure
    return sorted(found.values(), key=lambda failure: (not failure.is_text, failure.ratio / failure.pair.minimum))
