"""The rows of numbers by which kernels know the materials of a cast, and the words of their textures."""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy

import numpy as np
from numpy.typing import NDArray

from simgen.models import LAMP_KINDS, PATTERNS, Material
from simgen.models.finish import MARKED, Finish, shown
from simgen.models.texture import Texture
from simgen.render.noise import worn_share
from simgen.snapshot import CastPart

MATERIAL_COLUMNS = 25
"""albedo 0-2, albedo2 3-5, roughness 6, f0 7, metallic 8, coat 9, pattern 10, contrast 11, params 12-17 (of a
texture where it begins in blocks of `TEXEL_BLOCK`, width, height, levels; its factor is in 3-5),
emission 18-20, lamp bit 21 (0 always lit), cracks 22, share mended 23, mean share of markings that is worn 24."""

TEXEL_BLOCK = 256
"""Words by which textures begin, so that a float32 names every beginning exactly."""


class MaterialTable:
    """The rows of materials of a cast, each once, and their textures.

    Attributes:
        rows: (MATERIAL_COLUMNS,) float32 each.
    """

    def __init__(self, finishes: Mapping[str, Finish]) -> None:
        self._finishes = finishes
        self._row_of: dict[tuple[Material, tuple[float, ...] | None], int] = {}
        self._rows_of: dict[tuple[int, tuple[object, ...]], tuple[tuple[Material, ...], NDArray[np.int32]]] = {}
        self._pictured: dict[bytes, int] = {}
        self._blocks: dict[Texture, int] = {}
        self._words: list[NDArray[np.int32]] = []
        self._used = 0
        self.rows: list[NDArray[np.float32]] = []

    def copy(self) -> MaterialTable:
        """A table that begins as this one is."""
        out = copy(self)
        for name, value in vars(self).items():
            if isinstance(value, (dict, list)):
                setattr(out, name, copy(value))
        return out

    def rows_of(self, materials: tuple[Material, ...], part: CastPart) -> NDArray[np.int32]:
        """(M,) numbers of the rows of materials on a part.

        Copies of a mesh share their list of materials.
        """
        key = (id(materials), part.tint)
        if key not in self._rows_of:
            rows = np.array([self._row(m, part) for m in materials], np.int32)
            self._rows_of[key] = materials, rows  # which keeps them alive: another's list never has this one's id
        return self._rows_of[key][1]

    def _row(self, material: Material, part: CastPart) -> int:
        """Number of the row of a material on a part."""
        key = (material, dict(part.tint).get(material.slot) if material.slot else None)
        if key not in self._row_of:
            row = _row(material, shown(material, dict(part.tint), self._finishes))
            same = None
            if material.texture is not None:
                row[0:3] = 0.0  # of one picture, however many colours stand for it elsewhere
                row[12] = self._block(material.texture)
                same = self._pictured.setdefault(row.tobytes(), len(self.rows))
            if same is None or same == len(self.rows):
                self.rows.append(row)
            self._row_of[key] = len(self.rows) - 1 if same is None else same
        return self._row_of[key]

    def _block(self, texture: Texture) -> int:
        """Where a texture begins, in blocks."""
        if texture not in self._blocks:
            self._blocks[texture] = self._used
            count = -(-len(texture.words) // TEXEL_BLOCK)
            self._words.append(np.pad(texture.words, (0, count * TEXEL_BLOCK - len(texture.words))))
            self._used += count
        return self._blocks[texture]

    def texels(self) -> NDArray[np.int32]:
        """All textures."""
        return np.concatenate([np.zeros(0, np.int32), *self._words])


def _row(own: Material, material: Material) -> NDArray[np.float32]:
    """The row of a material: `own` as its model has it, `material` as it is shown."""
    row = np.zeros(MATERIAL_COLUMNS, np.float32)
    row[0:3] = material.albedo
    row[3:6] = material.albedo2
    row[6:10] = (material.roughness, material.f0, material.metallic, material.coat)
    row[10:12] = (PATTERNS.index(material.pattern), material.contrast)
    row[12 : 12 + len(material.params)] = material.params
    if material.texture is not None:
        t = material.texture
        row[3:6] = [a / b if b > 0.0 else 1.0 for a, b in zip(material.albedo, own.albedo, strict=True)]
        row[11], row[13:16] = 0.0, (t.width, t.height, t.levels)
    row[18:21] = material.emission_cd_m2
    row[21] = 1 << LAMP_KINDS.index(material.lamp) if material.lamp else 0
    row[22:24] = (material.cracks, material.mended)
    row[24] = worn_share(material.params[5]) if material.pattern in MARKED else 0.0
    return row
