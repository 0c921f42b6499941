"""Finding or opening the account behind an outside identity."""

from django.db import IntegrityError, transaction

from business.integration.wechat import WeChatUser
from business.patients.errors import AccountDisabled
from business.patients.models import Account, Identity
from business.security import audit, crypto


def index_of(kind: str, app_id: str, subject: str) -> str:
    """Return the blind index by which an identity is found."""
    return crypto.blind_index(f"identity.{kind}.{app_id}", subject)


def _find(kind: str, app_id: str, subject: str) -> Account | None:
    identity = (
        Identity.objects.select_related("account")
        .filter(kind=kind, app_id=app_id, subject_index=index_of(kind, app_id, subject))
        .first()
    )
    return identity.account if identity else None


def _bind(account: Account, kind: str, app_id: str, subject: str) -> None:
    Identity.objects.create(
        account=account, kind=kind, app_id=app_id, subject=subject, subject_index=index_of(kind, app_id, subject)
    )


def of_wechat(user: WeChatUser) -> Account:
    """Return the account of a WeChat user, opened at the first visit; raise AccountDisabled where staff closed it."""
    account = _of_wechat(user)
    if not account.is_active:
        audit.record("patients.signin", account_ref=account.ref, result="denied", detail={"entrance": "wechat"})
        raise AccountDisabled("您的账户已停用，如有疑问请联系医院服务台")
    return account


def _of_wechat(user: WeChatUser) -> Account:
    openid, unionid = Identity.Kind.WECHAT_OPENID, Identity.Kind.WECHAT_UNIONID
    account = _find(openid, user.app_id, user.openid)
    if account is not None:
        return account
    try:
        with transaction.atomic():
            account = _find(unionid, "", user.unionid) if user.unionid else None
            if account is None:
                account = Account.objects.create()
                if user.unionid:
                    _bind(account, unionid, "", user.unionid)
                audit.record("patients.account_opened", account_ref=account.ref, object_ref=account.ref)
            _bind(account, openid, user.app_id, user.openid)
            return account
    except IntegrityError:
        # Two first visits at once: the other one has opened the account.
        account = _find(openid, user.app_id, user.openid)
        if account is None:
            raise
        return account


def account_of_openid(app_id: str, openid: str) -> Account | None:
    """Return the account of an openid of an official account, None where there is none."""
    return _find(Identity.Kind.WECHAT_OPENID, app_id, openid)


def open_for_openid(app_id: str, openid: str, unionid: str = "") -> Account:
    """Open the account of an openid nobody has signed in with yet; in the caller's transaction."""
    account = _find(Identity.Kind.WECHAT_UNIONID, "", unionid) if unionid else None
    if account is None:
        account = Account.objects.create()
        if unionid:
            _bind(account, Identity.Kind.WECHAT_UNIONID, "", unionid)
    _bind(account, Identity.Kind.WECHAT_OPENID, app_id, openid)
    return account
