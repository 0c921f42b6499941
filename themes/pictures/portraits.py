"""Doctor portraits in a flat style: the same seed gives the same person; nobody real is meant."""

import random
from typing import Final, Literal

from themes.pictures.drawing import Drawing

Gender = Literal["male", "female"]
AgeGroup = Literal["young", "middle", "senior"]

GROUNDS: Final = [
    ("#d9eef2", "#b9dde5"), ("#e3edf9", "#c6d9f1"), ("#e6f2e6", "#c7e2cb"),
    ("#f6ecdd", "#ebd7bb"), ("#ece8f6", "#d5cdeb"), ("#f8e7e4", "#efcfc9"),
]  # fmt: skip
SKINS: Final = [("#f8d9c0", "#eabf9f"), ("#f5d0b0", "#e3b48f"), ("#fbe0cb", "#efc6a9"), ("#eec39c", "#d9a57b")]
HAIRS: Final = {
    "young": ["#2b2424", "#33272a", "#23262c"],
    "middle": ["#2b2627", "#3a302e", "#2c2d33"],
    "senior": ["#8b8f94", "#6d7075", "#a9abae", "#55565b"],
}
SHIRTS: Final = ["#9cc9e8", "#7fb7c6", "#d9e6ee", "#b9d8c2", "#f0cfd0", "#c9c4e4", "#5d90b4"]
TIES: Final = ["#24527a", "#7a2f3a", "#2f6654", "#4b4a78"]

FACE: Final = "M72 118 C70 76 92 60 120 60 C148 60 170 76 168 118 C168 150 152 190 120 190 C88 190 72 150 72 118 Z"
COAT: Final = "M14 302 C18 252 34 232 70 221 L98 208 L142 208 L170 221 C206 232 222 252 226 302 Z"

# Hair behind the head, then hair in front of it.
MEN: Final = {
    "side-part": (
        "",
        "M66 116 C60 66 84 42 122 42 C162 42 180 68 174 116 C170 112 168 100 166 92 C150 92 128 88 108 74 "
        "C102 88 86 96 75 98 C72 104 70 112 66 116 Z",
    ),
    "short": (
        "",
        "M67 114 C60 70 82 46 120 46 C158 46 180 70 173 114 C169 106 167 96 164 88 C148 80 92 80 76 88 "
        "C73 96 71 106 67 114 Z",
    ),
    "swept": (
        "",
        "M66 114 C58 62 90 36 130 42 C166 46 182 74 174 116 C170 108 168 98 165 90 C152 76 124 74 100 84 "
        "C88 88 80 92 76 96 C72 102 70 108 66 114 Z",
    ),
    "receding": (
        "",
        "M66 118 C62 92 68 66 88 54 C104 46 136 46 152 54 C172 66 178 92 174 118 C169 108 168 96 163 84 "
        "C152 64 136 60 120 62 C104 60 88 64 77 84 C72 96 71 108 66 118 Z",
    ),
}
WOMEN: Final = {
    "bob": (
        "M120 38 C70 38 54 76 56 120 C56 152 60 176 72 188 L168 188 C180 176 184 152 184 120 C186 76 170 38 120 38 Z",
        "M68 128 C60 70 88 46 122 46 C160 46 180 72 172 128 C170 112 164 100 158 92 C140 92 116 86 100 72 "
        "C94 90 80 104 68 128 Z",
    ),
    "bun": (
        "M120 14 C138 14 148 26 146 40 C144 54 132 58 120 58 C108 58 96 54 94 40 C92 26 102 14 120 14 Z",
        "M67 118 C60 68 86 44 120 44 C154 44 180 68 173 118 C170 104 164 92 154 84 C138 74 102 74 86 84 "
        "C76 92 70 104 67 118 Z",
    ),
    "long": (
        "M120 38 C68 38 52 78 54 126 C54 170 48 206 58 224 L94 216 L146 216 L182 224 C192 206 186 170 186 126 "
        "C188 78 172 38 120 38 Z",
        "M68 132 C58 70 88 44 120 44 C152 44 182 70 172 132 C170 112 160 94 120 66 C80 94 70 112 68 132 Z",
    ),
    "fringe": (
        "M120 38 C70 38 54 78 56 122 C56 150 58 170 66 182 L174 182 C182 170 184 150 184 122 C186 78 170 38 120 38 Z",
        "M68 126 C60 70 86 44 120 44 C154 44 180 70 172 126 C170 118 168 112 166 108 C150 112 136 106 128 96 "
        "C118 106 96 112 76 108 C72 112 70 118 68 126 Z",
    ),
    "tail": (
        "M150 52 C186 60 200 96 190 132 C186 156 192 172 182 190 C170 178 166 150 168 120 Z",
        "M67 120 C60 68 84 44 120 44 C156 44 180 68 173 120 C170 106 166 96 160 90 C140 90 112 82 98 70 "
        "C92 88 76 98 67 120 Z",
    ),
}


