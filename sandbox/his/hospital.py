"""江城示范医院 as code: campuses, two levels of departments, and people who already have a file there."""

from collections.abc import Iterator
from dataclasses import dataclass

__all__ = ["CAMPUSES", "DEPARTMENTS", "PEOPLE", "Campus", "Department", "Person", "resident_id"]

MAIN, RIVERSIDE = "A", "B"


@dataclass(frozen=True)
class Campus:
    """A place of the hospital; coordinates are GCJ-02 degrees."""

    code: str
    name: str
    address: str
    phone: str
    longitude: float
    latitude: float


@dataclass(frozen=True)
class Department:
    """A first-level department (no parent, no campus) or a bookable one on a campus."""

    code: str
    parent_code: str | None
    name: str
    campus_code: str | None
    location: str
    summary: str
    general_clinic: bool = False
    """Whether 普通门诊 without a named doctor is offered."""


@dataclass(frozen=True)
class Person:
    """Somebody with a patient file."""

    name: str
    gender: str
    birth_date: str
    id_number: str
    phone: str


CAMPUSES = [
    Campus(MAIN, "主院区", "江城市江岸区解放大道 1088 号", "027-8555 1000", 114.2961, 30.6128),
    Campus(RIVERSIDE, "滨江院区", "江城市滨江新区和平大道 266 号", "027-8555 2000", 114.3475, 30.6016),
]

# First level: code, name, summary. Second level: name, summary, {campus: (building, floor, area)}, general clinic.
_TREE: list[tuple[str, str, str, list[tuple[str, str, dict[str, tuple[str, int, str]], bool]]]] = [
    ("01", "内科", "成人内科系统疾病的诊断与治疗", [
        ("消化内科", "胃肠、肝胆胰疾病诊治，开展无痛胃肠镜与内镜下治疗",
         {MAIN: ("门诊楼", 3, "A 区"), RIVERSIDE: ("综合楼", 2, "东区")}, True),
        ("心血管内科", "冠心病、高血压、心律失常与心力衰竭，设胸痛中心绿色通道",
         {MAIN: ("门诊楼", 3, "B 区"), RIVERSIDE: ("综合楼", 2, "西区")}, True),
        ("呼吸与危重症医学科", "咳喘、慢阻肺、肺部结节与睡眠呼吸暂停",
         {MAIN: ("门诊楼", 3, "C 区")}, True),
        ("神经内科", "脑卒中、头痛眩晕、癫痫与帕金森病",
         {MAIN: ("门诊楼", 4, "A 区")}, False),
        ("内分泌科", "糖尿病、甲状腺疾病、痛风与骨质疏松的长期管理",
         {MAIN: ("门诊楼", 4, "B 区"), RIVERSIDE: ("综合楼", 3, "东区")}, False),
        ("肾内科", "肾炎、肾病综合征与慢性肾脏病一体化管理",
         {MAIN: ("门诊楼", 4, "C 区")}, False),
        ("血液内科", "贫血、出凝血疾病、淋巴瘤与白血病",
         {MAIN: ("门诊楼", 4, "D 区")}, False),
        ("风湿免疫科", "类风湿关节炎、红斑狼疮、强直性脊柱炎",
         {MAIN: ("门诊楼", 4, "D 区")}, False),
    ]),
    ("02", "外科", "以手术和微创治疗为主的外科系统疾病", [
        ("普通外科", "胃肠、肝胆、甲状腺与疝的微创手术", {MAIN: ("门诊楼", 2, "A 区")}, True),
        ("骨科", "骨折创伤、关节置换、脊柱与运动损伤",
         {MAIN: ("门诊楼", 2, "B 区"), RIVERSIDE: ("综合楼", 1, "东区")}, True),
        ("泌尿外科", "结石、前列腺与泌尿系肿瘤，日间碎石", {MAIN: ("门诊楼", 2, "C 区")}, False),
        ("神经外科", "颅脑外伤、脑肿瘤与脑血管病的外科治疗", {MAIN: ("门诊楼", 2, "D 区")}, False),
        ("胸外科", "肺结节、食管与纵隔疾病的胸腔镜治疗", {MAIN: ("门诊楼", 2, "D 区")}, False),
        ("乳腺甲状腺外科", "乳腺结节与乳腺癌、甲状腺结节的规范诊治", {RIVERSIDE: ("综合楼", 1, "西区")}, False),
    ]),
    ("03", "妇产科", "女性全周期健康与围产保健", [
        ("妇科", "妇科炎症、内分泌、肌瘤与宫颈疾病",
         {MAIN: ("门诊楼", 5, "A 区"), RIVERSIDE: ("妇儿楼", 2, "南区")}, True),
        ("产科", "孕期建档、产前检查、高危妊娠与无痛分娩", {RIVERSIDE: ("妇儿楼", 3, "南区")}, True),
        ("生殖医学科", "不孕不育评估与辅助生育咨询", {RIVERSIDE: ("妇儿楼", 4, "南区")}, False),
    ]),
    ("04", "儿科", "0–14 岁儿童的疾病诊治与健康管理", [
        ("儿内科", "儿童发热、咳嗽、腹泻与过敏等常见病",
         {MAIN: ("门诊楼", 1, "儿科区"), RIVERSIDE: ("妇儿楼", 1, "北区")}, True),
        ("新生儿科", "早产儿随访、新生儿黄疸与喂养指导", {RIVERSIDE: ("妇儿楼", 1, "北区")}, False),
        ("儿童保健科", "生长发育评估、营养指导与心理行为筛查", {RIVERSIDE: ("妇儿楼", 2, "北区")}, False),
    ]),
    ("05", "五官科", "眼、耳鼻咽喉与口腔疾病", [
        ("眼科", "白内障、眼底病、青光眼与儿童近视防控", {MAIN: ("门诊楼", 6, "A 区")}, True),
        ("耳鼻咽喉科", "鼻炎鼻窦炎、中耳炎、耳鸣与嗓音疾病", {MAIN: ("门诊楼", 6, "B 区")}, True),
        ("口腔科", "牙体牙髓、种植修复、正畸与智齿拔除",
         {MAIN: ("门诊楼", 6, "C 区"), RIVERSIDE: ("综合楼", 4, "东区")}, False),
    ]),
    ("06", "皮肤与过敏", "皮肤病、性病与过敏性疾病", [
        ("皮肤科", "湿疹、痤疮、银屑病、荨麻疹与皮肤肿物",
         {MAIN: ("门诊楼", 5, "B 区"), RIVERSIDE: ("综合楼", 3, "西区")}, True),
    ]),
    ("07", "中医科", "中医辨证论治与传统康复", [
        ("中医内科", "脾胃病、失眠、月经不调与亚健康调理",
         {MAIN: ("中医楼", 1, "名医堂"), RIVERSIDE: ("综合楼", 4, "西区")}, False),
        ("针灸推拿科", "颈肩腰腿痛、面瘫与中风后康复", {MAIN: ("中医楼", 2, "治疗区")}, False),
    ]),
    ("08", "肿瘤科", "肿瘤的多学科综合治疗", [
        ("肿瘤内科", "肺癌、胃肠肿瘤与乳腺癌的化疗、靶向与免疫治疗", {MAIN: ("肿瘤楼", 1, "A 区")}, False),
    ]),
    ("09", "心理与康复", "心理健康与功能康复", [
        ("临床心理科", "焦虑、抑郁、失眠与青少年情绪问题", {RIVERSIDE: ("康复楼", 2, "静区")}, False),
        ("康复医学科", "卒中、骨科术后与运动损伤的功能训练", {RIVERSIDE: ("康复楼", 1, "训练区")}, False),
    ]),
    ("10", "急诊", "24 小时开放，无需预约", [
        ("急诊科", "24 小时接诊急危重症，请直接前往分诊台，无需预约挂号",
         {MAIN: ("急诊楼", 1, "分诊台"), RIVERSIDE: ("综合楼", 1, "急诊通道")}, False),
    ]),
]  # fmt: skip


