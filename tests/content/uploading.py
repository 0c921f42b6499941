"""Files as people and machines upload them, good and bad."""

import io
import struct
import zlib
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

PARIS = {1: "N", 2: (48.0, 51.0, 0.0), 3: "E", 4: (2.0, 21.0, 0.0)}


def picture(kind: str = "JPEG", size: tuple[int, int] = (60, 40), mode: str = "RGB", **options: Any) -> bytes:
    """Return a picture of one colour in a format of Pillow's."""
    buffer = io.BytesIO()
    colour: Any = {"CMYK": (0, 255, 255, 0), "RGBA": (10, 111, 138, 120), "L": 90, "P": 3}.get(mode, (10, 111, 138))
    Image.new(mode, size, colour).save(buffer, kind, **options)
    return buffer.getvalue()


def photo_with_place() -> bytes:
    """Return a phone's photo: turned by its EXIF, with camera and place."""
    exif = Image.Exif()
    exif[0x0112] = 6  # turn to the right
    exif[0x010F] = "SecretPhone"
    exif.get_ifd(0x8825).update(PARIS)
    return picture(size=(60, 40), exif=exif)


def bomb(side: int = 30_000) -> bytes:
    """Return a PNG of some kilobytes that claims a billion points."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    rows = zlib.compress(bytes((side // 8 + 1) * 100))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def moving() -> bytes:
    """Return an animated GIF."""
    buffer = io.BytesIO()
    frames = [Image.new("RGB", (20, 20), (n * 80, 0, 0)) for n in range(3)]
    frames[0].save(buffer, "GIF", save_all=True, append_images=frames[1:])
    return buffer.getvalue()


def upload(content: bytes, name: str) -> SimpleUploadedFile:
    """Return a file as a form gets it."""
    return SimpleUploadedFile(name, content)
