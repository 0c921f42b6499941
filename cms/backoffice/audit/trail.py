"""Writing down what staff do, with the words staff read in the list of deeds."""

from typing import Any

from django.apps import apps
from django.contrib.auth.models import AbstractBaseUser
from django.db import models
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from blocks.client_address import source_ip
from business.security import audit
from business.security.models import AuditEvent
from cms.backoffice.audit.current import current_request

# What an event is called in the list; an event of another part that is missing here is shown by its code.
LABELS = {
    "staff.signed_in": _("登录"),
    "staff.signed_out": _("退出"),
    "staff.sign_in_failed": _("登录失败"),
    "staff.denied": _("越权访问被拒绝"),
    "staff.request": _("后台提交"),
    "user.created": _("新建用户"),
    "user.changed": _("修改用户"),
    "user.deleted": _("删除用户"),
    "user.groups": _("调整用户角色"),
    "user.permissions": _("调整用户权限"),
    "group.created": _("新建角色"),
    "group.changed": _("修改角色"),
    "group.deleted": _("删除角色"),
    "group.permissions": _("调整角色权限"),
    "page.published": _("发布页面"),
    "page.unpublished": _("撤下页面"),
    "page.deleted": _("删除页面"),
    "page.moved": _("移动页面"),
    "page.submitted": _("送审"),
    "page.approved": _("审核通过"),
    "page.returned": _("退回修改"),
    "page.withdrawn": _("撤回送审"),
    "article.draft_requested": _("送公众号草稿"),
    "page.schedule_failed": _("定时发布未成功"),
    "draft_link.made": _("生成草稿链接"),
    "draft_link.revoked": _("作废草稿链接"),
    "patient.unmasked": _("查看完整个人信息"),
    "patient.searched": _("按个人信息查找"),
    "record.created": _("新建"),
    "record.changed": _("修改"),
    "record.deleted": _("删除"),
    "incident.resolved": _("处理资金异常"),
    "outbox.revived": _("重新执行待办"),
    "refund.retried": _("重新发起退款"),
    "payments.refund_requested": _("申请退款"),
    "payments.reversal_requested": _("发起冲正"),
    "finance.reconciled": _("完成对账"),
    "finance.refund_asked": _("患者申请退款"),
    "order.code_taken": _("窗口扫付款码"),
    "refund.redirected": _("退款改退医院账户"),
    "reconciliation.repeated": _("重新对账"),
    "difference.taken": _("认领对账差异"),
    "difference.proposed": _("提出差异处理"),
    "difference.approved": _("批准资金处理"),
    "difference.rejected": _("驳回资金处理"),
    "request.answered": _("答复退款申请"),
    "patients.account_opened": _("患者账户开通"),
    "patients.signin": _("患者登录"),
    "patients.signout": _("患者退出"),
    "patients.add": _("添加就诊人"),
    "patients.remove": _("移除就诊人"),
    "patients.file": _("就诊人建档"),
    "patients.edit": _("修改就诊人"),
    "patients.phone_proved": _("验证手机号"),
    "patients.name_checked": _("实名核验"),
    "patients.migrated": _("迁移旧账户"),
    "cards.bind": _("绑定就诊卡"),
    "cards.bind_file": _("建档时绑定就诊卡"),
    "cards.taken_over": _("就诊卡被换绑"),
    "cards.unbind": _("解绑就诊卡"),
    "cards.unbound_by_staff": _("工作人员解绑就诊卡"),
    "blacklist.closed": _("加入黑名单"),
    "blacklist.released": _("解除黑名单"),
    "blacklist.appealed": _("提交申诉"),
    "blacklist.appeal_decided": _("处理申诉"),
    "device.scanned": _("设备扫码"),
    "device.refused": _("设备请求被拒绝"),
    "device.key_changed": _("更换设备密钥"),
    "blocks.rules": _("修改组件权限"),
    "blocks.page_locked": _("锁定页面业务组件"),
    "blocks.page_unlocked": _("解除页面业务组件锁"),
    "money.exported": _("导出资金数据"),
    "theme.created": _("新建主题"),
    "theme.saved": _("保存主题草稿"),
    "theme.published": _("发布主题"),
    "theme.deleted": _("删除主题"),
    "theme.imported": _("导入主题"),
    "theme.scheduled": _("安排主题"),
    "theme.unscheduled": _("取消主题安排"),
    "menu.pushed": _("推送公众号菜单"),
    "menu.deleted": _("删除公众号菜单"),
    "menu.failed": _("推送公众号菜单失败"),
    "audit.checked": _("校验操作记录"),
    "template.created": _("新建页面模板"),
    "template.replaced": _("替换页面模板"),
    "template.changed": _("修改页面模板"),
    "template.moved": _("调整页面模板顺序"),
    "template.deleted": _("删除页面模板"),
    "shared.created": _("新建公用内容"),
    "shared.published": _("发布公用内容"),
    "shared.unpublished": _("撤下公用内容"),
    "shared.deleted": _("删除公用内容"),
    "portal.exported": _("导出门户包"),
    "portal.imported": _("导入门户包"),
    "schedule.created": _("新建门诊"),
    "schedule.deleted": _("删除门诊"),
    "schedule.week_made": _("生成一周排班"),
    "schedule.extra": _("加号"),
    "schedule.slots": _("调整号源"),
    "schedule.amended": _("修改门诊名称与费用"),
    "schedule.changed": _("停诊或变更门诊"),
    "change.retried": _("重试受影响的预约"),
    "sync.asked": _("发起 HIS 同步"),
    "booking.cancelled": _("替患者取消预约"),
    "booking.no_show": _("登记爽约"),
    "booking.came": _("撤销爽约登记"),
    "bookings.exported": _("导出预约"),
    "datasource.tried": _("试读数据源"),
    "messaging.templates_fetched": _("读取公众号模板"),
    "visits.checked_in": _("报到"),
    "visits.no_show": _("登记爽约"),
    "visits.code_renewed": _("更换报到码"),
}


