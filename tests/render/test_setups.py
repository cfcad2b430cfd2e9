"""Runs of points and set-ups of triangles, against the formulas spelled out and against rays."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from simgen.held import Held
from simgen.render.kernels import points, setups
from simgen.render.kernels.resolve import BLOCK
from simgen.render.kernels.setups import Setups, at_ray, find_runs

RNG = np.random.default_rng(5)
TRIANGLES = 70_000
PART = RNG.integers(0, 4, TRIANGLES).astype(np.int32)
MATERIAL = RNG.integers(0, 9, TRIANGLES).astype(np.int32)
VERTICES = 3000
CAMERA = RNG.normal(size=(3, VERTICES)).astype(np.float32)
CAMERA[2] += np.float32(6.0)
LOOKS = RNG.normal(size=(VERTICES, 5)).astype(np.float32)
FACES = RNG.integers(0, VERTICES, (TRIANGLES, 3)).astype(np.int32)
TURNS = np.stack([np.linalg.qr(RNG.normal(size=(3, 3)))[0] for _ in range(4)])
BACK = np.column_stack([np.linalg.qr(RNG.normal(size=(3, 3)))[0], RNG.normal(size=3)])


def _poisoned() -> Setups:
    made = Setups.of(BLOCK)
    made.table.fill(np.nan)
    for array in (made.first, made.row, made.triangle, made.part, made.material, made.change):
        array.fill(77)
    return made


def _find(face: NDArray[np.int32], y: NDArray[np.float32], made: Setups) -> int:
    return int(find_runs(face, y, CAMERA, FACES, PART, MATERIAL, LOOKS, TURNS, BACK, Held(made)))


@pytest.mark.parametrize("count", [1, 2, 7, 8, 9, 300, BLOCK - 1, BLOCK])
@pytest.mark.parametrize("longest", [1, 3, 60])
def test_runs_are_those_of_a_plain_walk(count: int, longest: int) -> None:
    made = _poisoned()
    for spread in (1, 5, 32768, TRIANGLES):  # triangles a multiple of 32768 apart are looked up at the same place
        lengths = RNG.integers(1, longest + 1, count)
        some = (RNG.integers(-1, max(TRIANGLES // spread, 1), count) * spread).clip(-1, TRIANGLES - 1)
        face = np.repeat(some, lengths)[:count].astype(np.int32)
        y = np.repeat(np.arange(count), RNG.integers(1, 40, count))[:count].astype(np.float32)
        runs = _find(face, y, made)
        first = [0] + [k for k in range(1, count) if face[k] != face[k - 1] or y[k] != y[k - 1]]
        assert made.first[:runs].tolist() == first
        assert made.first[runs] == count
        for t, row in zip(face[first], made.row[:runs], strict=True):
            assert (row < 0) == (t < 0)
            if t >= 0:
                assert (made.triangle[row], made.part[row], made.material[row]) == (t, PART[t], MATERIAL[t])
        used = made.row[:runs].max() + 1
        assert len(np.unique(made.triangle[:used])) == used == len(np.unique(face[face >= 0]))
        assert (made.places == -1).all()


def test_every_point_of_a_block_may_be_on_a_triangle_of_its_own() -> None:
    made = _poisoned()
    face = RNG.permutation(TRIANGLES)[:BLOCK].astype(np.int32)
    assert _find(face, np.zeros(BLOCK, np.float32), made) == BLOCK
    np.testing.assert_array_equal(made.triangle[made.row], face)
    assert np.isfinite(made.table).all()


def test_a_set_up_does_not_depend_on_those_beside_it() -> None:
    made, alone = _poisoned(), _poisoned()
    face = RNG.integers(0, TRIANGLES, 100).astype(np.int32)
    _find(face, np.arange(100, dtype=np.float32), made)
    for t, row in zip(face, made.row, strict=False):
        _find(np.array([t], np.int32), np.zeros(1, np.float32), alone)
        np.testing.assert_array_equal(alone.table[0], made.table[row])


def test_set_ups_tell_depth_coordinates_and_normals_of_rays() -> None:
    """Rays through known barycentric weights: attributes are the weighted means of those of the corners."""
    made = _poisoned()
    face = RNG.permutation(TRIANGLES)[:500].astype(np.int32)
    _find(face, np.arange(500, dtype=np.float32), made)
    checked = 0
    for t, row in zip(face, made.row, strict=False):
        corners, looks = CAMERA[:, FACES[t]].T.astype(np.float64), LOOKS[FACES[t]].astype(np.float64)
        plane = np.cross(corners[1] - corners[0], corners[2] - corners[0])
        if corners[:, 2].min() < 1.0 or abs(plane @ corners[0]) < 0.05:
            continue
        weights = RNG.dirichlet(np.ones(3))
        point = weights @ corners
        dx, dy = point[:2] / point[2]
        inverse, *normal = at_ray(made.table, int(row), dx, dy)
        assert 1.0 / inverse == pytest.approx(point[2], rel=1e-9)
        table = made.table[row]
        below = table[setups.S] * dx + table[setups.S + 1] * dy + table[setups.S + 2]
        for start, wanted in ((setups.SURFACE_U, looks[:, 3]), (setups.SURFACE_V, looks[:, 4])):
            found = (table[start] * dx + table[start + 1] * dy + table[start + 2]) / below
            assert found == pytest.approx(weights @ wanted, abs=1e-8)
        own = BACK[:, :3] @ plane
        own *= -np.sign(own @ (BACK[:, :3] @ point))  # against the ray
        turned = TURNS[PART[t]] @ (weights @ looks[:, :3])
        turned *= np.sign(turned @ own) / np.linalg.norm(turned)
        np.testing.assert_allclose(normal, turned, atol=1e-7)
        checked += 1
    assert checked > 100


@pytest.mark.parametrize(
    ("begin", "width", "count"), [(0, 640, BLOCK), (BLOCK, 640, BLOCK), (5, 7, 100), (3, 9000, 8000)]
)
def test_places_of_pixels(begin: int, width: int, count: int) -> None:
    x, y = np.full((2, count), np.nan, np.float32)
    points.centers(begin, width, x, y)
    rows, columns = np.divmod(np.arange(begin, begin + count), width)
    np.testing.assert_array_equal(x, columns)
    np.testing.assert_array_equal(y, rows)
