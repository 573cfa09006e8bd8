"""Small versions of images, made once from a content and kept beside it in the file store."""

from __future__ import annotations

from io import BytesIO
from typing import BinaryIO

from PIL import Image, ImageOps

from .parts.files import FileStore

MEDIA_TYPE = "image/webp"
SIZES = {"small": 128, "large": 960}
"""The longer side of each size in pixels."""
SOURCES = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp", "image/avif", "image/bmp", "image/tiff"})


def has_thumbnail(media_type: str | None, width: int | None) -> bool:
    """Whether a small version can be made of a file of this type; `width` is known of images that can be read."""
    return media_type in SOURCES and width is not None


def thumbnail(files: FileStore, sha256: str, size: str) -> BinaryIO | None:
    """The small version of an image, made now if it was not yet; None where the bytes are no image."""
    key = f"{sha256}.{size}.webp"
    if (kept := files.open(key)) is not None:
        return kept
    original = files.open(sha256)
    if original is None:
        return None
    with original:
        made = _shrunk(original, SIZES[size])
    if made is None:
        return None
    files.put_derived(key, made)
    return BytesIO(made)


def _shrunk(stream: BinaryIO, longer_side: int) -> bytes | None:
    try:
        with Image.open(stream) as image:
            image.draft("RGB", (longer_side, longer_side))
            upright = ImageOps.exif_transpose(image)
            upright.thumbnail((longer_side, longer_side))
            written = BytesIO()
            has_alpha = upright.mode in ("RGBA", "LA", "PA") or "transparency" in upright.info
            upright.convert("RGBA" if has_alpha else "RGB").save(written, "WEBP", quality=82)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return None
    return written.getvalue()
