"""Orders of several merchants paid with one tap (合单支付): the hospital's part and the post's."""

from collections.abc import Sequence
from urllib.parse import quote

from django.utils import timezone

from business.integration.outcomes import Refused
from business.payments.channels.port import PaymentFact, PrepayRequest
from business.payments.channels.wechatpay.facts import part_facts, text
from business.payments.channels.wechatpay.line import PayLine

PARTS_AT_MOST = 50


class CombinedOrders(PayLine):
    """What WeChat Pay does for orders that are paid together."""

    def prepay_combined(self, *, combine_no: str, parts: Sequence[PrepayRequest], mchids: Sequence[str]) -> str:
        """Announce orders of several merchants as one; the payer, the deadline and the address are the first's."""
        first = parts[0]
        body = {
            "combine_appid": self.app_id,
            "combine_mchid": self.keys.mchid,
            "combine_out_trade_no": combine_no,
            "combine_payer_info": {"openid": first.openid},
            "time_expire": timezone.localtime(first.expires_at).isoformat(timespec="seconds"),
            "notify_url": first.notify_url,
            "sub_orders": [
                {
                    "mchid": self.keys.mchid if self.sub_mchid else mchid,
                    **({"sub_mchid": mchid} if self.sub_mchid else {}),
                    "attach": part.out_trade_no,
                    "out_trade_no": part.out_trade_no,
                    "description": part.description[:127],
                    "amount": {"total_amount": part.amount_fen, "currency": "CNY"},
                }
                for part, mchid in zip(parts, mchids, strict=True)
            ],
        }
        if first.client_ip:
            body["scene_info"] = {"payer_client_ip": first.client_ip}
        answer = self._call("POST", "/v3/combine-transactions/jsapi", "combined_prepay", combine_no, body)
        return text(answer, "prepay_id")

    def query_combined(self, *, combine_no: str) -> Sequence[PaymentFact | None]:
        """Return each part as the channel knows it; empty if it never heard of them."""
        path = f"/v3/combine-transactions/out-trade-no/{quote(combine_no, safe='')}"
        try:
            answer = self._call("GET", path, "query_combined", combine_no)
        except Refused as refusal:
            if refusal.code in {"ORDER_NOT_EXIST", "RESOURCE_NOT_EXISTS"}:
                return []
            raise
        return part_facts(answer)

    def close_combined(self, *, combine_no: str, parts: Sequence[tuple[str, str]]) -> None:
        """Close every part; the channel closes none alone."""
        path = f"/v3/combine-transactions/out-trade-no/{quote(combine_no, safe='')}/close"
        orders = [
            {"mchid": self.keys.mchid, "sub_mchid": mchid, "out_trade_no": number}
            if self.sub_mchid
            else {"mchid": mchid, "out_trade_no": number}
            for mchid, number in parts
        ]
        body = {"combine_appid": self.app_id, "sub_orders": orders}
        self._call("POST", path, "close_combined", combine_no, body)
