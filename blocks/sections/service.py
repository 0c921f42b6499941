"""Sections that lead to services and say what is new."""

from django.utils.translation import gettext_lazy as _

from blocks.sections.base import Section, card, entrance, leads

SECTIONS = (
    Section(
        "front",
        _("首页门面"),
        _("轮播大图、四个服务入口和一条公告，打开就能办事。"),
        "home",
        (
            (
                "banner",
                {
                    "label": "首页图片",
                    "slides": [{"title": "手机挂号，到院不排队", "text": "提前 14 天预约，凭二维码报到"}],
                },
            ),
            (
                "icon_grid",
                {
                    "columns": "4",
                    "items": [
                        entrance("calendar-plus", "预约挂号", "teal", "registration.departments"),
                        entrance("history", "我的预约", "blue", "registration.mine"),
                        entrance("users", "就诊人", "green", "patients.list"),
                        entrance("message", "我的消息", "amber", "messages"),
                    ],
                },
            ),
            ("notice", {"kind": "notice", "text": "门诊时间：周一至周日 8:00–12:00、14:00–17:30，急诊 24 小时开放"}),
        ),
        hint=_("轮播图还没有图片，请点「选择一个图片」换成医院自己的照片。"),
        sample=frozenset({"banner"}),
    ),
    Section(
        "stopped",
        _("停诊提醒"),
        _("一条停诊通知，加上已预约患者怎么办的说明。改姓名和日期就能发。"),
        "warning",
        (
            ("notice", {"kind": "stop", "text": "骨科 张医生 11 月 24 日上午停诊，已预约的患者会收到消息"}),
            (
                "callout",
                {
                    "tone": "warning",
                    "title": "已经预约了怎么办？",
                    "text": "<ul><li>停诊会<b>自动退号</b>，费用 1 至 3 个工作日原路退回</li>"
                    "<li>可以改约同科室其他医生或其他日期</li><li>病情紧急请直接到急诊就诊</li></ul>",
                    "link": leads("registration.departments", "改约其他医生"),
                },
            ),
        ),
    ),
    Section(
        "checkup",
        _("体检套餐推广"),
        _("套餐价格表、体检前须知和咨询电话，适合单位体检季。"),
        "clipboard-list",
        (
            ("title", {"title": "体检套餐", "subtitle": "早检查，早安心；团体体检另有优惠"}),
            (
                "table",
                {
                    "title": "体检套餐价格",
                    "text": "套餐 | 适合人群 | 价格\n入职体检 | 18 岁以上 | ¥180\n基础套餐 | 35 岁以下 | ¥480\n"
                    "全面套餐 | 35 岁以上 | ¥1,280\n父母套餐 | 60 岁以上 | ¥1,580",
                    "note": "价格含抽血与报告费用，以现场公示为准。",
                },
            ),
            (
                "callout",
                {
                    "tone": "care",
                    "title": "体检前请这样准备",
                    "text": "<ul><li>前一天清淡饮食，晚上 8 点后不再进食</li><li>当天早晨空腹，可以喝少量白水</li>"
                    "<li>慢性病患者照常服药，并告诉体检医生</li></ul>",
                },
            ),
            (
                "hotline",
                {
                    "title": "咨询与预约",
                    "items": [{"name": "体检中心", "number": "027-8555 1000", "hours": "周一至周六 7:30–16:30"}],
                },
            ),
        ),
        hint=_("请把价格和电话改成本院的。"),
    ),
    Section(
        "campaign",
        _("健康讲座"),
        _("活动标题、日程时间轴和参加方法，换上日期就是一次活动的页面。"),
        "date",
        (
            ("title", {"title": "冬季健康讲座", "subtitle": "免费参加，请提前登记"}),
            (
                "timeline",
                {
                    "title": "当天安排",
                    "items": [
                        {"when": "9:00", "title": "签到，免费测血压"},
                        {"when": "9:30", "title": "入冬后胃痛反复怎么办", "text": "<p>消化内科专家主讲</p>"},
                        {"when": "10:30", "title": "现场答疑"},
                        {"when": "11:00", "title": "义诊"},
                    ],
                },
            ),
            (
                "rich_text",
                {
                    "title": "怎么参加",
                    "text": "<p>地点：门诊楼五层多功能厅。请带好医保卡，座位有限，先到先坐。</p>",
                },
            ),
        ),
    ),
    Section(
        "science",
        _("健康科普"),
        _("一组带图标的科普卡片，点开看文章。"),
        "doc-full",
        (
            (
                "card_list",
                {
                    "title": "健康科普",
                    "style": "icon",
                    "items": [
                        card("入冬后胃痛反复？三种情况不能拖", "消化内科 · 3 分钟读完", "stomach", "teal"),
                        card("体检报告上的箭头怎么看", "健康管理中心", "report", "blue"),
                        card("孩子发热，什么时候要来医院", "儿科", "alert", "amber"),
                    ],
                },
            ),
        ),
        hint=_("卡片还没有链接，请逐个选择要打开的文章。"),
    ),
)
