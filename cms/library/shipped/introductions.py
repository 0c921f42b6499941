"""Introductions of departments and doctors."""

from cms.library.shipped import Body, Shipped, cover, entrance


def department() -> Body:
    """What it treats, its clinics, how to come."""
    return [
        (
            "rich_text",
            {
                "title": "科室简介",
                "text": "<p>【科室名称】是省级临床重点专科，现有医护人员 68 人，其中主任医师 9 人；开放床位 96 张，"
                "年门诊量 12 万人次。（请按实际情况修改）</p>",
            },
        ),
        (
            "card_list",
            {
                "title": "特色诊疗",
                "style": "icon",
                "items": [
                    {
                        "title": "早癌筛查与内镜治疗",
                        "summary": "无痛胃肠镜，当天出初步结果",
                        "icon": "scan",
                        "tone": "blue",
                    },
                    {
                        "title": "慢病随访门诊",
                        "summary": "固定医生，按期复查提醒",
                        "icon": "calendar-check",
                        "tone": "green",
                    },
                    {
                        "title": "多学科会诊",
                        "summary": "疑难病例，一次挂号多科讨论",
                        "icon": "queue",
                        "tone": "violet",
                    },
                ],
            },
        ),
        (
            "rich_text",
            {
                "title": "看哪些病",
                "text": "<ul><li>反复腹痛、腹胀、反酸、烧心</li><li>便血、黑便、大便习惯改变</li>"
                "<li>肝功能异常、黄疸</li><li>体检发现息肉、结节</li></ul>",
            },
        ),
        (
            "icon_grid",
            {
                "title": "马上办理",
                "columns": "3",
                "items": [
                    entrance("calendar-plus", "预约本科", "teal", "registration.departments"),
                    entrance("history", "我的预约", "blue", "registration.mine"),
                    entrance("phone", "电话咨询", "amber", url="tel:120"),
                ],
            },
        ),
        (
            "callout",
            {
                "tone": "care",
                "title": "就诊提示",
                "text": "<ol><li>请提前 15 分钟到诊区报到。</li><li>空腹检查请避免进食 6 小时以上。</li>"
                "<li>带上半年内的检查报告和正在服用的药物。</li></ol>",
            },
        ),
    ]


def doctor() -> Body:
    """What the doctor is good at, experience, words to patients."""
    return [
        (
            "rich_text",
            {
                "title": "擅长",
                "text": "<p>【写清楚病种和技术，患者会用这些词来找】例如：冠心病介入治疗、心力衰竭的长期管理、"
                "顽固性高血压的评估。</p>",
            },
        ),
        (
            "rich_text",
            {
                "title": "从医经历",
                "text": "<ul><li>医学博士，硕士生导师，从事临床工作 20 余年</li>"
                "<li>省医学会专业委员会委员</li><li>主持省级课题 3 项，发表论文 20 余篇</li></ul>",
            },
        ),
        (
            "quote",
            {
                "text": "看病前把最想问的三个问题写在手机里，我们一个一个说清楚。",
                "author": "【医生姓名】",
                "role": "写给患者的话",
            },
        ),
        (
            "card_list",
            {
                "title": "我写的科普",
                "style": "picture",
                "items": [
                    {
                        "title": "支架术后，这几种药为什么不能停",
                        "summary": "3 分钟读完",
                        "image": cover(4, ""),
                    },
                    {"title": "体检心电图异常，要不要紧", "summary": "2 分钟读完", "image": cover(5, "")},
                ],
            },
        ),
    ]


TEMPLATES = [
    Shipped("department", "科室介绍", "简介、特色诊疗、看哪些病、就诊提示。", "introduction", department),
    Shipped("doctor", "医生介绍", "擅长、经历、写给患者的话、科普文章。", "introduction", doctor),
]
