"""Settings shared by every installation; what differs comes from the environment (names start with PH_)."""

import os
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from cms.settings import content_security, logs, merchants
from cms.settings.reader import Reader

BASE_DIR = Path(__file__).resolve().parents[2]
# Where everything a run makes lives: the embedded database, uploads, collected static files.
VAR_DIR = Path(os.environ.get("PH_VAR_DIR") or BASE_DIR / "var").resolve()
env = Reader()
env.text("PH_VAR_DIR")

INSTALLED_APPS = [
    "cms.pages",
    "cms.pages.cache",
    "cms.articles",
    "cms.help",
    "cms.editor",
    "cms.guide",
    "cms.blockrules",
    "cms.library",
    "cms.shared",
    "cms.bundles",
    "cms.studio",
    "cms.backoffice",
    "blocks",
    "themes",
    "business.registration",
    "business.visits",
    "business.finance",
    "business.payments",
    "business.patients",
    "business.hospital",
    "business.notices",
    "business.datasources",
    "business.messaging",
    "business.integration",
    "business.security",
    "wagtail.contrib.settings",
    "wagtail.contrib.redirects",
    "wagtail.embeds",
    "wagtail.sites",
    "cms.backoffice.users_app.StaffUsersConfig",
    "wagtail.snippets",
    "wagtail.documents",
    "wagtail.images",
    "wagtailmedia",
    "wagtail.search",
    "wagtail.admin",
    "wagtail",
    "modelcluster",
    "taggit",
    "mptt",
    "django_filters",
    "django_htmx",
    "csp",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
]

MIDDLEWARE = [
    "cms.pages.cache.middleware.page_cache_middleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "cms.content_security.ContentSecurityMiddleware",
    "cms.null_bytes.null_bytes_middleware",
    "cms.body_size.body_size_middleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "cms.backoffice.audit.middleware.desk_middleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "blocks.patients.middleware.account_middleware",
    "cms.pages.pack_middleware.pack_middleware",
    "wagtail.contrib.redirects.middleware.RedirectMiddleware",
]

ROOT_URLCONF = "cms.urls"
WSGI_APPLICATION = "cms.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "cms" / "templates"],
        "OPTIONS": {
            # A theme pack's templates first (themes/README.md); they are not the same for every site.
            "loaders": [
                "themes.loaders.PackLoader",
                (
                    "django.template.loaders.cached.Loader",
                    [
                        "django.template.loaders.filesystem.Loader",
                        "django.template.loaders.app_directories.Loader",
                    ],
                ),
            ],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "简体中文")]
WAGTAIL_CONTENT_LANGUAGES = LANGUAGES
WAGTAILADMIN_PERMITTED_LANGUAGES = LANGUAGES
TIME_ZONE = "Asia/Shanghai"
USE_I18N = True
USE_TZ = True
LOCALE_PATHS = [BASE_DIR / "cms" / "locale"]

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
# A page of 200 blocks has 3,000 form fields, and five times as many where each of them holds lists.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 40_000
# A page may hold several pasted articles of up to 1 MB each; patients may send far less (cms/body_size.py).
DATA_UPLOAD_MAX_MEMORY_SIZE = 10_000_000

STATIC_URL = "/static/"
STATICFILES_FINDERS = [
    "themes.bundle.BundleFinder",
    "django.contrib.staticfiles.finders.FileSystemFinder",
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
]
# The pictures of the guide for staff stand beside its text.
STATICFILES_DIRS = [("guide/pictures", BASE_DIR / "docs" / "guide" / "images")]
STATIC_ROOT = env.text("PH_STATIC_ROOT", default=str(VAR_DIR / "static"))
MEDIA_URL = "/media/"
MEDIA_ROOT = env.text("PH_MEDIA_ROOT", default=str(VAR_DIR / "media"))
SERVE_MEDIA = True

WAGTAIL_SITE_NAME = "掌上医院"
# Milliseconds after the last key; the preview shows within a second what was typed.
WAGTAIL_AUTO_UPDATE_PREVIEW_INTERVAL = 150
WAGTAILADMIN_USER_LOGIN_FORM = "cms.editor.forms.DeskLoginForm"
WAGTAIL_ENABLE_UPDATE_CHECK = False
WAGTAIL_GRAVATAR_PROVIDER_URL = None
WAGTAILSEARCH_BACKENDS = {"default": {"BACKEND": "wagtail.search.backends.database"}}
WAGTAILDOCS_SERVE_METHOD = "serve_view"
# Nothing that a browser or a computer would run.
WAGTAILDOCS_EXTENSIONS = ["pdf", "doc", "docx", "xls", "xlsx", "ppt", "pptx", "txt", "csv", "zip", "vtt"]
# Pictures are drawn anew on the way in (blocks/uploads.py); SVG is not among them, it can hold programs.
WAGTAILIMAGES_IMAGE_FORM_BASE = "cms.upload_forms.PictureForm"
WAGTAILIMAGES_EXTENSIONS = ["jpg", "jpeg", "png", "webp", "gif", "heic", "avif"]
WAGTAILIMAGES_MAX_UPLOAD_SIZE = 20 * 1024 * 1024
# What WeChat on every phone can play.
WAGTAILMEDIA = {
    "MEDIA_FORM_BASE": "cms.upload_forms.MediaForm",
    "AUDIO_EXTENSIONS": ["mp3", "m4a", "wav"],
    "VIDEO_EXTENSIONS": ["mp4", "m4v"],
}
MEDIA_MAX_BYTES = 200_000_000

