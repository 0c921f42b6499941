"""Pages that lead into a service, and the empty page."""

from cms.library.shipped import Body, Shipped, banner, entrance


def survey() -> Body:
    """Why to answer, how long it takes, what becomes of it."""
    return [
        (
            "banner",
            {
                "slides": [
                    {
                        "image": banner("hospital", "医院门诊楼"),
                        "title": "请您评一评",
                        "text": "两分钟，帮我们做得更好",
                        "link": {},
                    }
                ]
            },
        ),
        (
            "rich_text",
            {
                "title": "门诊患者满意度调查",
                "text": "<p>感谢您来我院就诊。下面一共 <b>8 个问题</b>，大约 <b>2 分钟</b>。</p>"
                "<ul><li>不用写姓名，答案只用于改进服务</li><li>每一条建议，门诊部都会在 5 个工作日内看到</li></ul>",
            },
        ),
        (
            "card_list",
            {
                "title": "",
                "style": "icon",
                "items": [
                    {
                        "title": "开始填写",
                        "summary": "请把这里的链接改成问卷地址",
                        "icon": "clipboard",
                        "tone": "teal",
                    }
                ],
            },
        ),
        (
            "rich_text",
            {
                "title": "上一期我们改了什么",
                "text": "<ul><li>抽血窗口由 6 个增加到 10 个，7:00 开始</li><li>B 超改为分时段预约</li>"
                "<li>门诊楼每层增设饮水点</li></ul>",
            },
        ),
    ]


def step() -> Body:
    """A service page: a word before, the block of the service, a word after."""
    return [
        ("notice", {"kind": "notice", "text": "办理前请先添加就诊人；有疑问请拨打服务热线"}),
        ("department_picker", {}),
        (
            "callout",
            {
                "tone": "info",
                "title": "办理须知",
                "text": "<ol><li>号源每天 7:00 更新，提前 14 天开放。</li><li>预约后请在 15 分钟内完成支付。</li>"
                "<li>不能来请提前退号，把号留给需要的人。</li></ol>",
            },
        ),
        (
            "icon_grid",
            {
                "title": "相关服务",
                "columns": "3",
                "items": [
                    entrance("history", "我的预约", "blue", "registration.mine"),
                    entrance("users", "就诊人", "green", "patients.list"),
                    entrance("user", "我的", "violet", "account.me"),
                ],
            },
        ),
    ]


def empty() -> Body:
    """A title and one text, nothing else."""
    return [("rich_text", {"title": "", "text": "<p>在这里写正文。</p>"})]


TEMPLATES = [
    Shipped("survey", "问卷落地页", "请患者填问卷前看到的一页。", "service", survey, "", "门诊患者满意度调查"),
    Shipped(
        "service-step",
        "服务页",
        "说明、业务组件、须知、相关服务；把业务组件换成要办的那一项。",
        "service",
        step,
        "pages.portalpage",
        "预约挂号",
    ),
    Shipped("empty", "只有正文", "一段文字，写好就能发。", "other", empty),
]
