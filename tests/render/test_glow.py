"""Halos of lamps in fog against Sun et al. (2005), quadrature, and what shadows and beams must do."""

from __future__ import annotations

import math

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.integrate import quad

from simgen.render.kernels import glow, halos, lamps
from simgen.render.kernels.resolve import BLOCK, BLUE, DISTANCE, GREEN, PZ, RED, ROWS, Z
from simgen.render.kernels.sources import LAYER, SOURCES

FX = 400.0
INTRINSICS = np.array([FX, FX, 159.5, 119.5])
FORWARD = np.array([[0.0, 0.0, 1.0, 0.0], [-1.0, 0.0, 0.0, 0.0], [0.0, -1.0, 0.0, 0.0]])  # the camera looks along x
NO_MAPS, NO_MATRICES = np.zeros(1, np.float32), np.zeros((1, 3, 4), np.float32)


def lamp(
    position: tuple[float, float, float],
    cd: float = 1000.0,
    beam: int = lamps.SPOT,
    cosine: float = -100.0,  # a "cone" that holds all directions
    direction: tuple[float, float, float] = (-1.0, 0.0, 0.0),
) -> NDArray[np.float32]:
    row = np.zeros(lamps.LAMP_COLUMNS, np.float32)
    row[lamps.LAMP_POS : lamps.LAMP_POS + 3] = position
    row[lamps.LAMP_DIR : lamps.LAMP_DIR + 3] = direction
    row[lamps.LAMP_UP : lamps.LAMP_UP + 3] = (0.0, 0.0, 1.0)
    row[lamps.LAMP_TINT : lamps.LAMP_TINT + 3] = (1.0, 0.5, 0.25)
    row[lamps.LAMP_CD], row[lamps.LAMP_BEAM], row[lamps.LAMP_COS], row[lamps.LAMP_SHADOW] = cd, beam, cosine, -1.0
    return row


def volume_of(
    table: list[NDArray[np.float32]],
    extinction: float,
    g: float = 0.0,
    albedo: float = 1.0,
    least: float = 0.0,
    maps: NDArray[np.float32] = NO_MAPS,
    matrices: NDArray[np.float32] = NO_MATRICES,
    near: float = 1.0,
) -> NDArray[np.float32]:
    out = np.full((21, 28, glow.SLICES + 1, 3), np.nan, np.float32)
    air = np.array([extinction, albedo, g, near], np.float32)
    busy = np.full((21, 28), 9, np.uint8)
    places = np.zeros((len(table), glow.HALO), np.float32)
    if glow.fill(FORWARD, INTRINSICS, np.array(table), air, least, maps, matrices, places, out, busy):
        lit = out[:, :, -1].any(axis=2)
        about = lit | np.vstack([lit[1:], lit[-1:]])
        np.testing.assert_array_equal(busy, about | np.hstack([about[:, 1:], about[:, -1:]]))
    return out


def seen(volume: NDArray[np.float32], x: float, y: float, distance_m: float) -> NDArray[np.float32]:
    """What is added to a pixel (3,)."""
    records, out = np.full(ROWS * BLOCK, np.nan, np.float32), np.zeros(3 * BLOCK, np.float32)
    src = np.zeros(SOURCES, np.float32)
    src[LAYER] = 1e4
    records[[Z, DISTANCE, PZ]] = distance_m, distance_m, 0.0
    glow.add(
        np.array([x], np.float32), np.array([y], np.float32), records, 1, src, volume, np.ones((21, 28), np.uint8), out
    )
    return out[[RED, GREEN, BLUE]]


def ray(column: int, row: int) -> NDArray[np.float64]:
    """World direction of the lattice's ray."""
    d = np.array([(column * glow.CELL - 0.5 - 159.5) / FX, (row * glow.CELL - 0.5 - 119.5) / FX, 1.0])
    return FORWARD[:, :3] @ d / math.sqrt(d @ d)


def at_angle(degrees: float, away_m: float, column: int = 20, row: int = 15) -> tuple[float, float, float]:
    """A place so many degrees off the lattice's ray, so far from the eye."""
    w = ray(column, row)
    side = np.cross(w, [0.0, 0.0, 1.0])
    side /= np.linalg.norm(side)
    x, y, z = away_m * (math.cos(math.radians(degrees)) * w + math.sin(math.radians(degrees)) * side)
    return float(x), float(y), float(z)


def slice_at(distance_m: float) -> float:
    return distance_m / (distance_m + 10.0) * glow.SLICES


