"""The shade of puffs against exp(-tau) along the lines to the sun and to lamps, tau by quadrature."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.integrate import quad
from scipy.stats import multivariate_normal
from small_stage import NIGHT, SUNNY, Thing, draw, floor, looking, luminance, matt, project, stage, wall
from test_puffs import puffs, with_puffs

from simgen.conditions import Conditions
from simgen.render.camera_model import CameraModel
from simgen.render.kernels.lamps import (
    AREA,
    LAMP_BEAM,
    LAMP_CD,
    LAMP_COLUMNS,
    LAMP_COS,
    LAMP_DIR,
    LAMP_POS,
    LAMP_REACH,
    LAMP_SHADOW,
    LAMP_TINT,
    LAMP_UP,
    LOW_BEAM,
    SPOT,
)
from simgen.render.kernels.lamps import lamps as light_lamps
from simgen.render.kernels.puff_shade import shade_sun
from simgen.render.kernels.resolve import AR, BLOCK, NX, PX, ROUGH, ROWS, SUN, Z
from simgen.render.kernels.sources import SOURCES
from simgen.render.lighting import gather
from simgen.render.occluders import _sun_axes
from simgen.render.puff_shade import NO_SHADE, PuffShades, _only
from simgen.snapshot import Puffs, Snapshot

CAMERA = CameraModel.from_hfov(160, 120, math.radians(70.0))
TO_SUN = np.array([math.cos(0.6) * math.cos(0.4), math.cos(0.6) * math.sin(0.4), math.sin(0.6)])


def optical_depth(floating: Puffs, start: NDArray[np.float64], way: NDArray[np.float64], length: float) -> float:
    """By quadrature of the density along a line."""
    total = 0.0
    for k in range(len(floating)):
        a, b = floating.spread_m[k]
        spread = np.diag([a * a, a * a, b * b]) + np.outer(floating.streak_m[k], floating.streak_m[k])
        density = multivariate_normal(floating.center_m[k], spread)
        nearest = float(np.clip((floating.center_m[k] - start) @ way, 0.0, length))
        reach = 8.0 * math.sqrt(np.linalg.eigvalsh(spread)[-1])
        low, high = max(nearest - reach, 0.0), min(nearest + reach, length)
        got = quad(lambda s, d=density: d.pdf(start + s * way), low, high, points=[nearest], limit=300)[0]
        total += floating.cross_section_m2[k] * got
    return total


def shaded(floating: Puffs, points_m: NDArray[np.float64]) -> NDArray[np.float32]:
    """What is left of the sunlight at points (M, 3)."""
    snapshot = stage([Thing(floor())], Conditions(light=SUNNY))
    sources = dataclasses.replace(gather(snapshot, np.zeros(3)), sun=TO_SUN)
    axes = _sun_axes(*TO_SUN.tolist())
    shade = PuffShades().build(floating, sources, axes, np.zeros(3))
    records = np.full(ROWS * BLOCK, np.nan, np.float32)
    n = len(points_m)
    for c in range(3):
        records[PX + c * BLOCK : PX + c * BLOCK + n] = points_m[:, c]
    records[Z : Z + n] = 5.0
    records[SUN : SUN + n] = 1.0
    shade_sun(records, n, axes.astype(np.float32), shade.place, shade.sun)
    return records[SUN : SUN + n]


def test_sunlight_through_one_puff_at_any_depth_in_it() -> None:
    cloud = puffs(((3.0, 2.0, 6.0), (1.6, 1.1), (1.5, -0.4, 0.8), 12.0))
    rng = np.random.default_rng(5)
    points = cloud.center_m + rng.normal(size=(60, 3)) * [1.5, 1.5, 1.2] - TO_SUN * rng.uniform(-3, 6, (60, 1))
    expected = np.exp([-optical_depth(cloud, p, TO_SUN, 60.0) for p in points])
    assert expected.min() < 0.5
    assert expected.max() > 0.95
    np.testing.assert_allclose(shaded(cloud, points), expected, atol=0.01)


def test_sunlight_behind_many_puffs_and_among_them() -> None:
    """Behind all of them within 1 %; among them within the share that a single puff of the same moments is off by."""
    rng = np.random.default_rng(9)
    rows = [
        ((0.8 * k, 0.3 * k * math.sin(k), 5.0 + 0.25 * k), (1.0 + 0.06 * k, 0.8 + 0.05 * k), (0.4, 0.1, 0.1), 3.0)
        for k in range(24)
    ]
    cloud = puffs(*rows)
    middle = cloud.center_m[rng.integers(0, 24, 40)] + rng.normal(size=(40, 3))
    behind = middle - TO_SUN * 25.0
    expected = np.exp([-optical_depth(cloud, p, TO_SUN, 90.0) for p in behind])
    assert expected.min() < 0.5
    np.testing.assert_allclose(shaded(cloud, behind), expected, atol=0.01)
    expected = np.exp([-optical_depth(cloud, p, TO_SUN, 90.0) for p in middle])
    np.testing.assert_allclose(shaded(cloud, middle), expected, atol=0.08)


def test_nothing_is_shaded_before_puffs_or_beside_them() -> None:
    cloud = puffs(((3.0, 2.0, 6.0), (1.6, 1.1), (0, 0, 0), 12.0))
    points = np.array([3.0, 2.0, 6.0]) + np.array([TO_SUN * 9.0, [0.0, 30.0, 0.0], [400.0, 0.0, 0.0]])
    np.testing.assert_allclose(shaded(cloud, points), 1.0, atol=1e-4)


def test_what_is_smaller_than_a_texel_takes_no_less() -> None:
    """The mean shade over a square metre of a puff of 5 cm is that of its cross section."""
    cloud = puffs(((0.0, 0.0, 4.0), (0.05, 0.05), (0, 0, 0), 0.02))
    axes = _sun_axes(*TO_SUN.tolist())
    grid = np.stack(np.meshgrid(np.linspace(-2, 2, 80), np.linspace(-2, 2, 80)), -1).reshape(-1, 2)
    points = np.array([0.0, 0.0, 4.0]) - 9.0 * TO_SUN + grid[:, :1] * axes[0] + grid[:, 1:] * axes[1]
    taken = -np.log(shaded(cloud, points).astype(float)).mean() * 16.0 * (80 / 79) ** 2
    assert taken == pytest.approx(0.02, rel=0.05)


def seen_at(snapshot: Snapshot, floating: Puffs, points_m: NDArray[np.float64], pose: NDArray[np.float64]):
    """Ratio of what a picture shows at points with puffs to that without."""
    with_, without = (luminance(draw(s, pose, CAMERA).radiance) for s in (with_puffs(snapshot, floating), snapshot))
    pixels = np.rint(project(CAMERA, pose, points_m)).astype(int)
    return np.array([with_[v, u] / without[v, u] for u, v in pixels])


def test_the_ground_under_smoke_is_dark() -> None:
    """Where the sunlight is gone the sky's is left; the picture looks past the puff."""
    snapshot = stage([Thing(floor(80.0, 0.0, matt(0.4)))], Conditions(light=SUNNY))
    sun = np.array([math.cos(SUNNY.sun_elevation_rad) * math.cos(SUNNY.sun_azimuth_rad),
                    math.cos(SUNNY.sun_elevation_rad) * math.sin(SUNNY.sun_azimuth_rad),
                    math.sin(SUNNY.sun_elevation_rad)])  # fmt: skip
    at = np.array([8.0, 0.0, 0.0])
    pose = looking((0.0, 0.0, 1.5), at)
    cloud = puffs((tuple(at + 20.0 * sun), (1.5, 1.5), (0, 0, 0), 40.0), raggedness=0.0)
    tau = optical_depth(cloud, at, sun, 60.0)
    sources = gather(snapshot, pose[:3, 3])
    direct = float(sources.table[3:6] @ [0.2126, 0.7152, 0.0722]) * sun[2]
    diffuse = float(sources.table[6:9] @ [0.2126, 0.7152, 0.0722])
    expected = (direct * math.exp(-tau) + diffuse) / (direct + diffuse)
    assert expected < 0.6
    assert seen_at(snapshot, cloud, at[None], pose)[0] == pytest.approx(expected, rel=0.01)


