"""The sandbox of a module, and the settings that make the portal its merchant."""

from typing import Any

from sandbox.testing import RunningSandbox


def wechatpay_settings(running: RunningSandbox, **changes: Any) -> dict[str, Any]:
    """Return settings.WECHATPAY for a sandbox, with its second merchant (the post) beside the first."""
    keys = running.credentials
    return {
        "URL": running.url,
        "MCHID": keys.mchid,
        "APP_ID": keys.appid,
        "MINI_APP_ID": keys.mini_appid,
        "CERT_SERIAL": keys.merchant_cert_serial,
        "PRIVATE_KEY_FILE": keys.merchant_key_path,
        "PUBLIC_KEY_FILE": keys.wechatpay_public_key_path,
        "PUBLIC_KEY_ID": keys.wechatpay_public_key_id,
        "APIV3_KEY": keys.apiv3_key,
        "TIMEOUT": 2.0,
        "CASHIER_URL": f"{running.url}/cashier",
        "MERCHANTS": [
            {
                "MCHID": keys.post_mchid,
                "CERT_SERIAL": keys.post_cert_serial,
                "PRIVATE_KEY_FILE": keys.post_key_path,
                "PUBLIC_KEY_ID": keys.post_public_key_id,
                "APIV3_KEY": keys.post_apiv3_key,
            },
            {"SUB_MCHID": keys.sub_mchid},
        ],
        **changes,
    }
