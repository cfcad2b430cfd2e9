"""Pictures on surfaces: texels where they belong, in linear light, and their mean from far away."""

from __future__ import annotations

import numpy as np
import pytest

from simgen.models import Material
from simgen.models.finish import Finish
from simgen.models.geometry import mesh_of_quads
from simgen.models.texture import MOST_SIDE, first_level, texture_of
from simgen.render.geometry import pack
from simgen.render.kernels.pattern_layers import LAYERS
from simgen.render.kernels.reflectance import reflect
from simgen.render.kernels.resolve import AB, AG, AR, BLOCK, FU, FV, ROWS, U, V
from simgen.render.noise import textures
from simgen.snapshot import Cast, CastPart
from tests.render.small_stage import runs_of


def _picture(height=32, width=64):
    return np.random.default_rng(3).uniform(0.05, 0.9, (height, width, 3))


def _albedo(picture, u, v, footprint, finishes=None):
    """(N, 3) albedo at places in texels."""
    texture = texture_of(picture)
    materials = [  # two colours that stand for one picture elsewhere, and a plain one
        Material("own 0", (0.5, 0.4, 0.3), pattern="texture", texture=texture),
        Material("own 1", (0.1, 0.2, 0.3), pattern="texture", texture=texture),
        Material("own 2", (0.2, 0.2, 0.2)),
        Material("own 3", (0.5, 0.4, 0.3), pattern="texture", texture=texture_of(1.0 - picture)),
    ]
    quad = [(0, 0, 0), (1, 0, 0), (1, 1, 0), (0, 1, 0)]
    parts = tuple(CastPart(mesh_of_quads([quad], m), 1, 0) for m in materials)
    g = pack(Cast(parts, (), False, finishes or {}))
    if not finishes:
        assert len(g.materials) == 3
        assert g.face_material[0] == g.face_material[2]
    n = len(u)
    out = np.full(ROWS * BLOCK, np.nan, np.float32)
    for row, values in zip((U, V, FU, FV), (u, v, footprint, footprint), strict=True):
        out[row : row + n] = values
    face = np.zeros(n, np.int32)
    lit = np.zeros(len(parts), np.uint8)
    runs = runs_of(face, g.face_part, g.face_material)
    reflect(*runs, g.materials.ravel(), lit, LAYERS, textures(), g.texels, out)
    return np.stack([out[row : row + n] for row in (AR, AG, AB)], -1).astype(float)


def test_texels_are_where_they_belong():
    picture = _picture()
    j, i = (k.ravel() for k in np.meshgrid(np.arange(32), np.arange(64), indexing="ij"))
    for shift in (0, -64 * 5, 64 * 3):  # it repeats
        seen = _albedo(picture, i + 0.5 + shift, j + 0.5 + shift, np.full(len(i), 0.3))
        assert seen == pytest.approx(picture[j, i], abs=2.0 / 1023.0)


def test_between_texels_light_is_mixed_in_proportion():
    picture = _picture()
    rng = np.random.default_rng(4)
    u, v = rng.uniform(-90.0, 90.0, (2, 500)).astype(np.float32)
    x, y = u.astype(float) - 0.5, v.astype(float) - 0.5
    i, j = np.floor(x).astype(int), np.floor(y).astype(int)
    a, b = (x - i)[:, None], (y - j)[:, None]
    at = [[picture[(j + dj) % 32, (i + di) % 64] for di in (0, 1)] for dj in (0, 1)]
    expected = (at[0][0] * (1 - a) + at[0][1] * a) * (1 - b) + (at[1][0] * (1 - a) + at[1][1] * a) * b
    assert _albedo(picture, u, v, np.full(500, 0.2)) == pytest.approx(expected, abs=3.0 / 1023.0)


def test_levels_are_means_and_join_without_a_step():
    picture = _picture()
    texel = picture.reshape(8, 4, 16, 4, 3).mean(axis=(1, 3))  # level 2
    j, i = (k.ravel() for k in np.meshgrid(np.arange(8), np.arange(16), indexing="ij"))
    seen = _albedo(picture, 4.0 * i + 2.0, 4.0 * j + 2.0, np.full(len(i), 4.0))
    assert seen == pytest.approx(texel[j, i], abs=2.0 / 1023.0)
    footprint = np.geomspace(1.0, 300.0, 4000)
    walk = _albedo(picture, np.full(4000, 20.3), np.full(4000, 11.7), footprint)
    assert np.abs(np.diff(walk, axis=0)).max() < 4e-3
    assert walk[-1] == pytest.approx(picture.mean(axis=(0, 1)), abs=2.0 / 1023.0)


def test_nothing_shimmers():
    """Half a pixel further on, a picture of noise changes by less than its contrast, at every distance."""
    picture = _picture(256, 256)
    rng = np.random.default_rng(5)
    u, v = rng.uniform(0.0, 256.0, (2, 4000))
    for footprint in (0.5, 1.0, 2.0, 5.0, 12.0):
        wide = np.full(4000, footprint)
        here = _albedo(picture, u, v, wide)
        there = _albedo(picture, u + 0.35 * footprint, v + 0.35 * footprint, wide)
        change = np.sqrt(((here - there) ** 2).mean())
        assert change < 0.9 * here.std(), footprint


def test_a_finish_reaches_pictures():
    picture = _picture()
    seen = _albedo(picture, np.array([3.5]), np.array([4.5]), np.array([0.1]), {"plain": Finish(brightness=0.5)})
    assert seen[0] == pytest.approx(0.5 * picture[4, 3], abs=2.0 / 1023.0)


@pytest.mark.parametrize(("shape", "wanted"), [((30, 100), (32, 128)), ((1, 3), (1, 4)), ((1500, 40), (1024, 32))])
def test_pictures_of_any_size_keep_their_mean(shape, wanted):
    picture = _picture(*shape)
    texture = texture_of(picture)
    assert (texture.height, texture.width) == wanted
    assert max(texture.width, texture.height) <= MOST_SIDE
    assert first_level(texture).mean(axis=(0, 1)) == pytest.approx(picture.mean(axis=(0, 1)), abs=2e-3)
    last = texture.words[-1]
    assert ((last & 1023) / 1023.0) ** 2 == pytest.approx(picture[..., 0].mean(), abs=2e-3)