def left_of_lamp(
    lamp_m, direction, beam, cosine, floating: Puffs, points_m: NDArray[np.float64]
) -> NDArray[np.float32]:
    """What puffs leave of a lamp's light on surfaces at points (M, 3) that face it."""
    row = np.zeros((1, LAMP_COLUMNS), np.float32)
    row[0, LAMP_POS : LAMP_POS + 3], row[0, LAMP_DIR : LAMP_DIR + 3] = lamp_m, direction
    row[0, LAMP_UP : LAMP_UP + 3], row[0, LAMP_TINT : LAMP_TINT + 3] = (0, 0, 1), 1.0
    row[0, [LAMP_CD, LAMP_BEAM, LAMP_COS, LAMP_REACH, LAMP_SHADOW]] = 20000.0, beam, cosine, 90.0, -1.0
    n = len(points_m)
    records = np.zeros(ROWS * BLOCK, np.float32)
    for c in range(3):
        records[PX + c * BLOCK :][:n] = points_m[:, c]
        records[NX + c * BLOCK :][:n] = -np.array(direction)[c]
        records[AR + c * BLOCK :][:n] = 0.5
    records[Z : Z + n], records[ROUGH : ROUGH + n] = 5.0, 1.0
    src = np.zeros(SOURCES, np.float32)
    sources = dataclasses.replace(gather(stage([Thing(floor())]), np.zeros(3)), lamps=row, has_sun=False)
    out = np.zeros((2, 3 * BLOCK), np.float32)
    for k, cloud in enumerate((Puffs.none(), floating)):
        shade = PuffShades().build(cloud, sources, np.eye(3), np.zeros(3)) if len(cloud) else NO_SHADE
        light_lamps(records, n, sources.lamps, src, np.zeros(1, np.float32), np.zeros((1, 3, 4), np.float32),
                    shade.lamps, shade.frames, out[k])  # fmt: skip
    return out[1, :n] / out[0, :n]


