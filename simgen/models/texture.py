"""Pictures on surfaces: texels in linear light with mip levels, as the renderer reads them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

MOST_SIDE = 1024
"""Texels a side of a texture; larger pictures are halved."""
MOST_TEXELS = 8 << 20
"""Texels of all textures of a mesh; beyond it all are halved."""
_TOP = 1023.0


@dataclass(frozen=True, eq=False)
class Texture:
    """A picture that repeats in both directions.

    Attributes:
        words: (N,) int32 all levels, each half as large as the one before down to one texel, rows from the top; a word
            holds the square roots of R, G and B in linear light, 10 bits each, R lowest.
        width, height: of the first level, powers of two.
        levels: how many there are.
    """

    words: NDArray[np.int32]
    width: int
    height: int

    @property
    def levels(self) -> int:
        """How many levels there are."""
        return max(self.width, self.height).bit_length()


def texture_of(linear: Floats, most_side: int = MOST_SIDE) -> Texture:
    """The texture of a picture, (H, W, 3) linear reflectance 0 to 1, brought to sides that are powers of two."""
    level = _to_side(_to_side(linear, 0, most_side), 1, most_side)
    height, width = level.shape[:2]
    words = []
    while True:
        code = np.rint(np.sqrt(np.clip(level, 0.0, 1.0)) * _TOP).astype(np.int32)
        words.append((code[..., 0] | code[..., 1] << 10 | code[..., 2] << 20).ravel())
        if level.shape[:2] == (1, 1):
            return Texture(np.concatenate(words), width, height)
        level = _halved(_halved(level, 0), 1)


def first_level(texture: Texture) -> Floats:
    """(H, W, 3) linear reflectance of the finest level."""
    words = texture.words[: texture.width * texture.height].reshape(texture.height, texture.width)
    code = np.stack([words & 1023, words >> 10 & 1023, words >> 20 & 1023], axis=-1) / _TOP
    return code * code


def _halved(values: Floats, axis: int) -> Floats:
    if values.shape[axis] == 1:
        return values
    a, b = np.moveaxis(values, axis, 0)[0::2], np.moveaxis(values, axis, 0)[1::2]
    return np.moveaxis(0.5 * (a + b), 0, axis)


def _to_side(values: Floats, axis: int, most: int) -> Floats:
    """The picture with the nearest power of two of texels along an axis: means of what each covers (box filter)."""
    count = values.shape[axis]
    wanted = min(1 << max(round(np.log2(count)), 0), most)
    if wanted == count:
        return values
    lines = np.moveaxis(values, axis, 0)
    total = np.concatenate([np.zeros((1, *lines.shape[1:])), np.cumsum(lines, axis=0)])
    edge = np.arange(wanted + 1) * (count / wanted)
    k = np.minimum(edge.astype(np.int64), count - 1)
    at = total[k] + lines[k] * (edge - k).reshape(-1, *[1] * (lines.ndim - 1))
    return np.moveaxis(np.diff(at, axis=0) * (wanted / count), 0, axis)
