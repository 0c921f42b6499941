"""Faults that tests and the control desk switch on, per endpoint and for a number of times.

A fault belongs to an endpoint name (``his.lock``, ``pay.*``, ``callback.pay``). Of several faults on one endpoint the
oldest is used up first, one per request, so that a list of faults reads as a sequence.
"""

import itertools
import select
import socket
import threading
import time
from dataclasses import asdict, dataclass, field
from fnmatch import fnmatchcase
from typing import Any

__all__ = ["CALLBACK_KINDS", "ENDPOINTS", "REQUEST_KINDS", "Fault", "FaultError", "Faults"]

REQUEST_KINDS: dict[str, str] = {
    "slow": "先等待 ms 毫秒，再处理并正常应答",
    "slow_after": "立即处理，等待 ms 毫秒后才应答",
    "timeout_before": "不处理，挂起 seconds 秒后断开（对方等到超时）",
    "timeout_after": "已处理并落库，但应答丢失：挂起 seconds 秒后断开",
    "drop_before": "不处理，立即断开连接",
    "drop_after": "已处理并落库，立即断开连接，不给应答",
    "http": "不处理，返回 HTTP status（默认 500）",
    "http_after": "已处理并落库，但返回 HTTP status（默认 500）",
    "refuse": "不处理，返回业务拒绝 code / message",
    "garbage": "已处理，但应答不是合法的 JSON",
    "bad_signature": "已处理，应答签名错误（仅 pay.*）",
    "pay_at_once": "下单应答返回之前就已支付并送达回调（仅 pay.jsapi）",
    "notify_first": "退款立即完成，通知抢在退款应答之前送达（仅 pay.refund）",
    "abnormal": "退款最终结果为 ABNORMAL（仅 pay.refund）",
}
ONLY: dict[str, str] = {
    "bad_signature": "pay.*",
    "pay_at_once": "pay.jsapi",
    "notify_first": "pay.refund",
    "abnormal": "pay.refund",
    "out_of_order": "callback.pay",
    "blocked": "callback.wechat",
}
"""Kinds that make sense at one endpoint only."""
CALLBACK_KINDS: dict[str, str] = {
    "none": "不发送回调",
    "delay": "推迟 ms 毫秒发送",
    "duplicate": "发送 copies 份；concurrent=true 时同时发送",
    "replay": "同一份签名与正文原样发送 copies 份",
    "wrong_signature": "签名错误",
    "signtest": "应答探测流量：签名以 WECHATPAY/SIGNTEST/ 开头",
    "stale": "时间戳为十分钟前（签名本身正确）",
    "wrong_amount": "金额被改大一分（签名正确）",
    "wrong_currency": "币种被改为 USD（签名正确）",
    "wrong_mchid": "商户号不符（签名正确）",
    "wrong_appid": "公众号 appid 不符（签名正确）",
    "blocked": "模板消息的结果为用户拒收（仅 callback.wechat）",
    "out_of_order": "支付通知压到退款通知之后，最多等 seconds 秒（仅 callback.pay）",
}
ENDPOINTS: dict[str, str] = {
    "his.campuses": "院区列表",
    "his.departments": "科室列表",
    "his.doctors": "医生列表",
    "his.schedules": "排班查询",
    "his.slots": "号源查询",
    "his.lock": "锁号",
    "his.unlock": "释放锁号",
    "his.confirm": "挂号确认",
    "his.cancel": "退号",
    "his.change": "换号（同价改约）",
    "his.check_in": "报到",
    "his.queue": "候诊队列",
    "his.query": "挂号查询",
    "his.find_patient": "查找患者档案",
    "his.create_patient": "建档",
    "his.find_card": "查找就诊卡",
    "his.trades": "当日交易清单",
    "his.service": "扩展服务 · 查询",
    "his.submit_service": "扩展服务 · 提交",
    "wechat.oauth_token": "网页授权换取 openid",
    "wechat.stable_token": "稳定版接口调用凭据",
    "wechat.token": "接口调用凭据",
    "wechat.ticket": "JS-SDK 票据",
    "wechat.template": "发送模板消息",
    "wechat.templates": "模板列表",
    "wechat.custom_send": "发送客服消息",
    "wechat.menu_create": "创建自定义菜单",
    "wechat.menu_get": "查询自定义菜单",
    "wechat.menu_delete": "删除自定义菜单",
    "wechat.uploadimg": "上传图文内的图片",
    "wechat.add_material": "上传永久素材",
    "wechat.draft_add": "新增草稿",
    "wechat.draft_update": "修改草稿",
    "wechat.draft_get": "草稿详情",
    "wechat.draft_batchget": "草稿列表",
    "wechat.draft_delete": "删除草稿",
    "sms.send": "发送短信",
    "realname.check_name": "实名核验",
    "pay.jsapi": "JSAPI 下单",
    "pay.certificates": "下载平台证书",
    "pay.native": "Native 下单",
    "pay.h5": "H5 下单",
    "pay.codepay": "付款码支付",
    "pay.reverse": "撤销付款码订单",
    "pay.combined": "合单下单",
    "pay.combined_query": "合单查询",
    "pay.combined_close": "合单关单",
    "pay.query": "按商户订单号查单",
    "pay.query_by_id": "按微信订单号查单",
    "pay.close": "关闭订单",
    "pay.refund": "申请退款",
    "pay.refund_query": "查询退款",
    "pay.abnormal_refund": "发起异常退款",
    "pay.fund_bill": "申请资金账单",
    "pay.bill": "申请交易账单",
    "pay.bill_download": "下载账单",
    "callback.pay": "支付成功通知",
    "callback.refund": "退款结果通知",
    "callback.wechat": "公众号消息与事件推送",
}
DEFAULT_HOLD_SECONDS = 30.0
MAX_COPIES = 50
HTTP_STATUSES = range(200, 600)