@pytest.mark.parametrize(("beam", "cosine"), [(AREA, 0.0), (SPOT, 0.7), (LOW_BEAM, 0.0)])
def test_lamps_of_each_kind_light_less_through_smoke(beam: int, cosine: float) -> None:
    """exp(-tau) of the line from the lamp, within 1 %: behind, among and beside puffs, about the lamp and before it."""
    lamp, axis = np.array([1.0, -2.0, 1.2]), np.array([0.8, 0.6, 0.0])
    cloud = puffs(
        ((5.0, 1.0, 1.3), (0.7, 0.6), (0.3, 0.2, 0.0), 2.0), ((9.5, 4.0, 1.0), (1.2, 0.9), (1.0, -0.5, 0.2), 4.0),
        ((1.3, -2.0, 1.0), (0.8, 0.5), (0.0, 0.0, 0.0), 0.4), ((-3.0, -5.0, 1.0), (0.8, 0.8), (0.0, 0.0, 0.0), 9.0),
    )  # fmt: skip
    rng = np.random.default_rng(4)
    points = lamp + rng.uniform(2.0, 18.0, (50, 1)) * (axis + rng.uniform(-0.3, 0.3, (50, 3)) * [1, 1, 0.5])
    ways = points - lamp
    lengths = np.linalg.norm(ways, axis=1)
    alone = [_only(cloud, np.arange(4) == k) for k in range(4)]
    depths = np.array(
        [[optical_depth(one, lamp, w / d, d) for w, d in zip(ways, lengths, strict=True)] for one in alone]
    )
    for one, depth in zip(alone, depths, strict=True):
        np.testing.assert_allclose(left_of_lamp(lamp, axis, beam, cosine, one, points), np.exp(-depth), atol=0.01)
    expected = np.exp(-depths.sum(axis=0))
    assert expected.min() < 0.4
    assert expected.max() > 0.9
    found = left_of_lamp(lamp, axis, beam, cosine, cloud, points)
    np.testing.assert_allclose(found, expected, atol=0.1)  # one normal distribution stands for all
    assert np.sqrt(((found - expected) ** 2).mean()) < 0.03
    behind = lengths > 15.0
    np.testing.assert_allclose(found[behind], expected[behind], atol=0.015)


def test_a_lamp_within_smoke_and_one_before_it() -> None:
    """A lamp in the middle of a puff sends half of its light's way through it; one that stands before it all."""
    things = [Thing(wall(12.0, -30, 30, -10, 30, matt(0.4)))]
    point = np.array([12.0, 6.0, 1.5])
    pose = looking((4.0, -6.0, 1.5), (12.0, 6.0, 1.0))
    for x in (6.0, 9.0):
        lamp = np.array([x, 6.0, 1.5])
        cloud = puffs(((6.0, 6.0, 1.5), (0.6, 0.6), (0, 0, 0), 2.0), raggedness=0.0)
        snapshot = stage(things, Conditions(light=NIGHT), lit=[(tuple(lamp), (1.0, 0.0, 0.0), 9000.0, 0, 0.7, 0)])
        tau = optical_depth(cloud, lamp, np.array([1.0, 0.0, 0.0]), 12.0 - x)
        assert seen_at(snapshot, cloud, point[None], pose)[0] == pytest.approx(math.exp(-tau), rel=0.01)


def test_thin_air_has_no_maps_and_a_moving_eye_changes_no_shade() -> None:
    snapshot = stage([Thing(floor())], Conditions(light=SUNNY))
    sources = gather(snapshot, np.zeros(3))
    axes = _sun_axes(*sources.sun.tolist())
    thin = puffs(((3.0, 2.0, 6.0), (1.6, 1.1), (0, 0, 0), 1e-3))
    assert PuffShades().build(thin, sources, axes, np.zeros(3)) is NO_SHADE
    cloud = puffs(((3.0, 2.0, 6.0), (1.6, 1.1), (0, 0, 0), 12.0))
    one, other = (PuffShades().build(cloud, sources, axes, np.array([x, 0.3, 1.0])) for x in (0.0, 7.77))
    np.testing.assert_array_equal(one.sun, other.sun)
    np.testing.assert_array_equal(one.place, other.place)
