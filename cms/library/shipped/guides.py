"""Guides: processes, help, admission, questions."""

from cms.library.shipped import Body, Shipped, entrance


def process() -> Body:
    """An outpatient visit, step by step."""
    return [
        ("notice", {"kind": "notice", "text": "第一次来医院？按下面五步走，每一步都有志愿者可以帮您"}),
        (
            "steps",
            {
                "title": "门诊就医流程",
                "items": [
                    {
                        "title": "预约挂号",
                        "text": "<p>手机选科室、医生和时段，提前 14 天开放。</p>",
                        "link": {"role": "registration.departments", "text": "去预约"},
                    },
                    {"title": "报到候诊", "text": "<p>就诊当天凭二维码在诊区自助机报到，不用取号。</p>"},
                    {"title": "医生看诊", "text": "<p>按叫号进诊室，带好以往检查资料。</p>"},
                    {"title": "缴费检查", "text": "<p>手机或自助机缴费，按导诊单上的地点做检查。</p>"},
                    {"title": "取药离院", "text": "<p>药房看屏幕叫号，问清用法再走。</p>"},
                ],
            },
        ),
        (
            "rich_text",
            {
                "title": "需要带什么",
                "text": "<ul><li>身份证、医保卡或医保电子凭证</li><li>儿童请带户口本或出生证</li>"
                "<li>半年内的病历、检查报告和影像光盘</li></ul>",
            },
        ),
        (
            "icon_grid",
            {
                "title": "现在就办",
                "columns": "3",
                "items": [
                    entrance("calendar-plus", "预约挂号", "teal", "registration.departments"),
                    entrance("users", "添加就诊人", "green", "patients.add"),
                    entrance("phone", "电话咨询", "amber", url="tel:120"),
                ],
            },
        ),
    ]


def help_answer() -> Body:
    """One question, its answer, what else may help."""
    return [
        (
            "callout",
            {
                "tone": "info",
                "title": "就诊前 60 分钟都能退",
                "text": "<p>在手机上退号，挂号费<b>原路退回</b>。</p>",
            },
        ),
        (
            "steps",
            {
                "title": "怎么退号",
                "items": [
                    {
                        "title": "打开「我的预约」",
                        "text": "<p>选择要退的那一个。</p>",
                        "link": {"role": "registration.mine", "text": "我的预约"},
                    },
                    {"title": "点「取消预约」", "text": "<p>看清就诊人和时间，再确认。</p>"},
                    {"title": "等退款", "text": "<p>一般 1 至 3 个工作日到账。</p>"},
                ],
            },
        ),
        (
            "accordion",
            {
                "title": "办不了怎么办",
                "items": [
                    {"question": "已经过了时间", "answer": "<p>请带证件到门诊一楼人工窗口办理。</p>"},
                    {"question": "钱一直没到账", "answer": "<p>超过 3 个工作日，请拨打服务热线，报预约编号查询。</p>"},
                ],
            },
        ),
        (
            "icon_grid",
            {
                "title": "相关服务",
                "columns": "3",
                "items": [
                    entrance("history", "我的预约", "blue", "registration.mine"),
                    entrance("message", "我的消息", "amber", "messages"),
                    entrance("phone", "服务热线", "red", url="tel:120"),
                ],
            },
        ),
    ]


