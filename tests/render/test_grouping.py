"""Points brought together by material: the order itself, and pictures that do not depend on it."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from small_stage import CAMERA, everything

from simgen.held import Held
from simgen.render import surface
from simgen.render.kernels import grouping
from simgen.render.kernels.resolve import BLOCK
from simgen.render.kernels.setups import Setups, find_runs
from simgen.render.renderer import Renderer

RNG = np.random.default_rng(11)
TRIANGLES, MATERIALS = 500, 9
MATERIAL = RNG.integers(0, MATERIALS, TRIANGLES).astype(np.int32)


def _grouped(count: int, longest: int, least: int):
    """Random points, their runs before, and everything that `group` gave; its outputs were poisoned."""
    face = np.repeat(RNG.integers(-1, TRIANGLES, count), RNG.integers(1, longest + 1, count))[:count].astype(np.int32)
    x, y = RNG.uniform(0, 640, count).astype(np.float32), np.repeat(np.arange(count), 7)[:count].astype(np.float32)
    made = Setups.of(BLOCK)
    made.old_first.fill(77)
    made.old_row.fill(77)
    held = Held(made)
    runs = find_runs(
        face, y, np.ones((3, 3), np.float32), np.zeros((TRIANGLES, 3), np.int32), np.zeros(TRIANGLES, np.int32),
        MATERIAL, np.ones((3, 5), np.float32), np.eye(3)[None], np.eye(4)[:3], held,
    )  # fmt: skip
    before = made.first[: runs + 1].copy(), made.row[:runs].copy()
    places, order_and_face = np.full((2, count), np.nan, np.float32), np.full((2, count), -77, np.int32)
    done = grouping.group(runs, x, y, face, held, least, np.zeros(MATERIALS + 1, np.int64), places, order_and_face)
    return (x, y, face), (made, runs, before), (bool(done), places, order_and_face)


@pytest.mark.parametrize("count", [1, 8, 1000, BLOCK])
@pytest.mark.parametrize("longest", [1, 30])
def test_runs_stay_whole_and_come_by_material(count: int, longest: int) -> None:
    (x, y, face), (made, runs, (first, row)), (done, places, (order, faces)) = _grouped(count, longest, least=0)
    assert done
    material = np.where(face < 0, -1, MATERIAL[face])
    of_run = material[first[:-1]]
    turn = np.argsort(of_run, kind="stable")  # an independent way to the same order
    expected = np.concatenate([np.arange(first[r], first[r + 1]) for r in turn])
    assert np.array_equal(order, expected)
    assert np.array_equal(places, [x[expected], y[expected]])
    assert np.array_equal(faces, face[expected])
    assert np.array_equal(np.diff(made.first[: runs + 1]), np.diff(first)[turn])
    assert made.first[0] == 0
    assert np.array_equal(made.row[:runs], row[turn])
    assert int((np.diff(material[expected]) != 0).sum()) == len(np.unique(material)) - 1


def test_what_changes_little_is_left_as_it_is() -> None:
    _, (made, runs, (first, row)), (done, places, order_and_face) = _grouped(1000, 30, least=1001)
    assert not done
    assert np.array_equal(made.first[: runs + 1], first)
    assert np.array_equal(made.row[:runs], row)
    assert np.isnan(places).all()
    assert (order_and_face == -77).all()


@pytest.mark.parametrize("antialias", [1, 4])
def test_pictures_do_not_depend_on_the_order_of_points(monkeypatch: pytest.MonkeyPatch, antialias: int) -> None:
    snapshot, previous, camera = everything()

    def shot(least: int):
        monkeypatch.setattr(surface, "_LEAST_CHANGES", least)
        return Renderer(snapshot.cast).render(snapshot, CAMERA, camera, previous=previous, antialias=antialias)

    orders = []
    group = grouping.group
    monkeypatch.setattr(surface, "group", lambda *a: orders.append(group(*a)) or orders[-1])
    together, apart = shot(0), shot(10**9)
    assert orders  # every block was put into order, and none the second time
    assert all(orders)
    for field in dataclasses.fields(together):
        one, other = getattr(together, field.name), getattr(apart, field.name)
        if one is None:
            assert other is None
        elif field.name == "radiance":
            # Along runs, numbers are found from where a chunk of points begins, so the last bits are others.
            assert np.allclose(one, other, rtol=2e-4, atol=1e-6 * float(other.max()))
        else:
            assert np.array_equal(one, other, equal_nan=one.dtype.kind == "f"), field.name
