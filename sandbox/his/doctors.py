"""The doctors of 江城示范医院: invented people with believable titles and specialties."""

from collections.abc import Iterator
from dataclasses import dataclass

from sandbox.his.hospital import DEPARTMENTS

__all__ = ["DOCTORS", "FEES_FEN", "GENERAL", "Doctor"]

CHIEF, DEPUTY, ATTENDING, GENERAL = "主任医师", "副主任医师", "主治医师", "普通门诊"
FEES_FEN = {CHIEF: 5000, DEPUTY: 3000, ATTENDING: 2000, GENERAL: 1000}
M, F = "male", "female"


@dataclass(frozen=True)
class Doctor:
    """A doctor; the first department is where the consulting room is."""

    code: str
    name: str
    gender: str
    title: str
    department_codes: tuple[str, ...]
    specialty: str


# Department code without the campus letter → (campus letters, name, gender, title, specialty).
_BY_DEPARTMENT: dict[str, list[tuple[str, str, str, str, str]]] = {
    "0101": [
        ("AB", "周明远", M, CHIEF, "擅长早期胃癌与肠息肉的内镜下切除，炎症性肠病的长期管理"),
        ("A", "沈若兰", F, DEPUTY, "擅长幽门螺杆菌感染、慢性胃炎与功能性消化不良"),
        ("A", "许志刚", M, ATTENDING, "擅长脂肪肝、病毒性肝炎与肝硬化的随访治疗"),
        ("B", "何婉清", F, ATTENDING, "擅长反流性食管炎、便秘与肠易激综合征"),
    ],
    "0102": [
        ("A", "陈国栋", M, CHIEF, "擅长冠心病介入治疗与急性心肌梗死救治"),
        ("AB", "林雅琴", F, CHIEF, "擅长难治性高血压、心力衰竭与心肌病"),
        ("A", "高文博", M, DEPUTY, "擅长房颤射频消融与起搏器植入"),
        ("B", "曹静怡", F, ATTENDING, "擅长高血压、高脂血症与冠心病二级预防"),
    ],
    "0103": [
        ("A", "罗振华", M, CHIEF, "擅长肺部结节评估、间质性肺病与气管镜诊疗"),
        ("A", "宋佳慧", F, DEPUTY, "擅长支气管哮喘、慢性咳嗽与睡眠呼吸暂停"),
        ("A", "邓子轩", M, ATTENDING, "擅长慢阻肺的吸入治疗与肺功能评估"),
    ],
    "0104": [
        ("A", "韩守仁", M, CHIEF, "擅长脑血管病的预防与急性期治疗、帕金森病"),
        ("A", "谢雨桐", F, DEPUTY, "擅长偏头痛、眩晕与周围神经病"),
        ("A", "彭家豪", M, ATTENDING, "擅长癫痫与睡眠障碍的药物治疗"),
    ],
    "0105": [
        ("A", "董淑芬", F, CHIEF, "擅长糖尿病及其并发症、甲状腺功能亢进"),
        ("AB", "袁启明", M, DEPUTY, "擅长肥胖与代谢综合征、痛风的综合管理"),
        ("B", "潘思敏", F, ATTENDING, "擅长妊娠期糖尿病、胰岛素泵治疗与骨质疏松"),
    ],
    "0106": [
        ("A", "蒋海波", M, CHIEF, "擅长 IgA 肾病、肾病综合征与糖尿病肾病"),
        ("A", "余晓彤", F, ATTENDING, "擅长慢性肾脏病营养指导与血液净化随访"),
    ],
    "0107": [
        ("A", "杜长青", M, DEPUTY, "擅长淋巴瘤、多发性骨髓瘤的规范化治疗"),
        ("A", "叶心怡", F, ATTENDING, "擅长缺铁性贫血、血小板减少与凝血异常"),
    ],
    "0108": [
        ("A", "程丽华", F, CHIEF, "擅长系统性红斑狼疮、类风湿关节炎的靶向治疗"),
        ("A", "苏泽宇", M, ATTENDING, "擅长强直性脊柱炎与痛风性关节炎"),
    ],
    "0201": [
        ("A", "魏建军", M, CHIEF, "擅长胃癌、结直肠癌的腹腔镜根治手术"),
        ("A", "吕思远", M, DEPUTY, "擅长胆囊结石、腹股沟疝的日间微创手术"),
        ("A", "丁雪梅", F, ATTENDING, "擅长体表肿物、阑尾炎与肛肠良性疾病"),
    ],
    "0202": [
        ("A", "任志强", M, CHIEF, "擅长人工髋膝关节置换与关节翻修"),
        ("AB", "姜鹏飞", M, DEPUTY, "擅长颈腰椎间盘突出的微创脊柱内镜治疗"),
        ("B", "姚俊杰", M, ATTENDING, "擅长前交叉韧带、半月板等运动损伤的关节镜手术"),
    ],
    "0203": [
        ("A", "卢正平", M, CHIEF, "擅长前列腺增生激光剜除与泌尿系肿瘤微创手术"),
        ("A", "傅天宇", M, ATTENDING, "擅长肾结石、输尿管结石的碎石治疗与预防"),
    ],
    "0204": [
        ("A", "钟立群", M, CHIEF, "擅长脑膜瘤、垂体瘤的显微与内镜手术"),
        ("A", "汪书涵", F, ATTENDING, "擅长三叉神经痛、面肌痉挛的评估与治疗"),
    ],
    "0205": [
        ("A", "田宏伟", M, CHIEF, "擅长肺结节与早期肺癌的单孔胸腔镜手术"),
        ("A", "崔一鸣", M, ATTENDING, "擅长手汗症、自发性气胸与纵隔肿物"),
    ],
    "0206": [
        ("B", "范美玲", F, CHIEF, "擅长乳腺癌保乳手术与术后综合治疗"),
        ("B", "方晓燕", F, DEPUTY, "擅长乳腺结节微创旋切与甲状腺结节评估"),
    ],
    "0301": [
        ("A", "石慧珍", F, CHIEF, "擅长子宫肌瘤、子宫内膜异位症的腹腔镜手术"),
        ("AB", "贾文静", F, DEPUTY, "擅长宫颈病变筛查与阴道镜诊治"),
        ("B", "夏梦琪", F, ATTENDING, "擅长月经失调、多囊卵巢综合征与更年期管理"),
    ],
    "0302": [
        ("B", "邱玉兰", F, CHIEF, "擅长高危妊娠管理、双胎妊娠与胎儿监护"),
        ("B", "侯佳宁", F, DEPUTY, "擅长妊娠期高血压、妊娠合并甲状腺疾病"),
        ("B", "江若曦", F, ATTENDING, "擅长孕期营养、产前检查与分娩方式评估"),
    ],
    "0303": [
        ("B", "白雪莹", F, CHIEF, "擅长不孕症评估、反复流产与辅助生育方案制定"),
        ("B", "孟凡宇", M, ATTENDING, "擅长男性不育与精液质量异常"),
    ],
    "0401": [
        ("AB", "唐淑仪", F, CHIEF, "擅长儿童哮喘、反复呼吸道感染与过敏性疾病"),
        ("A", "秦朗", M, DEPUTY, "擅长儿童消化、营养与肝病"),
        ("A", "万思琪", F, ATTENDING, "擅长小儿发热、咳嗽、腹泻等常见病"),
        ("B", "段一帆", M, ATTENDING, "擅长儿童呼吸与感染性疾病"),
    ],
    "0402": [
        ("B", "雷雅文", F, DEPUTY, "擅长早产儿随访、新生儿黄疸与喂养困难"),
    ],
    "0403": [
        ("B", "龙梓涵", F, DEPUTY, "擅长矮小与性早熟评估、骨龄判读"),
        ("B", "史晓峰", M, ATTENDING, "擅长注意缺陷多动障碍、语言发育迟缓的筛查"),
    ],
    "0501": [
        ("A", "陶然", M, CHIEF, "擅长白内障超声乳化与复杂眼底病手术"),
        ("A", "黎晓雯", F, DEPUTY, "擅长儿童近视防控、斜弱视与角膜塑形镜验配"),
        ("A", "贺俊楠", M, ATTENDING, "擅长干眼、青光眼与眼表疾病"),
    ],
    "0502": [
        ("A", "顾维民", M, CHIEF, "擅长慢性鼻窦炎、鼻息肉的内镜手术"),
        ("A", "毛佩佩", F, ATTENDING, "擅长耳鸣、突发性耳聋与眩晕的综合治疗"),
    ],
    "0503": [
        ("A", "郝英杰", M, DEPUTY, "擅长种植修复、复杂阻生智齿拔除"),
        ("B", "龚雨薇", F, ATTENDING, "擅长隐形正畸与儿童早期矫治"),
    ],
    "0601": [
        ("AB", "邵文华", F, CHIEF, "擅长银屑病、特应性皮炎的生物制剂治疗"),
        ("A", "万里", M, DEPUTY, "擅长痤疮、玫瑰痤疮与激光治疗"),
        ("B", "钱可欣", F, ATTENDING, "擅长湿疹、荨麻疹与真菌性皮肤病"),
    ],
    "0701": [
        ("AB", "严守一", M, CHIEF, "擅长脾胃病、失眠与慢性咳嗽的辨证论治"),
        ("A", "覃若水", F, DEPUTY, "擅长月经不调、更年期综合征的中医调理"),
    ],
    "0702": [
        ("A", "武建中", M, DEPUTY, "擅长颈椎病、腰椎间盘突出的针刺与手法治疗"),
        ("A", "戴慧敏", F, ATTENDING, "擅长面瘫、带状疱疹后神经痛的针灸治疗"),
    ],
    "0801": [
        ("A", "莫远航", M, CHIEF, "擅长肺癌的靶向与免疫治疗、多学科会诊"),
        ("A", "孔令仪", F, DEPUTY, "擅长胃肠道肿瘤化疗与肿瘤营养支持"),
    ],
    "0901": [
        ("B", "章静姝", F, DEPUTY, "擅长焦虑、抑郁的药物与认知行为治疗"),
        ("B", "俞安然", F, ATTENDING, "擅长青少年情绪问题、考试焦虑与失眠"),
    ],
    "0902": [
        ("B", "常胜利", M, DEPUTY, "擅长脑卒中后运动功能与吞咽功能康复"),
        ("B", "殷晓静", F, ATTENDING, "擅长关节置换与韧带重建术后康复"),
    ],
}


def _doctors() -> Iterator[Doctor]:
    known = {department.code for department in DEPARTMENTS}
    for leaf, people in _BY_DEPARTMENT.items():
        for index, (campuses, name, gender, title, specialty) in enumerate(people, start=1):
            codes = tuple(leaf + campus for campus in campuses)
            if not known.issuperset(codes):
                raise LookupError(f"{name}: no such department {codes}")
            yield Doctor(f"D{leaf}{index:02}", name, gender, title, codes, specialty)


DOCTORS = list(_doctors())