def _portrait(seed: int, gender: Gender, age_group: AgeGroup) -> Drawing:
    pick = random.Random(f"portrait-{seed}-{gender}")  # noqa: S311 - a picture, not a secret
    ground = pick.choice(GROUNDS)
    skin, shade = pick.choice(SKINS)
    hair = pick.choice(HAIRS[age_group])
    styles = MEN if gender == "male" else WOMEN
    names = [
        name
        for name in styles
        if (name != "receding" or age_group == "senior") and not (age_group == "senior" and name == "fringe")
    ]
    back, front = styles[pick.choice(names)]
    picture = Drawing(240, 300, ground)
    picture.ellipse(120, 150, 112, 112, "#ffffff", opacity=0.28)
    if back:
        picture.path(back, hair)
    _coat(picture, pick, gender, skin, shade)
    _face(picture, pick, gender, age_group, skin=skin, shade=shade, hair=hair)
    picture.path(front, hair)
    picture.line("M92 60 C106 51 128 50 142 55", "#ffffff", 4, opacity=0.13)
    if pick.random() < (0.55 if age_group != "young" else 0.4):
        _glasses(picture, pick)
    return picture


def _coat(picture: Drawing, pick: random.Random, gender: Gender, skin: str, shade: str) -> None:
    shirt = pick.choice(SHIRTS)
    picture.path(COAT, "#fbfdfe")
    picture.path("M14 302 C18 252 34 232 70 221 L78 218 C52 240 46 268 46 302 Z", "#e4edf1")
    picture.path("M226 302 C222 252 206 232 170 221 L162 218 C188 240 194 268 194 302 Z", "#e4edf1")
    picture.path("M94 206 L146 206 L152 218 L120 286 L88 218 Z", shirt)
    picture.path("M99 170 L141 170 L144 206 C138 226 102 226 96 206 Z", shade)
    picture.path("M99 166 L141 166 L143 200 C136 216 104 216 97 200 Z", skin)
    picture.path("M99 172 C106 196 134 196 141 172 L142 186 C132 208 108 208 98 186 Z", shade)
    if gender == "male" and pick.random() < 0.65:  # noqa: PLR2004
        picture.path("M96 200 L88 216 L108 234 L120 216 Z", "#ffffff")
        picture.path("M144 200 L152 216 L132 234 L120 216 Z", "#ffffff")
        tie = pick.choice(TIES)
        picture.path("M113 216 L127 216 L130 226 L124 232 L116 232 L110 226 Z", tie)
        picture.path("M116 232 L124 232 L131 268 L120 290 L109 268 Z", tie)
    picture.path("M92 205 L70 222 L82 250 L76 260 L119 302 L121 290 L90 224 Z", "#f1f6f8")
    picture.path("M148 205 L170 222 L158 250 L164 260 L121 302 L119 290 L150 224 Z", "#f1f6f8")
    picture.line("M92 206 L70 223 L82 250 L76 260 L119 302", "#cfdde3", 1.6)
    picture.line("M148 206 L170 223 L158 250 L164 260 L121 302", "#cfdde3", 1.6)
    extra = pick.random()
    if extra < 0.55:  # noqa: PLR2004
        picture.line("M84 214 C74 244 82 262 96 272", "#2f4b57", 4.4)
        picture.line("M156 214 C168 240 168 256 164 268", "#2f4b57", 4.4)
        picture.ellipse(164, 277, 9, 9, "#2f4b57")
        picture.ellipse(164, 277, 5, 5, "#c9d7dd")
    else:
        picture.rect(160, 254, 32, 22, "#ffffff", 3)
        picture.rect(160, 254, 32, 7, "#0a6f8a", 3)
        picture.line("M165 267 L180 267", "#b6c6cd", 2)
        picture.line("M165 271.5 L175 271.5", "#d2dde2", 2)