def test_an_isotropic_source_is_that_of_sun_and_others() -> None:
    """1000 cd at 20 m, 10 degrees off the ray, extinction 0.02 per m, to 100 m: 0.782187 cd/m2."""
    volume = volume_of([lamp(at_angle(10.0, 20.0))], 0.02)
    got = seen(volume, 20 * glow.CELL - 0.5, 15 * glow.CELL - 0.5, 100.0)
    assert got == pytest.approx(0.782187 * np.array([1.0, 0.5, 0.25]), rel=0.01)


@pytest.mark.parametrize("g", [0.0, 0.85])
@pytest.mark.parametrize(("degrees", "away"), [(3.0, 8.0), (25.0, 30.0), (150.0, 2.0), (60.0, 1.0)])
def test_every_slice_is_that_of_quadrature(degrees: float, away: float, g: float) -> None:
    place = np.array(at_angle(degrees, away))
    w, b = ray(20, 15), 0.05

    def share(s: float) -> float:
        to = w * s - place
        r = math.sqrt(to @ to)
        cosine = -(to @ w) / r
        phase = (1.0 - g * g) / (4.0 * math.pi * (1.0 + g * g - 2.0 * g * cosine) ** 1.5)
        return 1000.0 * b * phase * math.exp(-b * (s + r)) / r**2

    sums = volume_of([lamp(tuple(place))], b, g)[15, 20, :, 0]
    assert sums[0] == 0.0
    for k in range(1, glow.SLICES):
        end = 10.0 * k / (glow.SLICES - k)
        nearest = float(np.clip(place @ w, 0.0, end))
        exact = quad(share, 0.0, end, points=[nearest], limit=200)[0]
        assert sums[k] == pytest.approx(exact, rel=0.03, abs=1e-6), k


def test_light_falls_with_albedo_and_nothing_scatters_in_clear_air() -> None:
    place = at_angle(5.0, 15.0)
    whole, half = volume_of([lamp(place)], 0.03), volume_of([lamp(place)], 0.03, albedo=0.5)
    np.testing.assert_allclose(half, 0.5 * whole, rtol=1e-5)
    assert not volume_of([lamp(place)], 0.0).any()


def test_a_point_sees_only_the_air_before_it() -> None:
    """A surface before the lamp hides most of its halo; sums grow along the ray."""
    volume = volume_of([lamp(at_angle(2.0, 30.0))], 0.05, 0.85)
    assert (np.diff(volume, axis=2) >= 0.0).all()
    x, y = 20 * glow.CELL - 0.5, 15 * glow.CELL - 0.5
    near, behind = seen(volume, x, y, 10.0)[0], seen(volume, x, y, 60.0)[0]
    assert 0.0 < near < 0.3 * behind
    assert seen(volume, x, y, math.inf)[0] >= behind


def test_between_rays_and_slices_it_is_interpolated() -> None:
    volume = volume_of([lamp((25.0, 3.0, 2.0))], 0.04, 0.85)
    x, y, d = 12.25 * glow.CELL - 0.5, 9.5 * glow.CELL - 0.5, 17.0
    k = int(slice_at(d))
    c = slice_at(d) - k
    cells = volume[9:11, 12:14, k : k + 2, 0].astype(float)
    expected = np.einsum("abc,a,b,c", cells, [0.5, 0.5], [0.75, 0.25], [1.0 - c, c])
    assert seen(volume, x, y, d)[0] == pytest.approx(expected, rel=1e-4)
    corner = seen(volume, 319.0, 239.0, d)  # the last pixel is within the lattice
    assert np.isfinite(corner).all()


def test_a_lamp_that_shines_away_lights_no_air_between() -> None:
    towards, away = (
        volume_of([lamp((20.0, 0.0, 0.0), beam=lamps.AREA, direction=d)], 0.05, 0.85)
        for d in ((-1.0, 0.0, 0.0), (1.0, 0.0, 0.0))
    )
    x, y = 22 * glow.CELL - 0.5, 15 * glow.CELL - 0.5
    assert seen(towards, x, y, 19.0)[0] > 100.0 * seen(away, x, y, 19.0)[0]


def test_a_dipped_beam_lights_the_air_below_its_cut_off() -> None:
    """Seen from the side: a beam along -y, 2 m above the eye's axis, 15 m ahead."""
    beam = lamp((15.0, 10.0, 0.0), 20000.0, lamps.LOW_BEAM, 0.0, (0.0, -1.0, 0.0))
    volume = volume_of([beam], 0.03)[..., -1, 0]
    column = 17  # to the right: the beam has gone some way
    above, below = volume[5, column], volume[12, column]
    assert below > 5.0 * above


