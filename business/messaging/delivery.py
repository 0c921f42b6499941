"""Delivering a message: the template, else a customer-service message, else SMS, else the portal's list alone."""

from dataclasses import dataclass
from typing import NoReturn
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from business.integration import outbox, wechat
from business.integration.outcomes import Refused, Unknown
from business.messaging import events, sms, values, windows
from business.messaging.models import Message, MessageRule, MessageTemplate, MessageTry, Way
from business.messaging.rules import may_disturb, message_rule, quiet_seconds

State = Message.State
Outcome = MessageTry.Outcome
LITERAL = "="  # a mapping value that begins with it is sent as written: {"phrase3": "=已取消"}
# So often one way is tried while nobody answers; then the next one: a late message helps nobody.
PATIENCE = 6
# What repeating cannot cure, told to staff in their words.
FINAL = {
    "43101": "用户拒收此类消息",
    "43004": "用户没有关注公众号",
    "40003": "接收人标识无效",
    "40037": "模板编号无效，请在消息模板中更正",
    "40013": "公众号 AppID 无效",
    "47003": "消息内容不符合微信的格式要求",
    "45015": "用户超过 48 小时没有与公众号互动",
    "45047": "客服消息条数已达上限",
    "48001": "公众号没有这个接口的权限",
}
# Of these, staff must put something right; the others are the patient's own affair.
STAFF_MUST_LOOK = frozenset({"40037", "40013", "47003", "48001"})
UNMAPPED = "mapping"


@dataclass(frozen=True)
class Letter:
    """A message with all that decides how it is sent."""

    message: Message
    template: MessageTemplate | None
    rule: MessageRule

    @property
    def address(self) -> str:
        """Return the full address of the page that opens; empty for anything but a path of ours."""
        path = self.message.path
        return f"{settings.PORTAL_URL}{path}" if path and not urlsplit(path).netloc else ""

    @property
    def sentence(self) -> str:
        """Return the message in one sentence."""
        event = events.get(self.message.event)
        return event.told(with_now(self.message.facts)) if event else self.message.title


class NotThisWay(Exception):
    """A way is closed for a message; the sentence says why. ``staff`` when they can open it."""

    def __init__(self, sentence: str, *, code: str = "", staff: bool = False) -> None:
        super().__init__(sentence)
        self.code, self.staff = code, staff


class WayShut(NotThisWay):
    """A way that was never tried: nothing to write down but the reason."""


def with_now(facts: dict[str, str]) -> dict[str, str]:
    """Return the facts with the one that every event has."""
    return {"now": f"{timezone.localtime():%Y-%m-%d %H:%M}", **facts}


def values_of(mapping: dict[str, str], facts: dict[str, str]) -> dict[str, str]:
    """Return every keyword's value as WeChat takes it; raise ValueBreaksRule where a fact cannot fit."""
    known = with_now(facts)
    return {
        keyword: values.fit(
            keyword, source.removeprefix(LITERAL) if source.startswith(LITERAL) else str(known.get(source, ""))
        )
        for keyword, source in mapping.items()
    }


def deliver(message: Message) -> None:
    """Send a message on the first way that takes it.

    Raises RetryLater where another try may help (also until the quiet hours are over), GiveUp where staff must put
    something right and no other way took it.
    """
    if message.state != State.PENDING:
        return
    template = MessageTemplate.objects.filter(event=message.event).first()
    letter = Letter(message, template, message_rule())
    if not may_disturb(message.event, template) and (seconds := quiet_seconds(letter.rule)):
        raise outbox.RetryLater("夜间免打扰，天亮后发送", after_seconds=seconds)
    _refresh(message)
    tries = {one.way: one for one in message.tries.all()}
    reasons: list[NotThisWay] = []
    for way, send in ((Way.TEMPLATE, _by_template), (Way.CHAT, _by_chat), (Way.SMS, _by_sms)):
        before = tries.get(way)
        if before is not None and before.outcome != Outcome.WAITING:
            reasons.append(NotThisWay(before.problem, code=before.code, staff=before.code in STAFF_MUST_LOOK))
            continue
        try:
            outside_id = send(letter)
        except WayShut as reason:
            reasons.append(reason)
        except NotThisWay as reason:
            _note(message, way, Outcome.REFUSED, code=reason.code, problem=str(reason))
            reasons.append(reason)
        except Unknown as silence:
            noted = _note(message, way, Outcome.WAITING, problem="没有应答，稍后重发")
            if noted.times < PATIENCE:
                _later(message, f"{Way(way).label}没有应答，稍后重发", silence)
            reasons.append(NotThisWay(f"{Way(way).label}多次没有应答"))
        else:
            _sent(message, way, outside_id)
            return
    _nowhere(message, reasons)


def _refresh(message: Message) -> None:
    """Bring a reminder up to date: the room may have changed since it was planned."""
    event = events.get(message.event)
    if event is None or event.fresh is None or not message.subject:
        return
    facts = {**message.facts, **event.fresh(message.subject)}
    if facts != message.facts:
        message.facts = facts
        message.save(update_fields=["facts"])


