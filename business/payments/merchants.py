"""Which merchant account takes the money."""

from django.conf import settings

from business.hospital.models import Campus
from business.payments.errors import NoMerchant
from business.payments.models import Merchant


def merchant_for(campus: Campus | None) -> Merchant:
    """Return the campus's own merchant, else the hospital's; the configured one is written down at first use.

    Raises NoMerchant where online payment is not set up.
    """
    active = Merchant.objects.filter(is_active=True)
    own = active.filter(campus=campus).order_by("pk").first() if campus else None
    found = own or active.filter(campus=None).order_by("pk").first()
    if found is not None:
        return found
    mchid = str(settings.WECHATPAY["MCHID"])
    if not mchid or Merchant.objects.filter(mchid=mchid).exists():
        raise NoMerchant
    merchant, _ = Merchant.objects.get_or_create(
        code=f"wechatpay-{mchid}"[:40],
        defaults={"name": "微信支付商户", "channel": Merchant.Channel.WECHATPAY, "mchid": mchid},
    )
    return merchant
