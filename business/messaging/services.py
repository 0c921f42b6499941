"""Telling a patient something: remembered with the business transaction, delivered afterwards by the outbox."""

from typing import Any, NoReturn
from urllib.parse import urlsplit

from django.conf import settings
from django.utils import timezone

from business.integration import outbox, wechat
from business.integration.outcomes import Refused, Unknown
from business.messaging import values
from business.messaging.models import Message, MessageTemplate

TITLES = {
    "registration.booked": "预约挂号成功",
    "registration.failed_refunding": "挂号未成功，费用将退回",
    "registration.failed": "预约未成功",
    "registration.cancelled": "预约已取消",
    "registration.expired": "预约超时未支付",
    "registration.refunded": "退款已到账",
}
LITERAL = "="  # a mapping value that begins with it is sent as written: {"phrase3": "=已取消"}
# What repeating cannot cure, told to staff in their words.
FINAL = {
    "43101": "用户拒收此类消息",
    "43004": "用户没有关注公众号",
    "40003": "接收人标识无效",
    "40037": "模板编号无效，请在消息模板中更正",
    "40013": "公众号 AppID 无效",
    "47003": "消息内容不符合微信的格式要求",
}


def notify(*, account_ref: str, openid: str, event: str, facts: dict[str, str], key: str, path: str = "") -> Message:
    """Write a message in the caller's transaction; the same ``key`` is one message, however often it is asked for.

    ``facts`` are what templates may use (patient, department, visit_time …); ``path`` opens when it is tapped. An
    account without a WeChat identity finds the message on its messages page only.
    """
    row: dict[str, Any] = {
        "account_ref": account_ref,
        "openid": openid,
        "event": event,
        "title": TITLES.get(event, "就医通知"),
        "facts": facts,
        "path": path,
    }
    message, created = Message.objects.get_or_create(key=key, defaults=row)
    if created:
        outbox.enqueue("messaging.deliver", {"message": message.ref}, key=f"messaging.deliver:{message.ref}")
    return message


def deliver(message: Message) -> None:
    """Send a message to WeChat once; raise RetryLater where another try may help, GiveUp where none will."""
    if message.state == Message.State.SENT:
        return
    template = MessageTemplate.objects.filter(event=message.event, is_active=True).first()
    if template is None:
        _fail(message, "没有启用对应的消息模板，消息只在门户内显示")
        return
    if not message.openid:
        _fail(message, "患者没有微信身份，消息只在门户内显示")
        return
    try:
        data = {keyword: _value(message, keyword, source) for keyword, source in template.mapping.items()}
    except values.ValueBreaksRule as problem:
        _give_up(message, str(problem), problem)
    try:
        outside_id = wechat.client().send_template(
            openid=message.openid,
            template_id=template.template_id,
            data=data,
            url=_address(message.path),
            client_msg_id=message.ref,
        )
    except Refused as refusal:
        if refusal.code in FINAL:
            _give_up(message, f"{FINAL[refusal.code]}（{refusal.code}）", refusal)
        _later(message, f"微信暂时不接收（{refusal.code} {refusal.message}）", refusal)
    except Unknown as reason:
        _later(message, "微信没有回应，稍后重发", reason)
    Message.objects.filter(pk=message.pk).update(
        state=Message.State.SENT, outside_id=outside_id[:64], problem="", sent_at=timezone.now()
    )


def _value(message: Message, keyword: str, source: str) -> str:
    if source.startswith(LITERAL):
        return values.fit(keyword, source.removeprefix(LITERAL))
    facts = {"now": f"{timezone.localtime():%Y-%m-%d %H:%M}", **message.facts}
    return values.fit(keyword, str(facts.get(source, "")))


def _address(path: str) -> str:
    if not path or urlsplit(path).netloc:
        return ""
    return f"{settings.PORTAL_URL}{path}"


def _fail(message: Message, problem: str) -> None:
    Message.objects.filter(pk=message.pk).update(state=Message.State.FAILED, problem=problem[:300])


def _give_up(message: Message, problem: str, cause: Exception) -> NoReturn:
    _fail(message, problem)
    raise outbox.GiveUp(problem) from cause


def _later(message: Message, problem: str, cause: Exception) -> NoReturn:
    Message.objects.filter(pk=message.pk).update(problem=problem[:300])
    raise outbox.RetryLater(problem) from cause
