"""Which icon a department gets: the first whose name says the same."""

from functools import cache

from themes.icons import MEDICAL_ICONS

FALLBACK = "stethoscope"
# What departments are called besides the names the icons carry; the first hit counts.
WORDS: tuple[tuple[str, str], ...] = (
    ("心血管", "heart-organ"),
    ("心内", "heart-organ"),
    ("心胸", "heart-organ"),
    ("呼吸", "lungs"),
    ("胸外", "lungs"),
    ("消化", "stomach"),
    ("肝", "liver"),
    ("肾", "kidneys"),
    ("神经外", "neurosurgery"),
    ("神经", "brain"),
    ("脊柱", "spine"),
    ("骨", "joint"),
    ("眼", "eye-organ"),
    ("耳鼻", "nose"),
    ("口腔", "tooth"),
    ("牙", "tooth"),
    ("糖尿", "glucose"),
    ("内分泌", "thyroid"),
    ("血管", "blood-vessel"),
    ("血液", "blood-drop"),
    ("产", "pregnant"),
    ("妇", "uterus"),
    ("乳腺", "breasts"),
    ("泌尿", "bladder"),
    ("肛", "colon"),
    ("胃肠", "intestine"),
    ("儿童保健", "child-care"),
    ("儿", "baby"),
    ("老年", "elderly"),
    ("皮肤", "skin"),
    ("肿瘤", "ribbon"),
    ("感染", "virus"),
    ("发热", "fever"),
    ("急诊", "ambulance"),
    ("重症", "intensive-care"),
    ("心理", "mind"),
    ("精神", "mind"),
    ("疼痛", "pain"),
    ("康复", "rehabilitation"),
    ("中医", "mortar"),
    ("针灸", "mortar"),
    ("接种", "vaccine"),
    ("全科", "body"),
    ("外科", "surgery"),
)


@cache
def department_icon(name: str) -> str:
    """Return the icon for a department's name, a stethoscope where none fits."""
    for icon, label, _file in MEDICAL_ICONS:
        if label == name:
            return icon
    return next((icon for word, icon in WORDS if word in name), FALLBACK)