# --- the portal itself -------------------------------------------------------------------------------------------
# How patients and WeChat reach us, without a final /.
PORTAL_URL = env.url("PH_PORTAL_URL", default="http://127.0.0.1:8000")
WAGTAILADMIN_BASE_URL = PORTAL_URL
# Proxies whose X-Forwarded-For is believed when it matters where somebody sits (audit trail, payment); addresses or
# networks.
TRUSTED_PROXIES = env.names("PH_TRUSTED_PROXIES")
ADMIN_PATH = env.text("PH_ADMIN_PATH", default="staff").strip("/")

# Field encryption: "id:base64key,id:base64key"; the first encrypts, all decrypt. 16-byte SM4 keys.
FIELD_KEYS = env.text("PH_FIELD_KEYS")
BLIND_INDEX_KEY = env.text("PH_BLIND_INDEX_KEY")  # base64, 32 bytes, HMAC-SM3

# --- outside systems: addresses, names and secrets; time limits in seconds ---------------------------------------
OUTSIDE_OFF = frozenset(env.names("PH_OUTSIDE_OFF"))  # systems that must not be called now
HIS: dict[str, Any] = {
    "URL": env.url("PH_HIS_URL"),
    "APP_ID": env.text("PH_HIS_APP_ID"),
    "SECRET": env.text("PH_HIS_SECRET"),
    "TIMEOUT": env.number("PH_HIS_TIMEOUT", default=5),
}
WECHAT: dict[str, Any] = {
    "APP_ID": env.text("PH_WECHAT_APP_ID"),
    "SECRET": env.text("PH_WECHAT_SECRET"),
    # Of the account's server configuration: what WeChat tells us is signed with the token, encrypted with the key.
    "TOKEN": env.text("PH_WECHAT_TOKEN"),
    "AES_KEY": env.text("PH_WECHAT_AES_KEY"),
    "API_URL": env.url("PH_WECHAT_API_URL", default="https://api.weixin.qq.com"),
    "OPEN_URL": env.url("PH_WECHAT_OPEN_URL", default="https://open.weixin.qq.com"),
    "TIMEOUT": env.number("PH_WECHAT_TIMEOUT", default=5),
}
WECHATPAY: dict[str, Any] = {
    "URL": env.url("PH_WECHATPAY_URL", default="https://api.mch.weixin.qq.com"),
    "MCHID": env.text("PH_WECHATPAY_MCHID"),
    "APP_ID": env.text("PH_WECHAT_APP_ID"),
    "CERT_SERIAL": env.text("PH_WECHATPAY_CERT_SERIAL"),
    "PRIVATE_KEY_FILE": env.file("PH_WECHATPAY_PRIVATE_KEY_FILE"),
    "PUBLIC_KEY_FILE": env.file("PH_WECHATPAY_PUBLIC_KEY_FILE"),
    "PUBLIC_KEY_ID": env.text("PH_WECHATPAY_PUBLIC_KEY_ID"),
    "APIV3_KEY": env.text("PH_WECHATPAY_APIV3_KEY"),
    "TIMEOUT": env.number("PH_WECHATPAY_TIMEOUT", default=6),
    # Certificate mode, for merchants without WeChat Pay's public key, or on their way to it.
    "CERTIFICATES": env.flag("PH_WECHATPAY_CERTIFICATES", default=False),
    # As a service provider's sub-merchant: PH_WECHATPAY_MCHID is then the provider.
    "SUB_MCHID": env.text("PH_WECHATPAY_SUB_MCHID"),
    "SUB_APP_ID": env.text("PH_WECHATPAY_SUB_APP_ID"),
    "MINI_APP_ID": env.text("PH_WECHAT_MINI_APP_ID"),
    # Where a browser outside WeChat pays; only a sandbox has such a page, production leaves it empty.
    "CASHIER_URL": env.url("PH_WECHATPAY_CASHIER_URL"),
    # Further merchants by name, «east, post»; each has PH_WECHATPAY_EAST_MCHID … and takes the rest from above.
    "MERCHANTS": [merchants.wechatpay(env, name) for name in env.names("PH_WECHATPAY_MERCHANTS")],
}
# Text messages (Tencent Cloud SMS); without the secrets no phone number is proved by a code.
SMS: dict[str, Any] = {
    "URL": env.url("PH_SMS_URL", default="https://sms.tencentcloudapi.com"),
    "SECRET_ID": env.text("PH_SMS_SECRET_ID"),
    "SECRET_KEY": env.text("PH_SMS_SECRET_KEY"),
    "REGION": env.text("PH_SMS_REGION", default="ap-guangzhou"),
    "APP_ID": env.text("PH_SMS_APP_ID"),
    "SIGN_NAME": env.text("PH_SMS_SIGN_NAME"),
    "CODE_TEMPLATE": env.text("PH_SMS_CODE_TEMPLATE"),
    "TIMEOUT": env.number("PH_SMS_TIMEOUT", default=5),
}
# Real-name checks (Tencent Cloud FaceID); used where the hospital's rule for patients asks for them.
REALNAME: dict[str, Any] = {
    "URL": env.url("PH_REALNAME_URL", default="https://faceid.tencentcloudapi.com"),
    "SECRET_ID": env.text("PH_REALNAME_SECRET_ID"),
    "SECRET_KEY": env.text("PH_REALNAME_SECRET_KEY"),
    "TIMEOUT": env.number("PH_REALNAME_TIMEOUT", default=5),
}
SANDBOX_URL = env.url("PH_SANDBOX_URL")
# Letters to staff; without a server the desk alone tells them. The worker sends, see cms/mail.py.
EMAIL_BACKEND = "cms.mail.QueuedBackend"
EMAIL_HOST = env.text("PH_EMAIL_HOST")
EMAIL_PORT = env.whole("PH_EMAIL_PORT", default=465)
EMAIL_HOST_USER = env.text("PH_EMAIL_USER")
EMAIL_HOST_PASSWORD = env.text("PH_EMAIL_PASSWORD")
EMAIL_USE_SSL = env.flag("PH_EMAIL_SSL", default=True)
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env.text("PH_EMAIL_FROM", default=EMAIL_HOST_USER or "portal@localhost")
# host[:port] of web addresses that administrators may declare as data sources; nothing else is ever called for them.
DATA_HOSTS = frozenset(name.lower() for name in env.names("PH_DATA_HOSTS"))
# Where pictures of pasted articles may be fetched from: these hosts and those below them, at public addresses only.
PICTURE_HOSTS = env.names(
    "PH_PICTURE_HOSTS",
    default=["qpic.cn", "qlogo.cn", "135editor.com", "xiumi.us", "365editor.com", "96weixin.com", "yiban.io"],
)
# The hospital's own picture servers as host:port; they need not be public.
PICTURE_HOSTS_INSIDE = [
    *env.names("PH_PICTURE_HOSTS_INSIDE"),
    *(urlsplit(SANDBOX_URL).netloc for _ in range(bool(SANDBOX_URL))),
]

