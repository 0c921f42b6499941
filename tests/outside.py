"""Leading the portal under test to a sandbox."""

from typing import Any


def point_portal_at(settings: Any, url: str, credentials: Any) -> None:
    """Set every outside system to a running sandbox, each as a new value so that cached clients are dropped."""
    settings.SANDBOX_URL = url
    settings.HIS = {
        **settings.HIS,
        "URL": url,
        "APP_ID": credentials.his_app_id,
        "SECRET": credentials.his_secret,
    }
    settings.WECHAT = {
        **settings.WECHAT,
        "API_URL": url,
        "OPEN_URL": url,
        "APP_ID": credentials.appid,
        "SECRET": credentials.app_secret,
        "TOKEN": credentials.wechat_token,
        "AES_KEY": credentials.wechat_aes_key,
    }
    settings.SMS = {
        **settings.SMS,
        "URL": f"{url}/sms",
        "SECRET_ID": credentials.tencent_secret_id,
        "SECRET_KEY": credentials.tencent_secret_key,
        "APP_ID": credentials.sms_app_id,
        "SIGN_NAME": credentials.sms_sign_name,
        "CODE_TEMPLATE": credentials.sms_code_template,
    }
    settings.REALNAME = {
        **settings.REALNAME,
        "URL": f"{url}/realname",
        "SECRET_ID": credentials.tencent_secret_id,
        "SECRET_KEY": credentials.tencent_secret_key,
    }
    settings.WECHATPAY = {
        **settings.WECHATPAY,
        "URL": url,
        "MCHID": credentials.mchid,
        "APP_ID": credentials.appid,
        "CERT_SERIAL": credentials.merchant_cert_serial,
        "PRIVATE_KEY_FILE": credentials.merchant_key_path,
        "PUBLIC_KEY_FILE": credentials.wechatpay_public_key_path,
        "PUBLIC_KEY_ID": credentials.wechatpay_public_key_id,
        "APIV3_KEY": credentials.apiv3_key,
        "CASHIER_URL": f"{url}/cashier",
    }
