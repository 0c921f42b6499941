"""HTTP face of WeChat: api.weixin.qq.com and open.weixin.qq.com on one host, and the phone page."""

import json
from datetime import datetime
from typing import Any

from flask import Blueprint, Response, abort, redirect, render_template, request, url_for

from sandbox.context import current
from sandbox.errors import WeChatError
from sandbox.wechat import chats, drafts, menus, oauth, templates, tokens, users
from sandbox.wechat.catalogue import TEMPLATES

__all__ = ["blueprint"]

blueprint = Blueprint("wechat", __name__)

FORWARDED = ("appid", "redirect_uri", "response_type", "scope", "state")


def _answer(data: dict[str, Any]) -> Response:
    return Response(json.dumps(data, ensure_ascii=False), mimetype="application/json")


@blueprint.errorhandler(WeChatError)
def wechat_error(error: WeChatError) -> Response:
    """Answer with an errcode, status 200."""
    return _answer({"errcode": error.errcode, "errmsg": error.errmsg})


@blueprint.get("/connect/oauth2/authorize")
def authorize() -> Any:
    """网页授权: choose who holds the phone; ``auto=<user>`` chooses at once, for tests."""
    sandbox = current()
    args = request.args.to_dict()
    problem = oauth.check_request(sandbox, args)
    if problem:
        return render_template("authorize_error.html", problem=problem, portal=sandbox.options.portal_url), 400
    chosen = args.get("auto") or args.get("user")
    if not chosen:
        people = [row for row in users.everyone(sandbox.store) if not row["user"].startswith("guest-")]
        return render_template("authorize.html", people=people, args={name: args[name] for name in FORWARDED})
    user = users.get_or_make(sandbox.store, chosen)
    if user is None:
        problem = f"没有名为「{chosen}」的演示用户"
        return render_template("authorize_error.html", problem=problem, portal=sandbox.options.portal_url), 400
    code = oauth.issue_code(sandbox, user["openid"], args["scope"])
    return redirect(oauth.with_code(args["redirect_uri"], code, args["state"]))


@blueprint.get("/sns/oauth2/access_token")
def oauth_token() -> Response:
    """网页授权换取 openid."""
    return _answer(oauth.exchange(current(), request.args.to_dict()))


@blueprint.post("/cgi-bin/stable_token")
def stable_token() -> Response:
    """稳定版接口调用凭据."""
    body = _body()
    tokens.check_client(current(), body.get("appid"), body.get("secret"), body.get("grant_type"))
    return _answer(tokens.stable(current(), force_refresh=body.get("force_refresh") is True))


@blueprint.get("/cgi-bin/token")
def token() -> Response:
    """接口调用凭据."""
    args = request.args
    tokens.check_client(current(), args.get("appid"), args.get("secret", ""), args.get("grant_type"))
    return _answer(tokens.classic(current()))


@blueprint.get("/cgi-bin/ticket/getticket")
def ticket() -> Response:
    """JS-SDK 票据."""
    tokens.check(current(), request.args.get("access_token", ""))
    if request.args.get("type") != "jsapi":
        raise WeChatError(40097, "invalid args: type")
    return _answer(tokens.ticket(current()))


@blueprint.post("/cgi-bin/message/template/send")
def template() -> Response:
    """发送模板消息."""
    tokens.check(current(), request.args.get("access_token", ""))
    return _answer(templates.send(current(), _body()))


@blueprint.post("/cgi-bin/message/custom/send", endpoint="custom_send")
def custom_send() -> Response:
    """发送客服消息."""
    tokens.check(current(), request.args.get("access_token", ""))
    return _answer(chats.send(current(), _body()))


@blueprint.get("/cgi-bin/template/get_all_private_template", endpoint="templates")
def template_list() -> Response:
    """模板列表."""
    tokens.check(current(), request.args.get("access_token", ""))
    return _answer(
        {
            "template_list": [
                {
                    "template_id": item.template_id,
                    "title": item.title,
                    "primary_industry": "",
                    "deputy_industry": "",
                    "content": item.content(),
                    "example": "\n".join(f"{label}：{item.example[name]}" for name, label in item.keywords.items()),
                }
                for item in TEMPLATES
            ]
        }
    )


@blueprint.post("/cgi-bin/menu/create", endpoint="menu_create")
def menu_create() -> Response:
    """创建自定义菜单."""
    tokens.check(current(), request.args.get("access_token", ""))
    return _answer(menus.create(current(), request.get_data()))


@blueprint.get("/cgi-bin/menu/get", endpoint="menu_get")
def menu_get() -> Response:
    """查询自定义菜单."""
    tokens.check(current(), request.args.get("access_token", ""))
    return _answer(menus.read(current()))


@blueprint.get("/cgi-bin/menu/delete", endpoint="menu_delete")
def menu_delete() -> Response:
    """删除自定义菜单."""
    tokens.check(current(), request.args.get("access_token", ""))
    return _answer(menus.delete(current()))


def _sent_file() -> tuple[str, bytes]:
    upload = request.files.get("media")
    if upload is None:
        raise WeChatError(41005, "media data missing")
    return upload.filename or "", upload.read()


def _authorised() -> Any:
    tokens.check(current(), request.args.get("access_token", ""))
    return current()


@blueprint.post("/cgi-bin/media/uploadimg", endpoint="uploadimg")
def upload_picture() -> Response:
    """上传图文消息内的图片."""
    sandbox = _authorised()
    return _answer(drafts.upload_picture(sandbox, *_sent_file(), request.url_root))


