"""The ways to pay an order, as staff have set them: by entrance, order kind and campus."""

from dataclasses import dataclass

from django.db.models import Q

from business.hospital.models import Campus
from business.payments.models import Attempt, Merchant, Order, PayRule

Scene = Attempt.Scene
# Ways that need nothing but a screen fit everywhere; the others only where their cashier can open.
FITS = {
    Scene.JSAPI: frozenset({PayRule.Entrance.WECHAT, PayRule.Entrance.ALIPAY, PayRule.Entrance.BROWSER}),
    Scene.MINI: frozenset({PayRule.Entrance.MINIPROGRAM}),
    Scene.H5: frozenset({PayRule.Entrance.BROWSER}),
    Scene.NATIVE: frozenset(PayRule.Entrance.values),
}


@dataclass(frozen=True)
class Method:
    """One way to pay: whose account takes the money, and how the cashier opens."""

    merchant: Merchant
    scene: str

    @property
    def code(self) -> str:
        """Return what a form carries; of no use without ``offered``."""
        return f"{self.merchant.code}:{self.scene}"

    @property
    def label(self) -> str:
        """Return what the patient reads."""
        return f"{self.merchant.get_channel_display()} · {Scene(self.scene).label}"


def offered(order: Order, *, entrance: str, campus: Campus | None = None) -> list[Method]:
    """Return the ways offered for an order at an entrance, the first being the one to propose. At most one query.

    Of the rules that fit, those that name the most win: a rule for one campus and one kind hides the general ones.
    """
    place = campus.pk if campus else order.merchant.campus_id
    rules = (
        PayRule.objects.filter(is_active=True, merchant__is_active=True)
        .filter(Q(entrance="") | Q(entrance=entrance), Q(kind="") | Q(kind=order.kind))
        .filter(Q(campus=None) | Q(campus=place))
        .select_related("merchant")
    )
    fitting = [rule for rule in rules if entrance in FITS.get(Scene(rule.scene), frozenset())]
    if not fitting:
        return [Method(merchant=order.merchant, scene=Scene.JSAPI)]
    closest = max(_closeness(rule) for rule in fitting)
    found = (Method(merchant=rule.merchant, scene=rule.scene) for rule in fitting if _closeness(rule) == closest)
    return list(dict.fromkeys(found))


def _closeness(rule: PayRule) -> int:
    return bool(rule.entrance) + bool(rule.kind) + bool(rule.campus_id)


def chosen(order: Order, code: str, *, entrance: str, campus: Campus | None = None) -> Method:
    """Return the offered method of a code; the proposed one for an empty or a foreign code."""
    ways = offered(order, entrance=entrance, campus=campus)
    return next((way for way in ways if way.code == code), ways[0])
