"""Fetching the daily bills: asked for, downloaded packed, unpacked to a file and held to their hash."""

import hashlib
import zlib
from datetime import date
from pathlib import Path

from business.integration.outcomes import Refused, Unknown
from business.payments.channels.wechatpay.bills import TradeBill
from business.payments.channels.wechatpay.facts import text
from business.payments.channels.wechatpay.line import CLIENT_ERROR, PayLine, mask

DOWNLOAD_SECONDS = 60.0
PIECE = 1 << 20
GZIP = 16 + zlib.MAX_WBITS
NO_BILL = ("\ufeff交易时间,商户号,微信订单号,商户订单号,交易状态,订单金额\r\n").encode()


class BillDownloads(PayLine):
    """What WeChat Pay gives out of a day that is over."""

    def trade_bill(self, day: date, target: Path) -> str:
        """Write a day's trade bill to ``target`` and return its SHA-256; a day without trades has an empty one.

        Raises Refused while the bill is not there yet, Unknown when what came is not what was announced.
        """
        path = f"/v3/bill/tradebill?bill_date={day.isoformat()}&bill_type=ALL&tar_type=GZIP"
        path += f"&sub_mchid={self.sub_mchid}" if self.sub_mchid else ""
        try:
            return self._download(path, "trade_bill", day, target)
        except Refused as refusal:
            if refusal.code != "NO_STATEMENT_EXIST":
                raise
            target.write_bytes(NO_BILL)
            return hashlib.sha256(NO_BILL).hexdigest()

    def fund_flow_bill(self, day: date, target: Path, *, account: str = "BASIC") -> str:
        """Write a day's fund-flow bill to ``target`` and return its SHA-256. Raises as ``trade_bill``."""
        path = f"/v3/bill/fundflowbill?bill_date={day.isoformat()}&account_type={account}&tar_type=GZIP"
        return self._download(path, "fund_flow_bill", day, target)

    def read_bill(self, source: Path) -> TradeBill:
        """Return a reader of a stored trade bill."""
        return TradeBill(source)

    def _download(self, path: str, operation: str, day: date, target: Path) -> str:
        link = self._call("GET", path, operation, day.isoformat())
        if link.get("hash_type") != "SHA1":
            raise Unknown(f"wechatpay.{operation}: the hash is not SHA1")
        with self.http.call(f"{operation}_file", trade_no=day.isoformat(), mask=mask) as call:
            address = self.http.path_of(text(link, "download_url"))
            response = call.request("GET", address, sign=self._sign, deadline=DOWNLOAD_SECONDS)
            if response.status >= CLIENT_ERROR:
                raise Unknown(f"wechatpay.{operation}: HTTP {response.status} for the file")
            announced, digest = hashlib.sha1(usedforsecurity=False), hashlib.sha256()
            unpack = zlib.decompressobj(GZIP)
            with target.open("wb") as file:
                for start in range(0, len(response.content), PIECE):
                    piece = unpack.decompress(response.content[start : start + PIECE])
                    file.write(piece)
                    announced.update(piece)
                    digest.update(piece)
            # The answer to the download is not signed; what was announced in a signed one is.
            if not unpack.eof or announced.hexdigest() != text(link, "hash_value").lower():
                call.code = "HASH"
                target.unlink(missing_ok=True)
                raise Unknown(f"wechatpay.{operation}: the file is not the one announced")
            return digest.hexdigest()
