"""No surface sends out more light than it gets."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

from simgen.render.kernels import sources as columns
from simgen.render.kernels.light import fresnel_of_coat, reflections_and_sky, sun_and_sky
from simgen.render.kernels.resolve import (
    AB,
    AG,
    AR,
    BLOCK,
    COAT,
    DISTANCE,
    F0,
    METAL,
    NX,
    NY,
    NZ,
    PX,
    PY,
    PZ,
    ROUGH,
    ROWS,
    SKY,
    SUN,
    Z,
)  # fmt: skip

MATERIALS = [
    {"albedo": a, "rough": r, "f0": f, "metal": m, "coat": c}
    for a, r, f, m, c in itertools.product(
        (0.02, 0.3, 0.6, 0.9), (0.05, 0.25, 0.5, 0.8, 1.0), (0.0, 0.04), (0.0, 1.0), (0.0, 1.0)
    )
]


def records(directions, normals, material):
    """Records at the origin, seen along `directions` (towards the eye, unit), with the eye at 1 km."""
    rec = np.zeros(ROWS * BLOCK, np.float32)
    n = len(normals)
    rec[Z : Z + n] = 10.0
    rec[DISTANCE : DISTANCE + n] = 10.0
    # The eye stands at (0, 0, 1000): move the point instead, so that each sees it from its own direction.
    eye = np.array([0.0, 0.0, 1000.0])
    point = eye - 1000.0 * directions
    for row, k in ((PX, 0), (PY, 1), (PZ, 2)):
        rec[row : row + n] = point[:, k]
    for row, k in ((NX, 0), (NY, 1), (NZ, 2)):
        rec[row : row + n] = normals[:, k]
    for row in (AR, AG, AB):
        rec[row : row + n] = material["albedo"]
    rec[ROUGH : ROUGH + n] = material["rough"]
    rec[F0 : F0 + n] = material["f0"]
    rec[METAL : METAL + n] = material["metal"]
    rec[COAT : COAT + n] = material["coat"]
    rec[SUN : SUN + n] = 1.0
    rec[SKY : SKY + n] = 1.0
    return rec


def sources(sky_radiance=0.0, sun=(0.0, 0.0, 1.0), sun_lx=0.0):
    src = np.zeros(columns.SOURCES, np.float32)
    src[columns.SUN_X : columns.SUN_Z + 1] = sun
    src[columns.SUN_R : columns.SUN_B + 1] = sun_lx
    src[columns.SKY_R : columns.SKY_B + 1] = math.pi * sky_radiance
    src[columns.BOUNCE_R : columns.BOUNCE_B + 1] = math.pi * sky_radiance
    src[columns.EYE_Z] = 1000.0
    return src


def sphere_points(count):
    """Evenly spread unit vectors (Fibonacci)."""
    k = np.arange(count) + 0.5
    z = 1.0 - 2.0 * k / count
    a = math.pi * (1.0 + math.sqrt(5.0)) * k
    r = np.sqrt(1.0 - z * z)
    return np.stack([r * np.cos(a), r * np.sin(a), z], -1)


def lit(rec, count, src, dome):
    out = np.full(3 * BLOCK, np.nan, np.float32)
    sun_and_sky(rec, count, src, out)
    reflections_and_sky(rec, count, src, dome, dome, out)
    return out[:count].astype(float)


@pytest.mark.parametrize("coat", [0.0, 1.0])
@pytest.mark.parametrize("metal", [0.0, 1.0])
def test_white_furnace(metal, coat):
    """In surroundings of radiance 1 on all sides nothing looks brighter than 1, from any side."""
    dome = np.ones((32, 32, 3), np.float32)
    directions, normals = sphere_points(60), sphere_points(60)
    d, n = (x.reshape(-1, 3) for x in np.broadcast_arrays(directions[:, None], normals[None]))
    front = (d * n).sum(-1) > 0.02
    d, n = d[front], n[front]
    src = sources(1.0)
    for material in MATERIALS:
        if (material["metal"], material["coat"]) == (metal, coat):
            seen = lit(records(d, n, material), len(d), src, dome)
            assert seen.min() >= 0.0
            assert seen.max() <= 1.0 + 1e-4, material


def test_white_furnace_keeps_the_diffuse_share():
    """A matt surface returns its albedo exactly, wherever it faces."""
    dome = np.ones((32, 32, 3), np.float32)
    n = sphere_points(200)
    for albedo in (0.05, 0.5, 0.9):
        material = {"albedo": albedo, "rough": 1.0, "f0": 0.0, "metal": 0.0, "coat": 0.0}
        seen = lit(records(n, n, material), len(n), sources(1.0), dome)
        assert seen == pytest.approx(np.full(len(n), albedo), rel=1e-4)


@pytest.mark.parametrize("angle_deg", [5.0, 45.0, 75.0])
def test_a_beam_of_light_is_not_multiplied(angle_deg):
    """Sunlight of 1 lx on the surface: all that leaves it, summed over the hemisphere, is at most that light."""
    nothing = np.zeros((32, 32, 3), np.float32)
    a = math.radians(angle_deg)
    directions = sphere_points(16000)
    directions = directions[directions[:, 2] > 0.0][:BLOCK]
    n = np.broadcast_to([0.0, 0.0, 1.0], directions.shape)
    src = sources(0.0, (math.sin(a), 0.0, math.cos(a)), 1.0)
    for material in MATERIALS:
        if material["rough"] < 0.5:  # sharper highlights need a finer quadrature than this
            continue
        seen = lit(records(directions, n, material), len(n), src, nothing)
        out = (seen * directions[:, 2]).sum() * 4.0 * math.pi / 16000
        assert out <= math.cos(a) * 1.02, material


@pytest.mark.parametrize("angle_deg", [0.0, 30.0, 56.3099])
def test_the_suns_highlight_on_a_coat_holds_its_reflectance(angle_deg):
    """On black under a clear coat the light of the sun that comes back is Fresnel's share of what falls on it."""
    nothing = np.zeros((32, 32, 3), np.float32)
    a = math.radians(angle_deg)
    sun = np.array([math.sin(a), 0.0, math.cos(a)])
    mirrored = sun * [-1.0, 1.0, 1.0]
    # Even in the cosine from the mirror direction on a logarithmic scale: most samples in the highlight.
    count = BLOCK - 8
    least, rows = 1e-6, 8
    edges = np.concatenate([[0.0], np.geomspace(least, 2.0, count // rows)])
    middle, width = 0.5 * (edges[1:] + edges[:-1]), np.diff(edges)
    turn = (np.arange(rows) + 0.5) / rows * 2.0 * math.pi
    side = np.cross(mirrored, [0.0, 1.0, 0.0])
    side /= np.linalg.norm(side)
    other = np.cross(mirrored, side)
    c, t = (v.ravel() for v in np.meshgrid(1.0 - middle, turn, indexing="ij"))
    s = np.sqrt(1.0 - c * c)
    d = c[:, None] * mirrored + s[:, None] * (np.cos(t)[:, None] * side + np.sin(t)[:, None] * other)
    share = np.repeat(width * 2.0 * math.pi / rows, rows)
    above = d[:, 2] > 0.0
    d, share = d[above], share[above]
    material = {"albedo": 0.0, "rough": 1.0, "f0": 0.0, "metal": 1.0, "coat": 1.0}  # a black body without a gloss
    n = np.broadcast_to([0.0, 0.0, 1.0], d.shape)
    seen = lit(records(d, n, material), len(d), sources(0.0, tuple(sun), 1.0), nothing)
    black = lit(records(d, n, {**material, "coat": 0.0}), len(d), sources(0.0, tuple(sun), 1.0), nothing)
    back = ((seen - black) * d[:, 2] * share).sum()
    assert back == pytest.approx(math.cos(a) * exact_fresnel(math.cos(a)), rel=0.06)


def exact_fresnel(cosine, n=1.5):
    """Unpolarised, from the two polarisations by Snell's law."""
    inside = math.sqrt(1.0 - (1.0 - cosine**2) / n**2)
    across = (cosine - n * inside) / (cosine + n * inside)
    along = (n * cosine - inside) / (n * cosine + inside)
    return 0.5 * (across**2 + along**2)


def test_coats_reflect_by_fresnel():
    assert float(fresnel_of_coat(np.float32(1.0))) == pytest.approx(0.04, abs=1e-6)
    assert float(fresnel_of_coat(np.float32(0.0))) == pytest.approx(1.0, abs=1e-6)
    brewster = math.cos(math.atan(1.5))  # 56.31 degrees: none of the light polarised along the plane comes back
    across = ((brewster - 1.5 * math.sin(math.atan(1.5))) / (brewster + 1.5 * math.sin(math.atan(1.5)))) ** 2
    assert float(fresnel_of_coat(np.float32(brewster))) == pytest.approx(0.5 * across, rel=1e-5)
    for degrees in range(0, 90, 5):
        c = math.cos(math.radians(degrees))
        assert float(fresnel_of_coat(np.float32(c))) == pytest.approx(exact_fresnel(c), rel=1e-4)


@pytest.mark.parametrize("rough", [0.1, 0.35, 0.6, 1.0])
def test_metal_in_a_white_room_returns_its_colour(rough):
    """Rough or polished: what a metal does not absorb comes back."""
    dome = np.ones((32, 32, 3), np.float32)
    n = sphere_points(200)
    material = {"albedo": 0.55, "rough": rough, "f0": 0.04, "metal": 1.0, "coat": 0.0}
    seen = lit(records(n, n, material), len(n), sources(1.0), dome)
    upward = n[:, 2] > 0.3  # lower down a mirror sees the dark things that stand along the horizon
    assert seen[upward] == pytest.approx(np.full(int(upward.sum()), 0.55), rel=1e-3)
