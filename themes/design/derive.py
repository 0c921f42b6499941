"""From a few seeds to every colour of light, dark and care mode; staff's own adjustments win over what is derived."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from themes.design.colour import Oklch, contrast, luminance, readable, to_hex, to_oklch
from themes.design.pairs import PAIRS, TEXT, Failure, failures
from themes.design.palette import BY_NAME, COLOURS, SEEDS, Token
from themes.design.spec import ThemeSpec

MODES: Final = ("light", "dark", "care", "care-dark")
_MORE_CHROMA: Final = (
    1.7  # a seed may be this much more colourful than the reference before its company stops following
)
_FULL: Final = 7.0  # care mode: secondary text is read as easily as WCAG's strictest level asks
_MARGIN: Final = 0.05  # derived colours stay a little above the line, so that rounding never drops them below
# Tokens that go lighter and darker with their seed; the others keep the reference's lightness.
_FOLLOWS_LIGHTNESS: Final = frozenset({"brand-strong", "hero-1", "hero-3"})


@dataclass(frozen=True)
class Modes:
    """Every colour token of a theme, by mode; ``care`` and ``care_dark`` hold all colours of care mode."""

    light: dict[str, str]
    dark: dict[str, str]
    care: dict[str, str]
    care_dark: dict[str, str]

    def of(self, mode: str) -> dict[str, str]:
        """Return the colours of a mode by its name in :data:`MODES`."""
        found: dict[str, str] = getattr(self, mode.replace("-", "_"))
        return found


def _turned(token: Token, seed: Oklch, reference: Oklch, value: Oklch, *, follow: bool) -> str:
    """Return the token's colour for a seed: lightness, share of chroma and turn of hue as in the reference."""
    share = min(_MORE_CHROMA, seed.chroma / reference.chroma) if not reference.is_grey else 1.0
    lightness = seed.lightness + value.lightness - reference.lightness if follow else value.lightness
    hue = (seed.hue + value.hue - reference.hue) % 360 if not value.is_grey else value.hue
    chroma = 0.0 if seed.is_grey else value.chroma * share
    return to_hex(Oklch(min(1.0, max(0.0, lightness)), chroma, hue))


def _derived(seeds: Mapping[str, str], mode: str) -> dict[str, str]:
    colours: dict[str, str] = {}
    for token in COLOURS:
        seed, reference = to_oklch(seeds[token.seed]), to_oklch(SEEDS[token.seed][1])
        original = token.light if mode == "light" else token.dark
        if seeds[token.seed] == SEEDS[token.seed][1]:
            colours[token.name] = original
        elif mode == "light" and token.light == SEEDS[token.seed][1]:
            colours[token.name] = seeds[token.seed]  # the seed itself: staff's own colour, never changed for them
        else:
            follow = mode == "light" and token.name in _FOLLOWS_LIGHTNESS
            colours[token.name] = _turned(token, seed, reference, to_oklch(original), follow=follow)
    return colours


def _on(ground: str, light: str, dark: str) -> str:
    """Return whichever of a light and a dark ink is read better on a ground."""
    return max((light, dark), key=lambda ink: contrast(ink, ground))


def _dark_ink(colours: Mapping[str, str]) -> str:
    return to_hex(to_oklch(colours["brand"])._replace(lightness=0.2))


def _mend(
    colours: dict[str, str], own: Mapping[str, str], kept: frozenset[str], minimum_of: Mapping[str, float]
) -> None:
    """Move derived inks until each can be read on all grounds it stands on; what staff chose stays."""
    for ink in dict.fromkeys(pair.ink for pair in PAIRS):
        if ink in own or ink in kept:
            continue
        pairs = [pair for pair in PAIRS if pair.ink == ink]
        for minimum in sorted({pair.minimum for pair in pairs}):
            grounds = [colours[pair.ground] for pair in pairs if pair.minimum == minimum]
            wanted = max(minimum, minimum_of.get(ink, 0.0)) + _MARGIN
            if any(contrast(colours[ink], ground) < minimum for ground in grounds) or ink in minimum_of:
                colours[ink] = readable(colours[ink], grounds, wanted)


