"""Home pages: a portal of services, large words for the elderly, one speciality."""

from typing import Any

from cms.library.shipped import Body, Shipped, banner, cover, entrance

HOME: dict[str, Any] = {"is_home_style": True, "show_title_bar": False}
PAGE = "pages.portalpage"


def portal() -> Body:
    """Everything within one screen: next visit, eight services, notice, pictures, reading."""
    return [
        ("patient_switcher", {}),
        ("next_visit", {}),
        (
            "icon_grid",
            {
                "columns": "4",
                "items": [
                    entrance("calendar-plus", "预约挂号", "teal", "registration.departments"),
                    entrance("history", "我的预约", "blue", "registration.mine"),
                    entrance("users", "就诊人", "green", "patients.list"),
                    entrance("message", "我的消息", "amber", "messages"),
                    entrance("user", "个人中心", "violet", "account.me"),
                    entrance("phone", "电话咨询", "slate", url="tel:120"),
                ],
            },
        ),
        (
            "notice",
            {"kind": "notice", "text": "门诊时间：周一至周日 8:00—12:00、14:00—17:30；急诊 24 小时开放"},
        ),
        (
            "banner",
            {
                "slides": [
                    {
                        "image": banner("hospital", "医院门诊楼"),
                        "title": "手机挂号，到院不排队",
                        "text": "凭预约二维码直接报到",
                        "link": {"role": "registration.departments"},
                    },
                    {
                        "image": banner("vaccine", "接种疫苗"),
                        "title": "流感季，早接种",
                        "text": "接种门诊每天开放",
                        "link": {},
                    },
                ]
            },
        ),
        (
            "card_list",
            {
                "title": "健康科普",
                "style": "picture",
                "items": [
                    {
                        "title": "胃痛反复，这三种情况不能拖",
                        "summary": "消化内科 · 3 分钟读完",
                        "image": cover(1, ""),
                    },
                    {"title": "孩子发热，在家怎么护理", "summary": "儿科 · 4 分钟读完", "image": cover(2, "")},
                    {
                        "title": "在家量血压的六个细节",
                        "summary": "心血管内科 · 3 分钟读完",
                        "image": cover(3, ""),
                    },
                ],
            },
        ),
    ]


def caring() -> Body:
    """Large targets, few choices, the telephone in sight."""
    return [
        ("patient_switcher", {}),
        ("next_visit", {}),
        (
            "icon_grid",
            {
                "title": "我要办什么",
                "columns": "3",
                "items": [
                    entrance("calendar-plus", "预约挂号", "teal", "registration.departments"),
                    entrance("history", "我的预约", "blue", "registration.mine"),
                    entrance("users", "给家人办", "green", "patients.list"),
                    entrance("message", "看消息", "amber", "messages"),
                    entrance("phone", "打电话问", "red", url="tel:120"),
                    entrance("user", "我的", "violet", "account.me"),
                ],
            },
        ),
        (
            "hotline",
            {
                "title": "不会用手机？打电话，人工帮您挂号",
                "items": [{"name": "服务热线", "number": "027-8555 1000", "hours": "每天 7:30—17:30"}],
            },
        ),
        (
            "rich_text",
            {
                "title": "来看病，带这三样",
                "text": "<ul><li><b>身份证或医保卡</b>（或手机上的医保码）</li><li><b>以前的检查单和正在吃的药</b></li>"
                "<li><b>家里人的电话</b></li></ul><p>门诊一楼大厅有穿红马甲的志愿者，可以陪您取号、缴费、找诊室。</p>",
            },
        ),
        (
            "card_list",
            {
                "title": "老年人就医",
                "style": "icon",
                "items": [
                    {
                        "title": "65 岁以上优先窗口",
                        "summary": "挂号、缴费、取药都有",
                        "icon": "users",
                        "tone": "green",
                    },
                    {
                        "title": "轮椅免费借用",
                        "summary": "门诊一楼服务台，押身份证即可",
                        "icon": "accessible",
                        "tone": "blue",
                    },
                    {
                        "title": "家属代为预约",
                        "summary": "在「就诊人」里添加父母",
                        "icon": "user-plus",
                        "tone": "teal",
                    },
                ],
            },
        ),
    ]


def special() -> Body:
    """One speciality at the front: picture first, then what it treats, then who treats."""
    return [
        (
            "banner",
            {
                "slides": [
                    {
                        "image": banner("maternity", "孕妈妈和宝宝"),
                        "title": "安心孕产，一路陪伴",
                        "text": "产检、分娩、产后一站式",
                        "link": {"role": "registration.departments"},
                    }
                ]
            },
        ),
        ("patient_switcher", {}),
        (
            "icon_grid",
            {
                "columns": "4",
                "items": [
                    entrance("calendar-plus", "预约产检", "red", "registration.departments"),
                    entrance("history", "我的预约", "violet", "registration.mine"),
                    entrance("users", "家庭成员", "amber", "patients.list"),
                    entrance("message", "消息提醒", "teal", "messages"),
                ],
            },
        ),
        ("next_visit", {}),
        (
            "card_list",
            {
                "title": "特色门诊",
                "style": "icon",
                "items": [
                    {
                        "title": "高危妊娠门诊",
                        "summary": "多学科联合，一人一策",
                        "icon": "heartbeat",
                        "tone": "red",
                    },
                    {
                        "title": "妊娠期营养门诊",
                        "summary": "体重与血糖管理",
                        "icon": "clipboard-heart",
                        "tone": "green",
                    },
                    {
                        "title": "盆底康复门诊",
                        "summary": "产后 42 天起评估",
                        "icon": "stethoscope",
                        "tone": "violet",
                    },
                ],
            },
        ),
        (
            "rich_text",
            {
                "title": "关于我们",
                "text": "<p>我院是省级妇产专科医院，设有产科、妇科、新生儿科和生殖医学中心。</p>"
                "<ul><li>产房全程陪伴分娩，24 小时麻醉值守</li><li>新生儿重症监护与产科同楼</li>"
                "<li>母乳喂养咨询热线每日开放</li></ul>",
            },
        ),
    ]


TEMPLATES = [
    Shipped("home-portal", "门户首页", "服务齐全的综合医院首页。", "home", portal, PAGE, "首页", HOME),
    Shipped("home-caring", "关怀首页", "大图标、少选择，适合老年患者多的医院。", "home", caring, PAGE, "首页", HOME),
    Shipped("home-special", "专科医院首页", "大图开头，突出特色门诊。", "home", special, PAGE, "首页", HOME),
]