@blueprint.post("/cgi-bin/material/add_material", endpoint="add_material")
def upload_material() -> Response:
    """新增永久素材（图片、缩略图）."""
    sandbox = _authorised()
    return _answer(drafts.upload_material(sandbox, request.args.get("type", ""), *_sent_file(), request.url_root))


@blueprint.post("/cgi-bin/draft/add", endpoint="draft_add")
def draft_add() -> Response:
    """新增草稿."""
    return _answer(drafts.add(_authorised(), _body(), request.url_root))


@blueprint.post("/cgi-bin/draft/update", endpoint="draft_update")
def draft_update() -> Response:
    """修改草稿."""
    return _answer(drafts.update(_authorised(), _body(), request.url_root))


@blueprint.post("/cgi-bin/draft/get", endpoint="draft_get")
def draft_get() -> Response:
    """草稿详情."""
    return _answer(drafts.get(_authorised(), _body(), request.url_root))


@blueprint.post("/cgi-bin/draft/batchget", endpoint="draft_batchget")
def draft_batchget() -> Response:
    """草稿列表."""
    return _answer(drafts.batchget(_authorised(), _body(), request.url_root))


@blueprint.post("/cgi-bin/draft/delete", endpoint="draft_delete")
def draft_delete() -> Response:
    """删除草稿."""
    return _answer(drafts.delete(_authorised(), _body()))


@blueprint.get("/mmbiz/<media_id>")
def mmbiz(media_id: str) -> Response:
    """微信图片服务器."""
    found = drafts.picture(current(), media_id)
    if found is None:
        abort(404)
    return Response(found[0], mimetype=found[1])


@blueprint.get("/mp/")
def draft_box() -> str:
    """The official account's draft box."""
    sandbox = current()
    return render_template("drafts.html", drafts=drafts.everything(sandbox), portal=sandbox.options.portal_url)


@blueprint.get("/mp/<media_id>")
def draft(media_id: str) -> Any:
    """One draft as readers would see it; its styles are WeChat's own affair, so this page alone allows them."""
    found = drafts.everything(current(), media_id)
    if not found:
        abort(404)
    answer = Response(render_template("draft.html", draft=found[0]))
    answer.headers["Content-Security-Policy"] = (
        "default-src 'self'; style-src 'self' 'unsafe-inline'; script-src 'none'; base-uri 'none'"
    )
    return answer


@blueprint.get("/phone/")
def phones() -> str:
    """Every user's phone, with how many messages are on it."""
    sandbox = current()
    counts = {
        row["openid"]: row
        for row in sandbox.store.all(
            "SELECT openid, COUNT(*) AS count, MAX(sent_at) AS latest FROM template_messages GROUP BY openid"
        )
    }
    people = [(person, counts.get(person["openid"])) for person in users.everyone(sandbox.store)]
    return render_template("phones.html", people=people, portal=sandbox.options.portal_url)


@blueprint.get("/phone/<user>")
def phone(user: str) -> str:
    """One user's chat with the service account, newest at the bottom as on a phone."""
    sandbox = current()
    person = sandbox.store.one("SELECT * FROM users WHERE user = ?", (user,))
    if person is None:
        abort(404)
    rows = sandbox.store.all(
        "SELECT * FROM template_messages WHERE openid = ? ORDER BY msgid DESC LIMIT 100", (person["openid"],)
    )
    messages = []
    for row in reversed(rows):
        item = templates.BY_ID[row["template_id"]]
        values = json.loads(row["data"])
        messages.append(
            {
                "msgid": row["msgid"],
                "title": item.title,
                "lines": [(label, values[name]) for name, label in item.keywords.items()],
                "url": row["url"] if row["url"].startswith(("http://", "https://")) else "",
                "at": datetime.fromisoformat(row["sent_at"]),
                "order": row["sent_unix"],
            }
        )
    said = sandbox.store.all(
        "SELECT * FROM chat_messages WHERE openid = ? ORDER BY id DESC LIMIT 100", (person["openid"],)
    )
    messages += [
        {
            "chat": row["sender"],
            "parts": chats.parts(row["content"]),
            "at": datetime.fromisoformat(row["sent_at"]),
            "order": row["sent_unix"],
        }
        for row in said
    ]
    messages.sort(key=lambda one: one["order"])
    menu = [
        {
            "name": menus.shown(button["name"], sub=False),
            "url": button.get("url", ""),
            "below": [
                {"name": menus.shown(sub["name"], sub=True), "url": sub.get("url", "")} for sub in button["sub_button"]
            ],
        }
        for button in menus.stored(sandbox)
    ]
    return render_template("phone.html", person=person, messages=messages, menu=menu)


@blueprint.post("/phone/<user>/write")
def write(user: str) -> Any:
    """The person writes to the account."""
    sandbox = current()
    person = sandbox.store.one("SELECT * FROM users WHERE user = ?", (user,))
    content = request.form.get("content", "").strip()[: chats.LONGEST]
    if person is None:
        abort(404)
    if content:
        chats.write(sandbox, person["openid"], content)
    return redirect(url_for("wechat.phone", user=user), code=303)


def _body() -> dict[str, Any]:
    body = request.get_json(silent=True, force=True)
    if not isinstance(body, dict):
        raise WeChatError(47001, "data format error")
    return body