def _face(
    picture: Drawing, pick: random.Random, gender: Gender, age: AgeGroup, *, skin: str, shade: str, hair: str
) -> None:
    for x in (70, 170):
        picture.ellipse(x, 126, 9, 14, skin)
        picture.ellipse(x, 127, 4.5, 8, shade)
    picture.path(FACE, skin)
    for x in (92, 148):
        picture.ellipse(x, 150, 11, 8, "#e98f7c", opacity=0.22 if gender == "female" else 0.13)
    brow = hair if age != "senior" else "#6b6c70"
    lift = pick.choice([0, 1, 2])
    weight = 3.6 if gender == "male" else 2.6
    picture.line(f"M91 {116 - lift} Q100 {110 - lift} 110 {115 - lift}", brow, weight)
    picture.line(f"M130 {115 - lift} Q140 {110 - lift} 149 {116 - lift}", brow, weight)
    for x in (101, 139):
        picture.ellipse(x, 130, 4.6, 5.4, "#2a2426")
        picture.ellipse(x + 1.6, 128, 1.5, 1.5, "#ffffff")
    if gender == "female":
        picture.line("M93 127 Q100 121 108 127", "#2a2426", 2)
        picture.line("M132 127 Q140 121 147 127", "#2a2426", 2)
    picture.line("M120 134 Q116 146 118 150 Q120 152 124 151", shade, 2.6)
    smile = pick.choice([170, 172, 174])
    lips = "#c4625a" if gender == "female" else "#b06a58"
    if pick.random() < 0.4:  # noqa: PLR2004
        picture.path(
            f"M104 164 Q120 168 136 164 Q132 {smile + 8} 120 {smile + 8} Q108 {smile + 8} 104 164 Z", "#ffffff"
        )
        picture.line(f"M104 164 Q120 168 136 164 Q132 {smile + 8} 120 {smile + 8} Q108 {smile + 8} 104 164", lips, 2)
    else:
        picture.line(f"M106 165 Q120 {smile + 5} 134 165", lips, 3)
    if age == "senior":
        picture.line("M90 158 Q87 166 92 173", shade, 2)
        picture.line("M150 158 Q153 166 148 173", shade, 2)
        picture.line("M86 134 L82 132", shade, 1.6)
        picture.line("M154 134 L158 132", shade, 1.6)


def _glasses(picture: Drawing, pick: random.Random) -> None:
    frame = pick.choice(["#33424a", "#5b4334", "#26323a", "#7b8a92"])
    if pick.random() < 0.5:  # noqa: PLR2004
        for x in (101, 139):
            picture.ellipse(x, 131, 15.5, 14, "#ffffff", opacity=0.18)
            picture.ellipse(x, 131, 15.5, 14, stroke=frame, width=2.6)
    else:
        for x in (85, 124):
            picture.rect(x, 119, 31, 24, "#ffffff", 8, opacity=0.18)
            picture.rect(x, 119, 31, 24, radius=8, stroke=frame, width=2.6)
    picture.line("M116 129 Q120 126 124 129", frame, 2.6)
    picture.line("M85 127 L73 124", frame, 2.2)
    picture.line("M155 127 L167 124", frame, 2.2)


def portrait_svg(seed: int, gender: Gender = "female", age_group: AgeGroup = "middle") -> str:
    """Return a portrait of 240×300 units as SVG text."""
    return _portrait(seed, gender, age_group).to_svg()


def portrait_png(seed: int, gender: Gender = "female", size: int = 320, age_group: AgeGroup | None = None) -> bytes:
    """Return a portrait as PNG bytes, ``size`` pixels wide and a quarter higher.

    Without an age group the seed chooses one, so that a hospital's doctors differ.
    """
    ages: tuple[AgeGroup, ...] = ("young", "middle", "middle", "senior")
    chosen: AgeGroup = age_group or ages[seed % len(ages)]
    return _portrait(seed, gender, chosen).to_png(size)
