"""An application form as a person fills it in, for scanners that are not there. All people in it are invented."""

import random
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

SHEET_MM = (210, 297)
FONT_FOLDER = Path("/usr/share/fonts/truetype/noto")
MM_PER_INCH = 25.4
PAPER, INK, PEN, RULE = 250, 20, 70, 150
LAST_NAMES = ("Ґудзик", "Їжакевич", "Євіна", "Шевчук", "Лісовий", "Щербань")
FIRST_NAMES = ("Надія", "Юрій", "Галина", "Остап", "Зоряна", "Андрій")
STREETS = ("вул. Садова", "просп. Науки", "вул. Ґрунтова", "пров. Тихий")
FIELDS = (
    "Прізвище, ім'я",
    "Місце проживання",
    "Вид послуги",
    "Перелік доданих документів",
    "Спосіб отримання результату",
)


def form_page(chance: random.Random, *, dpi: int) -> Image.Image:
    """One grey A4 sheet; ``chance`` decides what is written in it."""
    scale = dpi / MM_PER_INCH
    sheet = Image.new("L", (round(SHEET_MM[0] * scale), round(SHEET_MM[1] * scale)), PAPER)
    draw = ImageDraw.Draw(sheet)

    def write(text: str, *, x_mm: float, y_mm: float, size_mm: float, level: int) -> None:
        draw.text((x_mm * scale, y_mm * scale), text, font=_font(size_mm * scale), fill=level)

    write("Центр надання адміністративних послуг", x_mm=60, y_mm=18, size_mm=4.4, level=INK)
    write("ЗАЯВА", x_mm=92, y_mm=34, size_mm=7, level=INK)
    answers = (
        f"{chance.choice(LAST_NAMES)} {chance.choice(FIRST_NAMES)}",
        f"м. Харків, {chance.choice(STREETS)}, буд. {chance.randint(1, 180)}",
        "Реєстрація місця проживання",
        "копія паспорта — 1 арк., довідка № " + str(chance.randint(10, 999)),
        "особисто у центрі",
    )
    for row, (label, answer) in enumerate(zip(FIELDS, answers, strict=True)):
        top = 55 + 24 * row
        write(label, x_mm=22, y_mm=top, size_mm=3.6, level=INK)
        write(answer, x_mm=26, y_mm=top + 7, size_mm=5, level=PEN)
        draw.line([(22 * scale, (top + 14.5) * scale), (188 * scale, (top + 14.5) * scale)], fill=RULE, width=2)
    write("Дата ____________        Підпис ____________", x_mm=22, y_mm=240, size_mm=4, level=INK)
    for _ in range(round(4 * scale)):  # dust on the glass
        draw.point((chance.randrange(sheet.width), chance.randrange(sheet.height)), fill=chance.randint(90, 200))
    return sheet


def _font(size: float) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    path = FONT_FOLDER / "NotoSans-Regular.ttf"
    return ImageFont.truetype(str(path), max(6, round(size))) if path.exists() else ImageFont.load_default()