def label(event: str) -> str:
    """Return the Chinese name of an event."""
    return str(LABELS.get(event, event))


PROGRAMS = {
    "command": _("维护命令"),
    "portal": _("门户"),
    "system": _("系统"),
    "worker": _("后台任务"),
}


def actor_label(event: AuditEvent) -> str:
    """Return who acted: a user's name or an account's number as they are, a program in Chinese."""
    is_program = event.actor_kind == AuditEvent.ActorKind.SYSTEM
    return str(PROGRAMS.get(event.actor, event.actor)) if is_program else event.actor


def object_label(object_type: str) -> str:
    """Return the Chinese name of what a deed was done to; the code of a view stays as it is."""
    try:
        return str(apps.get_model(object_type)._meta.verbose_name)
    except (LookupError, ValueError):
        return object_type


def reference(obj: models.Model) -> str:
    """Return the number by which a thing is found again: its public reference, its code, else its key."""
    for name in ("ref", "out_trade_no", "code", "key", "username", "name"):
        if value := getattr(obj, name, ""):
            return str(value)[:64]
    return str(obj.pk)


def deed(
    request: HttpRequest | None,
    event: str,
    obj: models.Model | None = None,
    *,
    result: str = AuditEvent.Result.OK,
    detail: dict[str, Any] | None = None,
    staff: AbstractBaseUser | None = None,
    object_type: str = "",
    object_ref: str = "",
) -> None:
    """Write one deed of the person behind ``request``, in the caller's transaction; without a request, of a program.

    Raises whatever the trail raises: a deed that cannot be written down must not happen (T15).
    """
    request = request or current_request()
    user: Any = staff or getattr(request, "user", None)
    if user is not None and not user.is_authenticated:
        user = None
    program = "portal" if request else "command"
    audit.record(
        event,
        staff=user,
        program="" if user else program,
        object_type=object_type or (obj._meta.label if obj is not None else ""),
        object_ref=object_ref or (reference(obj) if obj is not None else ""),
        result=result,
        source_ip=source_ip(request) if request else None,
        detail=detail,
    )
    if request is not None:
        request.deed_written = True  # type: ignore[attr-defined]
