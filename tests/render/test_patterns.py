"""Patterns: every point gets its own value, whatever stands beside it, and far surfaces get the mean."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from simgen.models import PATTERNS, Material
from simgen.models.appearance import mean_albedo
from simgen.models.geometry import mesh_of_quads
from simgen.models.sites.buildings import BARN_DOOR, house
from simgen.render.geometry import pack
from simgen.render.kernels.pattern_layers import LAYERS
from simgen.render.kernels.patterns import PATCH_DARKER
from simgen.render.kernels.reflectance import reflect
from simgen.render.kernels.resolve import AB, AG, AR, BLOCK, FU, FV, ROWS, SKY, U, V
from simgen.render.material_table import MATERIAL_COLUMNS
from simgen.render.noise import CHANNEL, LEVELS, MEAN, SIZE, field, textures
from simgen.rng import Stream
from simgen.snapshot import Cast, CastPart
from tests.render.small_stage import runs_of

LAMP = 4
TEXELS = np.random.default_rng(9).integers(0, 1 << 30, 1 << 13).astype(np.int32)


def _materials() -> NDArray[np.float32]:
    """One lit material of every pattern."""
    rng = np.random.default_rng(1)
    m = np.zeros((len(PATTERNS), MATERIAL_COLUMNS), np.float32)
    m[:, :10] = rng.uniform(0.1, 0.6, (len(m), 10))
    m[:, 10] = np.arange(len(m))
    m[:, 11] = 0.8
    m[:, 12:18] = (3.5, 2.0, 3.0, 6.0, 0.15, 0.5)
    m[:, 22:25] = (1.0, 0.2, 0.3)
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
    reflect(*runs_of(face, part, of_face), _materials().ravel(), lit, LAYERS, textures(), TEXELS, out)
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


def _seen(material: Material, where: NDArray[np.float32]) -> NDArray[np.float64]:
    """(N, 3) albedo of a material at surface coordinates and footprints (4, N)."""
    grey = CastPart(mesh_of_quads([[(0, 0, 0), (1, 0, 0), (1, 1, 0), (0, 1, 0)]], material), 1, 0)
    row = pack(Cast((grey,), (), False)).materials
    out = np.full(ROWS * BLOCK, np.nan, np.float32)
    for k, values in zip((U, V, FU, FV), where, strict=True):
        out[k : k + where.shape[1]] = values
    zero = np.zeros(where.shape[1], np.int32)
    reflect(*runs_of(zero, zero[:1], zero[:1]), row.ravel(), np.zeros(1, np.uint8), LAYERS, textures(), TEXELS, out)
    return np.stack([out[k : k + len(zero)] for k in (AR, AG, AB)], -1).astype(np.float64)


def _of(pattern: str) -> Material:
    params = {
        "stripes": (0.3, 0.2),
        "wood": (0.15,),
        "crossing": (1.0, 0.0, 0.0, 0.0, 0.0, 0.0),
        "road": (3.5, 25.0, 3.0, 6.0, 0.15, 0.5),
    }.get(pattern, ())
    mended = 0.2 if pattern == "asphalt" else 0.0
    second = (0.02, 0.03, 0.04) if pattern == "facade" else (0.2, 0.1, 0.3)
    contrast = 0.0 if pattern in ("road", "crossing") else 0.5  # its stones are those of asphalt
    return Material(pattern, (0.3, 0.2, 0.1), second, pattern=pattern, contrast=contrast, params=params, mended=mended)


@pytest.mark.parametrize("pattern", [p for p in PATTERNS if p != "texture"])
@pytest.mark.parametrize("footprint_m", [1e-3, 0.03, 0.3, 60.0])
def test_a_pattern_keeps_the_mean_colour_that_it_states(pattern: str, footprint_m: float) -> None:
    """Near and far alike, over tens of metres, within 1 %."""
    material = _of(pattern)
    rng = np.random.default_rng(5)
    count, tries = BLOCK - 16, 24
    total = np.zeros(3)
    for _ in range(tries):
        where = np.full((4, count), footprint_m, np.float32)
        where[:2] = rng.uniform(-85.0, 85.0, (2, count))
        if pattern == "road":  # between the lines
            if footprint_m > 1.0:
                pytest.skip("a pixel that holds the whole road has no asphalt alone")
            where[1] = 3.5 * rng.integers(0, 24, count) + rng.uniform(0.35 + footprint_m, 3.15 - footprint_m, count)
        total += _seen(material, where).mean(axis=0) / tries
    expected = np.array(mean_albedo(material))
    if pattern == "road":  # what the tracks take between these lines is a little more than over the whole lane
        expected = expected * (1.0 + 0.16 * (1.3 / 3.5 - 1.3 / (2.8 - 2.0 * footprint_m)))
    np.testing.assert_allclose(total, expected, rtol=0.01)


@pytest.mark.parametrize("pattern", [p for p in PATTERNS if p != "texture"])
@pytest.mark.parametrize("footprint_m", [0.004, 0.008, 0.02, 0.05, 0.15])
def test_nothing_shimmers(pattern: str, footprint_m: float) -> None:
    """A camera that moves by half a pixel sees less change than the picture has contrast, at every distance.

    Points sampled without a filter would change by 1.4 times the contrast (two independent draws of it).
    """
    material = _of(pattern)
    rng = np.random.default_rng(6)
    where = np.full((4, BLOCK - 16), footprint_m, np.float32)
    where[:2] = rng.uniform(-30.0, 30.0, (2, where.shape[1]))
    moved = where.copy()
    moved[:2] += 0.35 * footprint_m
    here, there = _seen(material, where), _seen(material, moved)
    mean = np.array(mean_albedo(material))
    change = np.sqrt(((there - here) ** 2).mean(axis=0)) / mean
    contrast = here.std(axis=0) / mean
    faint = 0.05  # below which nobody sees it
    assert (change < np.maximum(0.8 * contrast, faint)).all(), (change, contrast)


@pytest.mark.parametrize("mended", [0.05, 0.2, 0.4])
def test_as_much_of_a_road_is_mended_as_it_states(mended: float) -> None:
    """Mended places are darker than what is around them; counted by their darkness on asphalt without a pattern."""
    material = Material("asphalt", (0.1,) * 3, pattern="asphalt", contrast=0.0, mended=mended)
    where = np.full((4, BLOCK - 16), 1e-3, np.float32)
    where[:2] = np.random.default_rng(7).uniform(-900.0, 900.0, (2, where.shape[1]))
    seen = _seen(material, where)[:, 0]
    dark = seen < 0.76 * seen.max()
    assert dark.mean() == pytest.approx(mended, rel=0.12)
    assert seen[dark].min() == pytest.approx((1.0 - PATCH_DARKER) * seen.max(), rel=1e-3)


def test_worn_markings_keep_their_mean_far_away() -> None:
    """On a line the share of paint is the same in a near view as where the stones are averaged away."""
    material = Material(
        "road", (0.3, 0, 0), (0, 0.3, 0), pattern="road", contrast=0.0, params=(3.5, 30.0, 3.0, 0.0, 0.6, 0.9)
    )
    rng = np.random.default_rng(8)
    means = []
    for footprint_m in (1e-3, 0.02, 0.1):
        where = np.full((4, BLOCK - 16), footprint_m, np.float32)
        where[0] = rng.uniform(-90.0, 90.0, where.shape[1])
        where[1] = 3.5 * rng.integers(1, 29, where.shape[1]) + rng.uniform(-0.2, 0.2, where.shape[1])
        road, paint, _ = _seen(material, where).T
        means.append((paint / (road + paint)).mean())
    assert means[1:] == pytest.approx([means[0]] * 2, rel=0.05)
    assert means[0] < 0.8


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


def test_no_corner_and_no_door_of_a_house_cuts_a_window() -> None:
    """Along a long wall windows of one width stand evenly, and wall is left at both corners and about the door."""
    rendered = 0
    for seed in range(24):
        mesh = house(Stream(seed, 0))
        wall = [k for k, m in enumerate(mesh.materials) if m.pattern == "facade"]
        if not wall:
            continue
        rendered += 1
        at = np.unique(mesh.faces[mesh.face_material == wall[0]])
        at = at[mesh.vertices_m[at, 1] < 0.0]  # the side of the door
        x, u = mesh.vertices_m[at, 0], mesh.uv_m[at, 0]
        along = np.linspace(x.min(), x.max(), 2000).astype(np.float32)
        first, last = u[x.argmin()], u[x.argmax()]
        where = np.full((4, len(along)), 1e-3, np.float32)
        where[0] = first + (last - first) * (along - x.min()) / (x.max() - x.min())
        where[1] = 1.0  # at the foot of the panes, beside the bar in their middle
        dark = _seen(mesh.materials[wall[0]], where).mean(-1) < 0.1
        edges = np.flatnonzero(np.diff(dark.astype(int)))
        panes = along[edges].reshape(-1, 2)  # two to a window, on both sides of the bar
        widths = np.diff(panes, axis=1)
        assert widths.max() - widths.min() < 0.05
        assert 0.45 < widths.mean() < 0.62  # half of 1.1 m, less the bar, as fits
        windows = panes.reshape(-1, 4)[:, [0, 3]]
        assert (windows[0, 0] - x.min()) > 0.55 < (x.max() - windows[-1, 1])
        door = [k for k, m in enumerate(mesh.materials) if m is BARN_DOOR]
        low, high = np.sort(mesh.vertices_m[np.unique(mesh.faces[mesh.face_material == door[0]]), 0])[[0, -1]]
        assert ((windows[:, 1] < low) | (windows[:, 0] > high)).all()
    assert rendered > 8
