"""Sections that introduce the hospital, its departments and its people."""

from django.utils.translation import gettext_lazy as _

from blocks.sections.base import Section, card, leads

SECTIONS = (
    Section(
        "department",
        _("科室介绍"),
        _("科室简介、擅长的病和一句主任寄语，最后是挂号按钮。"),
        "group",
        (
            (
                "rich_text",
                {
                    "title": "科室简介",
                    "text": "<p>我科为省级临床重点专科，开放床位 86 张，有主任医师 8 人、副主任医师 12 人，"
                    "年门诊量 12 万人次。</p>",
                },
            ),
            (
                "card_list",
                {
                    "title": "我们擅长",
                    "style": "icon",
                    "items": [
                        card("胃肠疾病", "慢性胃炎、消化性溃疡、肠易激综合征", "stomach", "teal"),
                        card("肝胆疾病", "脂肪肝、肝炎、胆囊结石", "heartbeat", "green"),
                        card("内镜诊疗", "无痛胃肠镜、早癌筛查与内镜下治疗", "search", "blue"),
                    ],
                },
            ),
            (
                "quote",
                {"text": "把每一位患者当作自己的家人。", "author": "科主任", "role": "主任医师、教授"},
            ),
            (
                "callout",
                {
                    "tone": "info",
                    "title": "门诊时间",
                    "text": "<p>周一至周日 8:00–12:00、14:00–17:30，门诊楼三层东区。</p>",
                    "link": leads("registration.departments", "预约挂号"),
                },
            ),
        ),
        hint=_("请把简介、擅长和寄语换成本科室的。"),
    ),
    Section(
        "experts",
        _("专家团队"),
        _("团队标题和三张专家卡片，每张写清职称、擅长和出诊时间。"),
        "user",
        (
            (
                "title",
                {
                    "title": "专家团队",
                    "subtitle": "出诊时间以挂号页面为准",
                    "more": leads("registration.doctors", "更多医生"),
                },
            ),
            (
                "card_list",
                {
                    "style": "picture",
                    "items": [
                        card("王主任 · 主任医师", "擅长消化道早癌筛查；周一、周三上午", role="registration.doctors"),
                        card("李主任 · 副主任医师", "擅长炎症性肠病；周二、周四全天", role="registration.doctors"),
                        card("陈医生 · 主治医师", "擅长幽门螺杆菌诊治；周五上午", role="registration.doctors"),
                    ],
                },
            ),
        ),
        hint=_("请换成本科室专家的姓名、照片和擅长。"),
    ),
    Section(
        "contact",
        _("联系我们"),
        _("预约、急诊、投诉三个电话和地址，点一下就拨打。"),
        "mobile-alt",
        (
            (
                "hotline",
                {
                    "title": "联系我们",
                    "items": [
                        {"name": "预约咨询", "number": "027-8555 1000", "hours": "每天 7:30–17:30"},
                        {"name": "急诊", "number": "027-8555 1120", "hours": "24 小时"},
                        {"name": "投诉建议", "number": "027-8555 1999", "hours": "工作日 8:00–17:00"},
                    ],
                },
            ),
            (
                "rich_text",
                {
                    "title": "地址",
                    "text": "<p><b>主院区</b>：江城市江岸区解放大道 1088 号</p>"
                    "<p><b>滨江院区</b>：江城市滨江新区和平大道 266 号</p>",
                },
            ),
        ),
        hint=_("请把电话和地址改成本院的。"),
    ),
    Section(
        "history",
        _("医院介绍"),
        _("医院简介、院史时间轴和一句院训。"),
        "home",
        (
            (
                "rich_text",
                {
                    "title": "医院简介",
                    "text": "<p>我院建于 1956 年，是集医疗、教学、科研、预防于一体的三级甲等综合医院，"
                    "有两个院区，开放床位 2,100 张，年门诊量 320 万人次。</p>",
                },
            ),
            (
                "timeline",
                {
                    "title": "发展历程",
                    "items": [
                        {"when": "1956 年", "title": "建院"},
                        {"when": "1994 年", "title": "评为三级甲等医院"},
                        {"when": "2018 年", "title": "滨江院区启用"},
                        {"when": "今天", "title": "手机挂号、缴费、查报告一站完成"},
                    ],
                },
            ),
            ("quote", {"text": "看得见的费用，听得懂的解释，等得到的号。", "author": "我们的承诺"}),
        ),
        hint=_("请换成本院的简介和院史。"),
    ),
)
