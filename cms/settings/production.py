"""The full installation: PostgreSQL or MySQL/MariaDB, Redis with RQ, behind a front server that speaks HTTPS.

Every setting comes from the environment and is explained in deploy/production.env.
"""

import base64
import binascii
from urllib.parse import urlsplit

from cms.settings import databases
from cms.settings.base import *
from cms.settings.base import BLIND_INDEX_KEY, FIELD_KEYS, MIDDLEWARE, PORTAL_URL, WECHATPAY, env

_SECRET_LENGTH, _SECRET_VARIETY = 50, 5  # what Django's own deployment check asks for
_SM4_KEY_BYTES, _INDEX_KEY_BYTES = 16, 32
_APIV3_KEY_LENGTH = 32

DEBUG = False
SECRET_KEY = env.text("PH_SECRET_KEY")
ALLOWED_HOSTS = env.names("PH_ALLOWED_HOSTS")
CSRF_TRUSTED_ORIGINS = env.names("PH_CSRF_TRUSTED_ORIGINS", default=[PORTAL_URL] if PORTAL_URL else [])

_database = env.database("PH_DATABASE_URL")
if _database and _database["ENGINE"] not in {databases.POSTGRESQL, databases.MYSQL}:
    env.wrong("PH_DATABASE_URL", "应为 postgres://… 或 mysql://…（SQLite 只用于演示）")
    _database = {}
DATABASES = {"default": databases.server(_database)} if _database else {}

# --- HTTPS -------------------------------------------------------------------------------------------------------
SECURE_SSL_REDIRECT = env.flag("PH_SSL_REDIRECT", default=True)
SECURE_HSTS_SECONDS = env.whole("PH_HSTS_SECONDS", default=31_536_000)
SECURE_HSTS_INCLUDE_SUBDOMAINS = env.flag("PH_HSTS_SUBDOMAINS", default=True)
SECURE_HSTS_PRELOAD = env.flag("PH_HSTS_PRELOAD", default=False)
SILENCED_SYSTEM_CHECKS = [
    # Frames of the same site are how the editor's preview works.
    "security.W019",
    # Entering a browser vendor's preload list binds the whole domain for years: the hospital decides, not a checker.
    "security.W021",
]
# "X-Forwarded-Proto" when a front server sets it (and removes what clients send); empty when none does.
_forwarded = env.text("PH_PROXY_SSL_HEADER")
SECURE_PROXY_SSL_HEADER = (f"HTTP_{_forwarded.upper().replace('-', '_')}", "https") if _forwarded else None

# The __Host- prefix makes browsers refuse these cookies from another host, another path or plain HTTP.
SESSION_COOKIE_SECURE = True
SESSION_COOKIE_NAME = "__Host-session"
CSRF_COOKIE_SECURE = True
CSRF_COOKIE_NAME = "__Host-csrf"
ACCOUNT_COOKIE = "__Host-account"

# --- files -------------------------------------------------------------------------------------------------------
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
# Uploads are nginx's work too; True lets the portal hand them out where there is no front server.
SERVE_MEDIA = env.flag("PH_SERVE_MEDIA", default=False)
if not env.flag("PH_SERVE_STATIC", default=True):
    # nginx serves STATIC_ROOT itself; see deploy/nginx/.
    MIDDLEWARE.remove("whitenoise.middleware.WhiteNoiseMiddleware")


def _decodes_to(text: str, size: int) -> bool:
    try:
        return len(base64.b64decode(text, validate=True)) == size
    except (binascii.Error, ValueError):
        return False


def _field_keys_hold(text: str) -> bool:
    pairs = [part.strip().partition(":") for part in text.split(",") if part.strip()]
    return bool(pairs) and all(name and _decodes_to(key, _SM4_KEY_BYTES) for name, _, key in pairs)


# --- all that must be there ---------------------------------------------------------------------------------------
env.require(
    "PH_SECRET_KEY",
    "PH_ALLOWED_HOSTS",
    "PH_PORTAL_URL",
    "PH_DATABASE_URL",
    "PH_FIELD_KEYS",
    "PH_BLIND_INDEX_KEY",
    "PH_HIS_URL",
    "PH_HIS_APP_ID",
    "PH_HIS_SECRET",
    "PH_WECHAT_APP_ID",
    "PH_WECHAT_SECRET",
    "PH_WECHATPAY_MCHID",
    "PH_WECHATPAY_CERT_SERIAL",
    "PH_WECHATPAY_PRIVATE_KEY_FILE",
    "PH_WECHATPAY_PUBLIC_KEY_FILE",
    "PH_WECHATPAY_PUBLIC_KEY_ID",
    "PH_WECHATPAY_APIV3_KEY",
)
env.expect(
    "PH_SECRET_KEY",
    len(SECRET_KEY) >= _SECRET_LENGTH and len(set(SECRET_KEY)) >= _SECRET_VARIETY,
    f"至少 {_SECRET_LENGTH} 个随机字符",
)
env.expect("PH_ALLOWED_HOSTS", "*" not in ALLOWED_HOSTS, "不能是 *，请写出门户的域名")
env.expect("PH_PORTAL_URL", urlsplit(PORTAL_URL).scheme == "https", "应以 https:// 开头")
env.expect("PH_FIELD_KEYS", _field_keys_hold(FIELD_KEYS), "应为 编号:密钥，密钥是 16 字节的 base64")
env.expect("PH_BLIND_INDEX_KEY", _decodes_to(BLIND_INDEX_KEY, _INDEX_KEY_BYTES), "应为 32 字节的 base64")
env.expect("PH_WECHATPAY_APIV3_KEY", len(WECHATPAY["APIV3_KEY"]) == _APIV3_KEY_LENGTH, "应为 32 个字符")
env.check(unknown=True)
