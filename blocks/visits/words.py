"""How check-in and queue are put into words: one place for the blocks and the live line."""

from dataclasses import dataclass
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from business.visits.models import Visit
from business.visits.queries import Standing
from themes.templatetags.portal_tags import clock

State = Visit.State
# Seconds until the page asks again: sooner the nearer, and longer the longer somebody looks.
NEAR, FAR = 5, 15
PAUSES = ((0, 6), (NEAR, 10), (FAR, 20))
FARTHEST, FALLEN_ASLEEP = 30, 400
SLOWER_EVERY = 60  # after so many questions each pause is one step longer


@dataclass(frozen=True)
class Live:
    """The line that changes: mark (success, wait, closed, fail), a title, what stands below."""

    mark: str
    title: Any
    text: Any
    moves: bool  # whether it is worth asking again


def live(standing: Standing) -> Live:  # noqa: PLR0911 - one answer a state
    """Return where a patient stands in the queue."""
    visit, rule, window = standing.visit, standing.rule, standing.window
    match standing.state:
        case State.CHECKING:
            return Live("wait", _("正在为您报到"), _("医院系统正在确认，请稍候，不用重复扫码。"), True)
        case State.WAITING:
            return _waiting(standing)
        case State.CALLED:
            room = visit.room if visit else ""
            return Live("success", _("轮到您了，请就诊"), _("请到 {room}。").format(room=room) if room else "", True)
        case State.PASSED:
            return Live("fail", _("您已过号"), rule.passed_text, True)
        case State.DONE:
            return Live("closed", _("本次就诊已结束"), _("祝您早日康复。"), False)
        case State.NO_SHOW:
            return Live("closed", _("没有按时就诊"), _("这次预约登记为爽约。如有误，请联系医院服务台。"), False)
        case "early":
            at = f"{timezone.localtime(window.opens_at):%m月%d日 %H:%M}"
            return Live("wait", _("还没有到报到时间"), _("{at} 起可以报到。").format(at=at), False)
        case "open":
            problem = visit.problem if visit else ""
            return Live("wait", _("可以报到了"), problem or _("到院后扫诊区的报到码，或在自助机出示您的二维码。"), True)
    return Live("closed", _("已过报到时间"), _("请到窗口办理。"), False)


def _waiting(standing: Standing) -> Live:
    visit, board = standing.visit, standing.board
    if visit is None or visit.ahead is None:
        return Live("wait", _("已报到，请候诊"), _("请留意叫号。"), True)
    text: Any
    if board is not None and board.state == "paused":
        text = _("叫号暂停，请稍候。")
    elif board is not None and board.calling:
        text = _("正在就诊：{calling}").format(calling=board.calling)
    else:
        text = _("医生还没有开始叫号。")
    if not visit.ahead:
        return Live("wait", _("下一位就是您"), text, True)
    return Live("wait", _("前面还有 {n} 人").format(n=visit.ahead), text, True)


def told_line(standing: Standing) -> str:
    """Say how old the position is, when HIS has not told for a while."""
    if standing.told_at is None or standing.state != State.WAITING:
        return ""
    return str(_("{at} 更新").format(at=clock(standing.told_at)))


def pause(standing: Standing, n: int) -> int:
    """Return the seconds until the next question."""
    ahead = standing.visit.ahead if standing.visit and standing.visit.ahead is not None else 0
    seconds = next((s for most, s in PAUSES if ahead <= most), FARTHEST)
    return min(seconds + (n // SLOWER_EVERY) * 5, FARTHEST * 2)
