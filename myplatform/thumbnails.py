"""Small versions of images and of PDFs' first pages, made once and kept beside the content; squares of photos."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from threading import Lock
from typing import BinaryIO

from PIL import Image, ImageOps

from .documents import first_page
from .errors import Invalid, Unavailable
from .parts.files import FileStore

MEDIA_TYPE = "image/webp"
PDF, PDF_BEGINS = "application/pdf", b"%PDF-"
DRAWING_SECONDS = 5.0
WAITING_SECONDS = 2.0
_TURNS = (Lock(), Lock())
"""Drawing starts a program: as many run at once as there are locks; all who want one file wait for the same lock."""
SIZES = {"small": 128, "large": 960}
"""The longer side of each size in pixels."""
SOURCES = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp", "image/avif", "image/bmp", "image/tiff"})

FORMATS = ("PNG", "JPEG", "GIF", "WEBP", "AVIF", "BMP", "TIFF", "ICO")
"""What is taken for an image, whatever its name says: Pillow would hand others to programs that run what is in them."""

PHOTO_SIDE = 640
"""Pixels of a person's photo at most, which is a square."""


@dataclass(frozen=True)
class Square:
    """A part of an upright image, in its pixels."""

    x: int
    y: int
    size: int


def has_thumbnail(media_type: str | None, width: int | None) -> bool:
    """Whether a small version can be made of a file of this type; `width` is known of images that can be read."""
    return media_type == PDF or (media_type in SOURCES and width is not None)


def thumbnail(files: FileStore, sha256: str, size: str) -> BinaryIO | None:
    """The small version of an image or PDF, made now if it was not yet; None where the bytes are neither.

    Raises `Unavailable` where more PDFs wait to be drawn than can be soon.
    """
    key = f"{sha256}.{size}.webp"
    if (kept := files.open(key)) is not None:
        return _unless_empty(kept)
    original = files.open(sha256)
    if original is None:
        return None
    with original:
        is_pdf = original.read(len(PDF_BEGINS)) == PDF_BEGINS
        original.seek(0)
        if is_pdf:
            return _drawn_in_turn(files, key, original, SIZES[size])
        made = _shrunk(original, SIZES[size])
    if made is None:
        return None
    files.put_derived(key, made)
    return _unless_empty(BytesIO(made))


def _drawn_in_turn(files: FileStore, key: str, original: BinaryIO, longer_side: int) -> BinaryIO | None:
    """The first page, drawn by one at a time of those who want the same file; the others get what that one made."""
    turn = _TURNS[int(key[:8], 16) % len(_TURNS)]
    if not turn.acquire(timeout=WAITING_SECONDS):
        raise Unavailable("too many first pages of PDF files are wanted at once", seconds=5)
    try:
        if (kept := files.open(key)) is not None:
            return _unless_empty(kept)
        made = _first_page(original, longer_side)
        files.put_derived(key, made)
    finally:
        turn.release()
    return _unless_empty(BytesIO(made))


def _unless_empty(stream: BinaryIO) -> BinaryIO | None:
    """The stream, or None for the nothing that is kept of a page that cannot be drawn, so that nobody tries again."""
    if stream.read(1):
        stream.seek(0)
        return stream
    stream.close()
    return None


def _first_page(stream: BinaryIO, longer_side: int) -> bytes:
    drawn = first_page(stream, seconds=DRAWING_SECONDS)
    return (drawn and _shrunk(BytesIO(drawn), longer_side)) or b""


def _shrunk(stream: BinaryIO, longer_side: int) -> bytes | None:
    try:
        with Image.open(stream, formats=FORMATS) as image:
            image.draft("RGB", (longer_side, longer_side))
            upright = ImageOps.exif_transpose(image)
            upright.thumbnail((longer_side, longer_side))
            written = BytesIO()
            has_alpha = upright.mode in ("RGBA", "LA", "PA") or "transparency" in upright.info
            upright.convert("RGBA" if has_alpha else "RGB").save(written, "WEBP", quality=82)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return None
    return written.getvalue()


def photo_square(stream: BinaryIO, square: Square | None, most_pixels: int) -> BytesIO:
    """A square part of an image as JPEG, by default the middle, at most PHOTO_SIDE pixels wide. Raises `Invalid`."""
    try:
        with Image.open(stream, formats=FORMATS) as image:
            if image.width * image.height > most_pixels:
                raise Invalid.one(
                    "photo", f"has {image.width} × {image.height} pixels, more than the {most_pixels:,} allowed here"
                )
            upright = ImageOps.exif_transpose(image).convert("RGBA")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        raise Invalid.one("photo", "is no image that can be shown; choose a JPEG, PNG or WebP") from None
    part = upright.crop(_box(upright.size, square))
    if part.width > PHOTO_SIDE:
        part = part.resize((PHOTO_SIDE, PHOTO_SIDE), Image.Resampling.LANCZOS)
    ground = Image.new("RGB", part.size, "white")
    ground.paste(part, mask=part)
    written = BytesIO()
    ground.save(written, "JPEG", quality=88)
    written.seek(0)
    return written


def _box(size: tuple[int, int], square: Square | None) -> tuple[int, int, int, int]:
    """The square, as far as it lies in an image of this size, as left, top, right and bottom."""
    width, height = size
    side = min(width, height)
    if square is None:
        square = Square((width - side) // 2, (height - side) // 2, side)
    side = max(1, min(square.size, side))
    left, top = max(0, min(square.x, width - side)), max(0, min(square.y, height - side))
    return left, top, left + side, top + side


def jpeg_of(stream: BinaryIO, longer_side: int) -> bytes:
    """An image that is known to be one as a small JPEG."""
    with Image.open(stream, formats=FORMATS) as image:
        image.thumbnail((longer_side, longer_side))
        written = BytesIO()
        image.convert("RGB").save(written, "JPEG", quality=80)
    return written.getvalue()