# --- Redis: a queue, a shared cache; the portal runs without ------------------------------------------------------
REDIS_URL = env.text("PH_REDIS_URL")
if REDIS_URL:
    INSTALLED_APPS += ["django_rq"]
    RQ_QUEUES = {"outbox": {"URL": REDIS_URL, "DEFAULT_TIMEOUT": 120}}
    CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}}

# Rendered pages: megabytes in each process (0 keeps none there), and in Redis for all processes together.
PAGE_CACHE_MB = env.whole("PH_PAGE_CACHE_MB", default=32)
PAGE_CACHE_SHARED = bool(REDIS_URL)

# --- what browsers may do -----------------------------------------------------------------------------------------
_media = content_security.origins(*env.names("PH_CSP_MEDIA"))
CONTENT_SECURITY_POLICY = content_security.portal(
    form_targets=content_security.origins(
        WECHAT["OPEN_URL"], WECHATPAY["CASHIER_URL"], "https://wx.tenpay.com", SANDBOX_URL
    ),
    media=_media,
)
CONTENT_SECURITY_POLICY_DESK = content_security.desk(media=_media)
# The editor's preview shows portal pages in a frame of the same site.
X_FRAME_OPTIONS = "SAMEORIGIN"
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_HTTPONLY = True
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "cms.errors.csrf_failure"

LOGGING = logs.configuration(env.text("PH_LOG_LEVEL", default="INFO"))

ACCOUNT_COOKIE = "ph_account"
ACCOUNT_IDLE_MINUTES = 30
ACCOUNT_MAX_HOURS = 12