def _departments() -> Iterator[Department]:
    for code, name, summary, leaves in _TREE:
        yield Department(code, None, name, None, "", summary)
        for index, (leaf, leaf_summary, places, general) in enumerate(leaves, start=1):
            for campus, (building, floor, area) in places.items():
                yield Department(
                    code=f"{code}{index:02}{campus}",
                    parent_code=code,
                    name=leaf,
                    campus_code=campus,
                    location=f"{building} {floor} 层 {area}",
                    summary=leaf_summary,
                    general_clinic=general,
                )


DEPARTMENTS = list(_departments())


def resident_id(area: str, birth_date: str, sequence: int) -> str:
    """Compose an 18-digit resident ID number with its GB 11643 check character."""
    body = f"{area}{birth_date.replace('-', '')}{sequence:03}"
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    return body + "10X98765432"[sum(int(digit) * weight for digit, weight in zip(body, weights, strict=True)) % 11]


def _person(name: str, gender: str, birth_date: str, sequence: int, phone: str) -> Person:
    return Person(name, gender, birth_date, resident_id("420102", birth_date, sequence), phone)


# The demonstration users of the WeChat side come first; an odd sequence number is male, an even one female.
PEOPLE = [
    _person("张伟", "male", "1986-05-12", 13, "13800000001"),
    _person("李娜", "female", "1992-09-03", 24, "13800000002"),
    _person("王秀英", "female", "1953-11-20", 42, "13800000003"),
    _person("张小雨", "female", "2017-04-18", 36, "13800000001"),
    _person("刘建国", "male", "1961-02-07", 57, "13800000005"),
]
