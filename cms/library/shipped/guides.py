"""Guides: processes, help, admission, questions."""

from cms.library.shipped import Body, Shipped, entrance


def process() -> Body:
    """An outpatient visit, step by step."""
    return [
        ("notice", {"kind": "notice", "text": "第一次来医院？按下面五步走，每一步都有志愿者可以帮您"}),
        (
            "card_list",
            {
                "title": "门诊就医流程",
                "style": "icon",
                "items": [
                    {
                        "title": "第一步 预约挂号",
                        "summary": "手机选科室、医生和时段，提前 14 天开放",
                        "icon": "calendar-plus",
                        "tone": "teal",
                        "link": {"role": "registration.departments"},
                    },
                    {
                        "title": "第二步 报到候诊",
                        "summary": "就诊当天凭二维码在诊区自助机报到",
                        "icon": "qrcode",
                        "tone": "blue",
                    },
                    {
                        "title": "第三步 医生看诊",
                        "summary": "按叫号进诊室，带好以往检查资料",
                        "icon": "stethoscope",
                        "tone": "green",
                    },
                    {
                        "title": "第四步 缴费检查",
                        "summary": "手机或自助机缴费，按导诊单做检查",
                        "icon": "receipt",
                        "tone": "amber",
                    },
                    {
                        "title": "第五步 取药离院",
                        "summary": "药房看屏幕叫号，问清用法再走",
                        "icon": "pill",
                        "tone": "violet",
                    },
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
            "rich_text",
            {
                "title": "怎么退号？",
                "text": "<p><b>就诊开始前 60 分钟</b>都可以在手机上退号，挂号费原路退回。</p>"
                "<ol><li>打开「我的预约」。</li><li>选择要退的预约，点「取消预约」。</li>"
                "<li>确认后，费用 1 至 3 个工作日到账。</li></ol>",
            },
        ),
        (
            "rich_text",
            {
                "title": "办不了怎么办",
                "text": "<ul><li>超过时间：请带证件到门诊一楼人工窗口办理。</li>"
                "<li>费用没到账：超过 3 个工作日，请拨打服务热线，报预约编号查询。</li></ul>",
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
            "rich_text",
            {
                "title": "办理入院",
                "text": "<ol><li>门诊医生开具<b>入院证</b>，等病区通知床位。</li>"
                "<li>接到电话后，带入院证和证件到<b>住院楼一楼入院处</b>登记，缴纳预交金。</li>"
                "<li>到病区护士站报到，护士安排床位并介绍病房环境。</li></ol>",
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
            "rich_text",
            {
                "title": "住院期间",
                "text": "<h3>探视与陪护</h3><p>每天 15:00—20:00 可以探视，每位患者限 1 名陪护。</p>"
                "<h3>订餐</h3><p>营养食堂送餐到床边，糖尿病、低盐饮食请告诉护士。</p>"
                "<h3>费用查询</h3><p>每天的费用清单由护士站提供，也可以在自助机上查询。</p>",
            },
        ),
        (
            "rich_text",
            {
                "title": "出院",
                "text": "<p>医生开出院医嘱后，护士会通知您到出院处结算。"
                "医保当场报销，出院带药和出院小结在病区领取。</p>",
            },
        ),
        ("notice", {"kind": "notice", "text": "住院服务中心电话：【号码】，每天 8:00—17:30"}),
    ]


def faq() -> Body:
    """Questions in groups."""
    return [
        (
            "rich_text",
            {
                "title": "预约挂号",
                "text": "<h3>可以提前几天预约？</h3><p>普通号和专家号都提前 14 天放号，每天早上 7:00 更新。</p>"
                "<h3>没有支付成功，号还在吗？</h3><p>号会保留 15 分钟，在「我的预约」里可以继续支付。</p>"
                "<h3>可以给家人预约吗？</h3><p>可以。先在「就诊人」里添加家人，再选择他预约。</p>",
            },
        ),
        (
            "rich_text",
            {
                "title": "就诊当天",
                "text": "<h3>需要取号吗？</h3><p>不需要，凭预约二维码在诊区自助机报到。</p>"
                "<h3>迟到了怎么办？</h3><p>迟到 30 分钟以内，报到后顺延排队；超过请联系导诊台。</p>",
            },
        ),
        (
            "rich_text",
            {
                "title": "费用与退款",
                "text": "<h3>退号的钱多久到账？</h3><p>原路退回，一般 1 至 3 个工作日。</p>"
                "<h3>怎么开发票？</h3><p>就诊结束后，可以在自助机打印电子发票。</p>",
            },
        ),
        ("notice", {"kind": "notice", "text": "没有找到答案？请拨打服务热线，工作日 8:00—17:30 有人接听"}),
    ]


TEMPLATES = [
    Shipped("process", "就医流程", "一步一步讲清楚怎么看病。", "guide", process, "", "门诊就医流程"),
    Shipped("help", "帮助：一问一答", "一个问题，一个答案，几个相关服务。", "guide", help_answer, "", "怎么退号"),
    Shipped("admission", "住院指南", "入院、要带的东西、住院期间、出院。", "guide", admission, "", "住院指南"),
    Shipped("faq", "常见问题", "按主题分组的问答。", "guide", faq, "", "常见问题"),
]