def test_a_shadow_map_takes_the_light_from_the_air_behind_what_stands_in_it() -> None:
    """The map sees a wall 5 m before the lamp in its right half."""
    row = lamp((20.0, 0.0, 0.0), direction=(-1.0, 0.0, 0.0))
    row[[lamps.LAMP_SHADOW, lamps.LAMP_MAP, lamps.LAMP_SIDE]] = 0, 0, 64
    seen_by_lamp = np.zeros((64, 64), np.float32)
    seen_by_lamp[:, 32:] = 1.0 / 5.0
    matrix = np.zeros((1, 3, 4), np.float32)
    matrix[0, 2] = (-1.0, 0.0, 0.0, 20.0)  # depth along -x
    matrix[0, 0] = 32.0 * np.array([0.0, 1.0, 0.0, 0.0]) + 32.0 * matrix[0, 2]  # u grows with y
    matrix[0, 1] = 32.0 * np.array([0.0, 0.0, -1.0, 0.0]) + 32.0 * matrix[0, 2]
    free, shaded = volume_of([row], 0.05), volume_of([row], 0.05, maps=seen_by_lamp.ravel(), matrices=matrix)
    right, left = 336 / glow.CELL, 144 / glow.CELL  # of the picture: -y, and +y
    assert seen(shaded, right * glow.CELL - 0.5, 119.5, 12.0) == pytest.approx(
        seen(free, right * glow.CELL - 0.5, 119.5, 12.0)
    )
    assert (
        seen(shaded, left * glow.CELL - 0.5, 119.5, 12.0)[0] < 0.05 * seen(free, left * glow.CELL - 0.5, 119.5, 12.0)[0]
    )


def test_what_cannot_be_seen_is_left_out() -> None:
    weak = lamp(at_angle(40.0, 30.0), 1.0)
    all_of_it = volume_of([weak], 0.05, 0.85)
    fewer = volume_of([weak], 0.05, 0.85, least=1e-4)
    assert ((fewer == 0.0) & (all_of_it > 0.0)).any()
    assert fewer.any()
    assert 0.0 <= (all_of_it - fewer).max() < 1e-4  # all slices of a ray together
    assert (fewer <= all_of_it).all()


def test_what_is_drawn_one_by_one_does_not_glow_as_well() -> None:
    """Up to `NEAR_M` only the share that droplets scatter counts; further off all does."""
    lamps = [lamp(at_angle(3.0, 10.0))]
    whole, far = volume_of(lamps, 0.03), volume_of(lamps, 0.03, near=0.25)
    assert pytest.approx(7.5) == glow.NEAR_M
    np.testing.assert_allclose(far[:, :, 6], 0.25 * whole[:, :, 6], rtol=1e-5)
    np.testing.assert_allclose(far[:, :, -1] - far[:, :, 6], whole[:, :, -1] - whole[:, :, 6], rtol=1e-3, atol=1e-3)


def picture_of(
    table: list[NDArray[np.float32]],
    extinction: float,
    g: float,
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    distance_m: float = math.inf,
) -> NDArray[np.float32]:
    """What lattice and halos together add to pixels."""
    lamps_, air = np.array(table), np.array([extinction, 1.0, g, 1.0], np.float32)
    places, tables = np.empty((len(table), glow.HALO), np.float32), np.empty((len(table), halos.TABLE), np.float32)
    shape, least = np.array([240, 320]), 1e-4
    args = lamps_, air, least, NO_MAPS, NO_MATRICES, places
    assert halos.halos(FORWARD, INTRINSICS, shape, *args, tables) == len(table)
    light, busy = np.empty((21, 28, glow.SLICES + 1, 3), np.float32), np.empty((21, 28), np.uint8)
    glow.fill(FORWARD, INTRINSICS, *args, light, busy)
    records, out = np.full(ROWS * BLOCK, np.nan, np.float32), np.zeros(3 * BLOCK, np.float32)
    src = np.zeros(SOURCES, np.float32)
    src[LAYER] = 1e4
    n = len(x)
    records[Z : Z + n], records[DISTANCE : DISTANCE + n], records[PZ : PZ + n] = distance_m, distance_m, 0.0
    x32, y32 = np.array(x, np.float32), np.array(y, np.float32)
    glow.add(x32, y32, records, n, src, light, busy, out)
    halos.add_halos(x32, y32, records, n, src, INTRINSICS, places, tables, out)
    return np.stack([out[RED : RED + n], out[GREEN : GREEN + n], out[BLUE : BLUE + n]], axis=1)