class FaultError(ValueError):
    """A fault description that cannot be used; the text says why."""


@dataclass
class Fault:
    """One switched-on fault; ``times`` None means until it is removed."""

    id: int
    endpoint: str
    kind: str
    times: int | None = 1
    skip: int = 0
    match: str = ""
    ms: int = 0
    seconds: float = DEFAULT_HOLD_SECONDS
    status: int = 500
    code: str = ""
    message: str = ""
    copies: int = 2
    concurrent: bool = False
    used: int = 0

    def describe(self) -> dict[str, Any]:
        """Return the fault as JSON for the control desk."""
        return asdict(self)


@dataclass
class Faults:
    """The list of active faults; lives in memory, so a restart of the sandbox clears it."""

    _active: list[Fault] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _released: threading.Event = field(default_factory=threading.Event)
    _ids: Any = field(default_factory=lambda: itertools.count(1))

    def add(self, spec: dict[str, Any]) -> Fault:
        """Switch a fault on; raises FaultError for an unknown endpoint, kind, field or value."""
        fault = _parse(next(self._ids), spec)
        with self._lock:
            self._active.append(fault)
        return fault

    def list(self) -> list[Fault]:
        """Return the active faults, oldest first."""
        with self._lock:
            return [*self._active]

    def clear(self, endpoint: str | None = None, fault_id: int | None = None) -> int:
        """Remove faults (all, of one endpoint, or one), let held requests go, and return how many were removed."""
        with self._lock:
            kept = [
                fault
                for fault in self._active
                if (endpoint is not None and fault.endpoint != endpoint)
                or (fault_id is not None and fault.id != fault_id)
            ]
            removed = len(self._active) - len(kept)
            self._active = kept
            released, self._released = self._released, threading.Event()
        released.set()
        return removed

    def take(self, endpoint: str, haystack: str = "") -> Fault | None:
        """Use up one time of the oldest matching fault and return it, or None."""
        if not self._active:
            return None
        with self._lock:
            for fault in self._active:
                if not fnmatchcase(endpoint, fault.endpoint) or fault.match not in haystack:
                    continue
                if fault.skip > 0:
                    fault.skip -= 1
                    return None
                fault.used += 1
                if fault.times is not None and fault.used >= fault.times:
                    self._active = [other for other in self._active if other is not fault]
                return fault
        return None

    def hold(self, seconds: float, peer: socket.socket | None) -> None:
        """Keep a request waiting until the time is over, faults are cleared, or the client hangs up."""
        released = self._released
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            if released.wait(min(left, 0.1)) or _hung_up(peer):
                return


def _hung_up(peer: socket.socket | None) -> bool:
    if peer is None:
        return False
    try:
        readable, _, _ = select.select([peer], [], [], 0)
        return bool(readable) and peer.recv(1, socket.MSG_PEEK) == b""
    except (OSError, ValueError):
        return True


def _parse(fault_id: int, spec: dict[str, Any]) -> Fault:
    unknown = set(spec) - set(Fault.__dataclass_fields__) | set(spec) & {"id", "used"}
    if unknown:
        raise FaultError(f"不认识的字段：{', '.join(sorted(unknown))}")
    endpoint, kind = str(spec.get("endpoint", "")), str(spec.get("kind", ""))
    served = [name for name in ENDPOINTS if fnmatchcase(name, endpoint)]
    if not served:
        raise FaultError(f"没有名为「{endpoint}」的接口")
    for_callbacks = all(name.startswith("callback.") for name in served)
    possible = CALLBACK_KINDS if for_callbacks else REQUEST_KINDS
    if kind not in possible or not all(fnmatchcase(name, ONLY.get(kind, "*")) for name in served):
        raise FaultError(f"接口 {endpoint} 没有「{kind}」这种故障")
    times = spec.get("times", 1)
    try:
        fault = Fault(
            id=fault_id,
            endpoint=endpoint,
            kind=kind,
            times=None if times in (None, "always", "") else int(times),
            skip=int(spec.get("skip") or 0),
            match=str(spec.get("match") or ""),
            ms=int(spec.get("ms") or 0),
            seconds=float(spec.get("seconds") or DEFAULT_HOLD_SECONDS),
            status=int(spec.get("status") or 500),
            code=str(spec.get("code") or ""),
            message=str(spec.get("message") or ""),
            copies=int(spec.get("copies") or 2),
            concurrent=bool(spec.get("concurrent")),
        )
    except (TypeError, ValueError) as error:
        raise FaultError(f"数值不正确：{error}") from error
    if fault.times is not None and fault.times < 1:
        raise FaultError("times 至少为 1，或写 always")
    if fault.status not in HTTP_STATUSES or not 1 <= fault.copies <= MAX_COPIES or min(fault.ms, fault.skip) < 0:
        raise FaultError("status、copies、ms 或 skip 超出范围")
    if kind == "refuse" and not fault.code:
        raise FaultError("refuse 需要 code")
    return fault
