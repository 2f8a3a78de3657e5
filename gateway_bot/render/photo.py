"""Pictures made by others: opened with care, cut to the shape of a portrait."""

import io
import warnings

from PIL import Image, ImageOps

SIZE = (512, 680)
PIXEL_LIMIT = 24_000_000
FORMATS = ("JPEG", "PNG", "WEBP", "GIF")


def shrink(data: bytes) -> bytes:
    """The picture as a small JPEG in the portrait's shape; the top stays, for faces are there."""
    with warnings.catch_warnings():
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        image = Image.open(io.BytesIO(data), formats=FORMATS)
    if image.width * image.height > PIXEL_LIMIT:
        raise ValueError(f"a picture of {image.width} by {image.height} is too large")
    image.draft("RGB", (SIZE[0] * 2, SIZE[1] * 2))
    fitted = ImageOps.fit(ImageOps.exif_transpose(image).convert("RGB"), SIZE, centering=(0.5, 0.2))
    out = io.BytesIO()
    fitted.save(out, "JPEG", quality=88)
    return out.getvalue()
