"""Notices and campaigns."""

from cms.library.shipped import Body, Shipped, banner, entrance


def notice() -> Body:
    """What, from when, whom it concerns, what to do."""
    return [
        ("notice", {"kind": "change", "text": "自 ×月×日起，【科室】门诊搬到【新地点】"}),
        (
            "rich_text",
            {
                "title": "有什么变化",
                "text": "<p>因【原因】，自 <b>×月×日（周×）</b>起，【科室】门诊由【原地点】搬至 <b>【新地点】</b>。</p>"
                "<p>出诊时间和医生不变，已经预约的号继续有效。</p>",
            },
        ),
        (
            "callout",
            {
                "tone": "warning",
                "title": "请您注意",
                "text": "<ul><li>就诊当天请直接到新地点报到，不用重新预约。</li><li>取药、检查地点不变。</li>"
                "<li>找不到路时，可以在门诊一楼服务台询问，或拨打服务热线。</li></ul>",
            },
        ),
        (
            "rich_text",
            {"title": "", "text": "<p>给您带来不便，敬请谅解。</p><p>【医院名称】门诊部<br/>×年×月×日</p>"},
        ),
    ]


def campaign() -> Body:
    """A picture, why, programme, how to take part."""
    return [
        (
            "banner",
            {
                "slides": [
                    {
                        "image": banner("tcm", "药碾与草药"),
                        "title": "冬令进补节",
                        "text": "膏方门诊 · 名医讲座 · 免费体质辨识",
                        "link": {},
                    }
                ]
            },
        ),
        (
            "rich_text",
            {
                "title": "活动介绍",
                "text": "<p>冬至将至，我院中医科举办第八届膏方节。活动期间，名老中医连续出诊，"
                "现场免费体质辨识，预约开方享代煎、配送到家。</p>",
            },
        ),
        (
            "timeline",
            {
                "title": "活动安排",
                "items": [
                    {"when": "12 月 5 日", "title": "名医义诊", "text": "<p>8:30—11:30 门诊广场</p>"},
                    {"when": "12 月 6 日", "title": "讲座：冬季怎么补", "text": "<p>14:30 学术报告厅</p>"},
                    {"when": "12 月 31 日止", "title": "膏方预约", "text": "<p>中医科门诊开方，代煎到家</p>"},
                ],
            },
        ),
        (
            "icon_grid",
            {
                "title": "我要参加",
                "columns": "3",
                "items": [
                    entrance("calendar-plus", "预约门诊", "teal", "registration.departments"),
                    entrance("phone", "电话报名", "red", url="tel:120"),
                    entrance("history", "我的预约", "blue", "registration.mine"),
                ],
            },
        ),
        (
            "callout",
            {
                "tone": "care",
                "title": "温馨提示",
                "text": "<p>体质辨识每天限 60 名，请提前预约；讲座座位先到先得。"
                "孕妇和慢性病患者进补前请先咨询医生。</p>",
            },
        ),
    ]


TEMPLATES = [
    Shipped(
        "notice", "通知公告", "搬迁、停诊、时间调整：变化、注意事项、落款。", "news", notice, "", "关于【事项】的通知"
    ),
    Shipped("campaign", "专题活动", "大图、介绍、活动安排、报名入口。", "news", campaign, "", "专题活动"),
]