def _by_template(letter: Letter) -> str:
    template, message = letter.template, letter.message
    if template is None or not template.is_active or not template.template_id:
        raise WayShut("没有启用对应的消息模板")
    if not message.openid:
        raise WayShut("患者没有微信身份")
    try:
        data = values_of(template.mapping, message.facts)
    except values.ValueBreaksRule as problem:
        raise NotThisWay(str(problem), code=UNMAPPED, staff=True) from problem
    try:
        return wechat.client().send_template(
            openid=message.openid,
            template_id=template.template_id,
            data=data,
            url=letter.address,
            client_msg_id=message.ref,
        )
    except Refused as refusal:
        raise _closed(refusal) from refusal


def _by_chat(letter: Letter) -> str:
    message = letter.message
    if not letter.rule.use_chat or (letter.template is not None and not letter.template.is_active):
        raise WayShut("没有启用客服消息")
    if not message.openid:
        raise WayShut("患者没有微信身份")
    if not windows.take(message.openid):
        raise WayShut("患者近 48 小时没有与公众号互动，不能发客服消息")
    text = f"【{message.title}】{letter.sentence}".replace("<", "‹").replace(">", "›")
    if letter.address:
        text += f'\n<a href="{letter.address}">查看详情</a>'
    try:
        wechat.client().send_text(openid=message.openid, text=text)
    except Refused as refusal:
        windows.close(message.openid)
        raise _closed(refusal) from refusal
    return ""


def _by_sms(letter: Letter) -> str:
    message = letter.message
    template = letter.template
    if not letter.rule.use_sms or template is None or not template.is_active or not template.sms_template:
        raise WayShut("没有启用短信")
    send = sms.sender()
    if send is None:
        raise WayShut("没有接通短信服务")
    try:
        facts = with_now(message.facts)
        params = [values.sms_value(str(facts.get(code, ""))) for code in template.sms_facts]
        outside_id = send(message.account_ref, template.sms_template, params, message.ref)
    except Refused as refusal:
        raise NotThisWay(f"短信被拒绝（{refusal.code} {refusal.message}）", code=refusal.code) from refusal
    if outside_id is None:
        raise WayShut("没有可用的手机号")
    return outside_id


def _closed(refusal: Refused) -> Exception:
    """Return what a refusal of WeChat means: another way, or this one again later."""
    if refusal.code in FINAL:
        return NotThisWay(
            f"{FINAL[refusal.code]}（{refusal.code}）", code=refusal.code, staff=refusal.code in STAFF_MUST_LOOK
        )
    return Unknown(f"wechat refuses for now: {refusal.code} {refusal.message}")


def _note(message: Message, way: str, outcome: str, *, code: str = "", problem: str = "") -> MessageTry:
    row, _created = MessageTry.objects.get_or_create(
        message=message, way=way, defaults={"outcome": outcome, "at": timezone.now()}
    )
    row.outcome, row.code, row.problem = outcome, code[:40], problem[:300]
    row.at, row.times = timezone.now(), row.times + 1
    row.save()
    return row


@transaction.atomic
def _sent(message: Message, way: str, outside_id: str) -> None:
    _note(message, way, Outcome.SENT)
    # The notice of what became of it may have come first: what is delivered stays delivered.
    Message.objects.filter(pk=message.pk, state=State.PENDING).update(
        state=State.SENT, way=way, outside_id=outside_id[:64], problem="", sent_at=timezone.now()
    )


def _nowhere(message: Message, reasons: list[NotThisWay]) -> None:
    """Say why it stays in the portal; staff are called where a setting of theirs is the reason."""
    said = "；".join(dict.fromkeys(str(reason) for reason in reasons))
    tried = [reason for reason in reasons if not isinstance(reason, WayShut)]
    state = State.FAILED if tried else State.PORTAL
    problem = said if tried else f"{said}，消息只在门户内显示"
    Message.objects.filter(pk=message.pk, state=State.PENDING).update(state=state, problem=problem[:300])
    if any(reason.staff for reason in tried):
        raise outbox.GiveUp(said)


def _later(message: Message, problem: str, cause: Exception) -> NoReturn:
    Message.objects.filter(pk=message.pk).update(problem=problem[:300])
    raise outbox.RetryLater(problem) from cause


def finished(*, outside_id: str, status: str) -> bool:
    """Apply WeChat's notice of what became of a template message; False while its sender has not written it down.

    One that was not delivered goes on to the next way.
    """
    message = Message.objects.filter(outside_id=outside_id, way=Way.TEMPLATE).first()
    if message is None:
        return False
    with transaction.atomic():
        row = Message.objects.select_for_update().get(pk=message.pk)
        if row.state != State.SENT:
            return True
        told = MessageTry.objects.select_for_update().get(message=row, way=Way.TEMPLATE)
        told.at = timezone.now()
        if status == "success":
            told.outcome = Outcome.DELIVERED
            row.state, row.delivered_at = State.DELIVERED, told.at
        else:
            refused = "block" in status
            told.outcome = Outcome.UNDELIVERED
            told.problem = "用户拒收此类消息" if refused else f"微信没有送达（{status}）"[:300]
            row.state, row.way, row.problem = State.PENDING, "", told.problem
            outbox.enqueue("messaging.deliver", {"message": row.ref}, key=f"messaging.deliver:{row.ref}:after_template")
        told.save()
        row.save()
    return True