def _mode(spec: ThemeSpec, seeds: Mapping[str, str], mode: str) -> dict[str, str]:
    own = dict(spec.light if mode == "light" else spec.dark)
    colours = _derived(seeds, mode) | own
    is_reference = seeds["brand"] == SEEDS["brand"][1]
    if "on-brand" not in own and not (is_reference and "brand" not in own):
        colours["on-brand"] = _on(colours["brand"], "#ffffff", _dark_ink(colours))
        if "brand-strong" not in own and contrast(colours["on-brand"], colours["brand-strong"]) < contrast(
            colours["on-brand"], colours["brand"]
        ):
            # A dark ink on a bright brand: pressed, the button must go lighter instead of darker.
            brand = to_oklch(colours["brand"])
            towards = 0.06 if luminance(colours["on-brand"]) < luminance(colours["brand"]) else -0.06
            colours["brand-strong"] = to_hex(brand._replace(lightness=brand.lightness + towards))
    for ground in ("hero-1", "hero-3"):
        if ground not in own:
            colours[ground] = readable(colours[ground], [colours["on-hero"]], TEXT + _MARGIN)
    # In the light the seeds stand as they are: what cannot be read is named, not changed.
    kept = frozenset(t.name for t in COLOURS if mode == "light" and t.light == SEEDS[t.seed][1])
    _mend(colours, own, kept, {})
    return colours


def _care(spec: ThemeSpec, colours: Mapping[str, str], own: Mapping[str, str]) -> dict[str, str]:
    stronger = dict(colours) | dict(own)
    _mend(stronger, own, frozenset(BY_NAME) - {"ink-2"}, {"ink-2": _FULL})
    return stronger


@lru_cache(maxsize=64)
def derive(spec: ThemeSpec) -> Modes:
    """Return every colour of a theme."""
    seeds = {name: dict(spec.seeds).get(name, reference) for name, (_label, reference) in SEEDS.items()}
    given = dict(spec.seeds)
    # Header, first icon tone and the tint of greys take the brand's hue until staff choose otherwise.
    for name in ("hero", "tone-teal", "neutral"):
        if "brand" in given and name not in given:
            seeds[name] = _hued(SEEDS[name][1], to_oklch(given["brand"]))
    light, dark = _mode(spec, seeds, "light"), _mode(spec, seeds, "dark")
    own_care, own_care_dark = dict(spec.care), dict(spec.care_dark)
    return Modes(light, dark, _care(spec, light, own_care), _care(spec, dark, own_care_dark))


def problems(spec: ThemeSpec) -> list[Failure]:
    """Return every pair of every mode that is below what it needs; text first in each mode."""
    modes = derive(spec)
    found: list[Failure] = []
    for mode in MODES:
        known = {(failure.pair.words, round(failure.ratio, 2)) for failure in found}
        # Care mode repeats what light and dark have wrong already.
        found += [f for f in failures(mode, modes.of(mode)) if (f.pair.words, round(f.ratio, 2)) not in known]
    return found


def _hued(colour: str, brand: Oklch) -> str:
    """Return a reference seed with the brand's hue, and no more chroma than its own: never too light for its text."""
    seed, reference = to_oklch(colour), to_oklch(SEEDS["brand"][1])
    share = min(1.0, brand.chroma / reference.chroma)
    hue = (brand.hue + seed.hue - reference.hue) % 360
    return to_hex(Oklch(seed.lightness, 0.0 if brand.is_grey else seed.chroma * share, hue))


def remedy(spec: ThemeSpec) -> ThemeSpec:
    """Return the theme with the seeds and adjustments that fail moved to the nearest lightness that can be read."""
    for _again in range(2):  # a seed moves the soft ground it is read on
        spec = _mended_seeds(spec)
    modes = derive(spec)
    parts: dict[str, dict[str, str]] = {}
    for field, mode in (("light", "light"), ("dark", "dark"), ("care", "care"), ("care_dark", "care-dark")):
        own, colours = dict(getattr(spec, field)), modes.of(mode)
        for token in list(own):
            grounds = [colours[pair.ground] for pair in PAIRS if pair.ink == token]
            if grounds:
                own[token] = _moved(own[token], grounds)
            elif any(contrast(colours[p.ink], colours[token]) < p.minimum for p in PAIRS if p.ground == token):
                own.pop(token)  # a ground nothing can be read on: back to the derived one
        parts[field] = own
    return spec.changed(**parts)


def _moved(colour: str, others: list[str]) -> str:
    if all(contrast(colour, other) >= TEXT for other in others):
        return colour
    return readable(colour, others, TEXT + _MARGIN)


def _mended_seeds(spec: ThemeSpec) -> ThemeSpec:
    light, seeds = derive(spec).light, dict(spec.seeds)
    for token in COLOURS:
        if token.seed in seeds and token.light == SEEDS[token.seed][1]:
            # What is read on cards and grounds must give way; what only carries text (the header) keeps off its text.
            others = [light[pair.ground] for pair in PAIRS if pair.ink == token.name] or [
                light[pair.ink] for pair in PAIRS if pair.ground == token.name
            ]
            seeds[token.seed] = _moved(seeds[token.seed], others)
    return spec.changed(seeds=seeds)