def admission() -> Body:
    """Before, at and after admission."""
    return [
        (
            "steps",
            {
                "title": "办理入院",
                "items": [
                    {"title": "开入院证", "text": "<p>门诊医生开具，等病区通知床位。</p>"},
                    {"title": "入院登记", "text": "<p>带入院证和证件到<b>住院楼一楼入院处</b>，缴纳预交金。</p>"},
                    {"title": "到病区报到", "text": "<p>护士安排床位，介绍病房环境。</p>"},
                ],
            },
        ),
        (
            "card_list",
            {
                "title": "要带的东西",
                "style": "icon",
                "items": [
                    {
                        "title": "证件与单据",
                        "summary": "身份证、医保卡、入院证、以往病历和影像片",
                        "icon": "certificate",
                        "tone": "blue",
                    },
                    {
                        "title": "生活用品",
                        "summary": "洗漱用品、拖鞋、餐具；被服由医院提供",
                        "icon": "bed",
                        "tone": "green",
                    },
                    {
                        "title": "正在吃的药",
                        "summary": "连同药盒交给护士，不要自行服用",
                        "icon": "pill",
                        "tone": "amber",
                    },
                ],
            },
        ),
        (
            "accordion",
            {
                "title": "住院期间",
                "items": [
                    {
                        "question": "什么时候可以探视？",
                        "answer": "<p>每天 15:00—20:00，每位患者限 1 名陪护。</p>",
                    },
                    {
                        "question": "怎么订餐？",
                        "answer": "<p>营养食堂送餐到床边；糖尿病、低盐饮食请告诉护士。</p>",
                    },
                    {
                        "question": "在哪里查费用？",
                        "answer": "<p>护士站每天提供费用清单，也可以在自助机上查询。</p>",
                    },
                    {
                        "question": "出院怎么办理？",
                        "answer": "<p>医生开出院医嘱后，护士会通知您到出院处结算，医保当场报销；"
                        "出院带药和小结在病区领取。</p>",
                    },
                ],
            },
        ),
        (
            "hotline",
            {
                "title": "住院服务中心",
                "items": [{"name": "入院咨询", "number": "027-8555 1000", "hours": "每天 8:00—17:30"}],
            },
        ),
    ]


def faq() -> Body:
    """Questions in groups."""
    return [
        (
            "accordion",
            {
                "title": "预约挂号",
                "items": [
                    {
                        "question": "可以提前几天预约？",
                        "answer": "<p>普通号和专家号都提前 14 天放号，每天早上 7:00 更新。</p>",
                    },
                    {
                        "question": "没有支付成功，号还在吗？",
                        "answer": "<p>号会保留 15 分钟，在「我的预约」里可以继续支付。</p>",
                    },
                    {
                        "question": "可以给家人预约吗？",
                        "answer": "<p>可以。先在「就诊人」里添加家人，再选择他预约。</p>",
                    },
                ],
            },
        ),
        (
            "accordion",
            {
                "title": "就诊当天",
                "open_first": False,
                "items": [
                    {"question": "需要取号吗？", "answer": "<p>不需要，凭预约二维码在诊区自助机报到。</p>"},
                    {
                        "question": "迟到了怎么办？",
                        "answer": "<p>迟到 30 分钟以内，报到后顺延排队；超过请联系导诊台。</p>",
                    },
                ],
            },
        ),
        (
            "accordion",
            {
                "title": "费用与退款",
                "open_first": False,
                "items": [
                    {"question": "退号的钱多久到账？", "answer": "<p>原路退回，一般 1 至 3 个工作日。</p>"},
                    {"question": "怎么开发票？", "answer": "<p>就诊结束后，可以在自助机打印电子发票。</p>"},
                ],
            },
        ),
        (
            "hotline",
            {
                "title": "没有找到答案？",
                "items": [{"name": "服务热线", "number": "027-8555 1000", "hours": "工作日 8:00—17:30"}],
            },
        ),
    ]


TEMPLATES = [
    Shipped("process", "就医流程", "一步一步讲清楚怎么看病。", "guide", process, "", "门诊就医流程"),
    Shipped(
        "help",
        "帮助：一问一答",
        "一个问题，一个答案，几个相关服务。",
        "guide",
        help_answer,
        "help.helppage",
        "怎么退号？",
    ),
    Shipped("admission", "住院指南", "入院、要带的东西、住院期间、出院。", "guide", admission, "", "住院指南"),
    Shipped("faq", "常见问题", "按主题分组的问答。", "guide", faq, "", "常见问题"),
]