def exact(place: NDArray[np.float64], way: NDArray[np.float64], b: float, g: float, end: float) -> float:
    """Single scattering of 1000 cd at a place along a ray from the eye, by quadrature."""

    def share(s: float) -> float:
        to = way * s - place
        r = math.sqrt(to @ to)
        cosine = -(to @ way) / r
        phase = (1.0 - g * g) / (4.0 * math.pi * (1.0 + g * g - 2.0 * g * cosine) ** 1.5)
        return 1000.0 * b * phase * math.exp(-b * (s + r)) / r**2

    nearest = float(np.clip(place @ way, 0.0, end))
    h = float(np.linalg.norm(place - nearest * way))
    points = sorted({float(np.clip(nearest + k * h, 0.0, end)) for k in (-8, -1, 0, 1, 8)})
    return float(quad(share, 0.0, end, points=points, limit=500)[0])


@pytest.mark.parametrize("g", [0.0, 0.85])
@pytest.mark.parametrize("end", [12.0, 19.0, 300.0])
def test_halos_are_round_and_those_of_quadrature(g: float, end: float) -> None:
    """At any pixel from next to the lamp to beyond the window; before a surface as well as slices tell."""
    place, b = np.array([20.0, 1.33, 0.77]), 0.03
    u, v = 159.5 - FX * place[1] / place[0], 119.5 - FX * place[2] / place[0]
    rng = np.random.default_rng(2)
    r, a = rng.uniform(1.5, 110.0, 80), rng.uniform(0.0, 2.0 * math.pi, 80)
    x, y = u + r * np.cos(a), v + r * np.sin(a)
    found = picture_of([lamp(tuple(place))], b, g, x, y, end)
    expected = []
    for px, py in zip(x, y, strict=True):
        way = FORWARD[:, :3] @ np.array([(px - 159.5) / FX, (py - 119.5) / FX, 1.0])
        expected.append(exact(place, way / np.linalg.norm(way), b, g, end))
    np.testing.assert_allclose(found[:, 0], expected, rtol=0.04 if end > 15.0 else 0.07, atol=0.01 * max(expected))
    np.testing.assert_allclose(found[:, 0][r < 40.0], np.array(expected)[r < 40.0], rtol=0.015 if end > 20.0 else 0.07)
    np.testing.assert_allclose(found[:, 1], 0.5 * found[:, 0], rtol=1e-3)


def test_the_halo_is_that_of_sun_and_others_too() -> None:
    """The lamp of 0.782187 cd/m2 above, in the picture."""
    place = np.array([20.0 * math.cos(math.radians(10.0)), 20.0 * math.sin(math.radians(10.0)), 0.0])
    found = picture_of([lamp(tuple(place))], 0.02, 0.0, np.array([159.5]), np.array([119.5]), 100.0)
    assert found[0, 0] == pytest.approx(0.782187, rel=0.01)


def test_halos_come_and_go_smoothly() -> None:
    """A lamp that moves past the edge of the picture: the light of a pixel there changes little from step to step."""
    seen_there = []
    for side in np.linspace(6.0, 12.0, 61):
        place = (20.0, float(side), 0.0)
        table = np.array([lamp(place)])
        places, tables = np.empty((1, glow.HALO), np.float32), np.empty((1, halos.TABLE), np.float32)
        air = np.array([0.03, 1.0, 0.85, 1.0], np.float32)
        args = table, air, 1e-4, NO_MAPS, NO_MATRICES, places
        halos.halos(FORWARD, INTRINSICS, np.array([240, 320]), *args, tables)
        light, busy = np.empty((21, 28, glow.SLICES + 1, 3), np.float32), np.empty((21, 28), np.uint8)
        glow.fill(FORWARD, INTRINSICS, *args, light, busy)
        records, out = np.full(ROWS * BLOCK, np.nan, np.float32), np.zeros(3 * BLOCK, np.float32)
        src = np.zeros(SOURCES, np.float32)
        src[LAYER] = 1e4
        records[[Z, DISTANCE, PZ]] = np.inf, np.inf, 0.0
        x, y = np.array([4.0], np.float32), np.array([119.5], np.float32)
        glow.add(x, y, records, 1, src, light, busy, out)
        halos.add_halos(x, y, records, 1, src, INTRINSICS, places, tables, out)
        seen_there.append(out[RED])
    change = np.abs(np.diff(np.log(seen_there)))
    peak = int(np.argmax(seen_there))
    assert 0 < peak < 60
    assert np.delete(change, range(max(peak - 12, 0), peak + 12)).max() < 0.15
