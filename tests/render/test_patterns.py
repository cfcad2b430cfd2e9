"""Patterns: every point gets its own value, whatever stands beside it, and far surfaces get the mean."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from simgen.models import PATTERNS
from simgen.render.geometry import MATERIAL_COLUMNS
from simgen.render.kernels.patterns import LAYERS
from simgen.render.kernels.reflectance import reflect
from simgen.render.kernels.resolve import AR, BLOCK, FU, FV, ROWS, SKY, U, V
from simgen.render.noise import CHANNEL, CRACK, LEVELS, MEAN, SIZE, field, textures

LAMP = 4


def _materials() -> NDArray[np.float32]:
    """One lit material of every pattern."""
    rng = np.random.default_rng(1)
    m = np.zeros((len(PATTERNS), MATERIAL_COLUMNS), np.float32)
    m[:, :10] = rng.uniform(0.1, 0.6, (len(m), 10))
    m[:, 10] = np.arange(len(m))
    m[:, 11] = 0.8
    m[:, 12:18] = (3.5, 2.0, 3.0, 6.0, 0.15, 0.5)
    m[::3, 18:21] = rng.uniform(1.0, 9.0, (len(m[::3]), 3))
    m[::6, 21] = LAMP
    return m


def _reflect(face: NDArray[np.int32], where: NDArray[np.float32], poison: float) -> NDArray[np.float32]:
    """Rows AR to SKY of points at the surface coordinates and footprints `where` (4, N)."""
    out = np.full(ROWS * BLOCK, poison, np.float32)
    for row, values in zip((U, V, FU, FV), where, strict=True):
        out[row : row + len(face)] = values
    of_face = np.arange(len(PATTERNS), dtype=np.int32).repeat(2)  # two triangles a material, on two parts
    part = np.tile(np.array([0, 1], np.int32), len(PATTERNS))
    lit = np.array([LAMP, 0], np.uint8)
    reflect(face, 0, len(face), part, of_face, _materials().ravel(), lit, LAYERS, textures(), out)
    rows: NDArray[np.float32] = out.reshape(ROWS, BLOCK)[AR // BLOCK : SKY // BLOCK + 1, : len(face)]
    return rows


def test_a_point_does_not_depend_on_its_neighbours() -> None:
    rng = np.random.default_rng(2)
    lengths = rng.choice([1, 2, 5, 15, 16, 17, 40, 300], 2000)
    face = np.repeat(rng.integers(-1, 2 * len(PATTERNS), 2000), lengths)[:BLOCK].astype(np.int32)
    where = np.empty((4, BLOCK), np.float32)
    where[:2] = rng.normal(size=(2, BLOCK)) * 30.0
    where[2:] = 10.0 ** rng.uniform(-4.0, 2.0, (2, BLOCK))
    together = _reflect(face, where, np.nan)
    order = rng.permutation(BLOCK)[: BLOCK - 5]
    apart = _reflect(face[order], where[:, order], 7.0)
    seen = face[order] >= 0
    assert np.isfinite(together[:, face >= 0]).all()
    np.testing.assert_array_equal(together[:, order][:, seen], apart[:, seen])


@pytest.mark.parametrize("pattern", ["asphalt", "floor"])
def test_far_cracks_have_their_mean(pattern: str) -> None:
    # With every footprint beyond the last level that varies, nothing may change any more.
    index = PATTERNS.index(pattern)
    where = np.zeros((4, 3), np.float32)
    where[:2] = 0.3
    where[2:] = (40.0, 100.0, 1000.0)
    albedo = _reflect(np.full(3, 2 * index, np.int32), where, 0.0)[0]
    m, crack = _materials()[index], {"asphalt": 1.1, "floor": 0.45}[pattern]
    joints = 1.0 - 0.55 * 0.012 / 5.0 if pattern == "floor" else 1.0
    expected = m[0] * (1.0 - m[11] * crack * MEAN[CRACK]) * joints
    np.testing.assert_allclose(albedo, expected, rtol=2e-3)


def test_a_word_holds_the_texels_of_a_look_up() -> None:
    words = textures().view(np.uint32)
    for channel in range(len(MEAN)):
        texels = field(channel)
        level = words[channel * CHANNEL + SIZE * SIZE : (channel + 1) * CHANNEL].reshape(SIZE, SIZE)
        for byte, shift in enumerate(((0, 0), (0, -1), (-1, 0), (-1, -1))):
            np.testing.assert_array_equal(level >> (8 * byte) & 255, np.roll(texels, shift, axis=(0, 1)))
        for k in range(LEVELS):
            size = SIZE >> k
            part = words[channel * CHANNEL + size * size : channel * CHANNEL + 2 * size * size] & 255
            assert abs(float(part.mean()) - float(texels.mean())) < 0.6
