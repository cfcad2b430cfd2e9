"""Arguments that kernels are handed once: everything arrives as it was, arrays are lent and kept alive."""

from __future__ import annotations

import gc
from typing import Any, NamedTuple

import numpy as np
import pytest
from numpy.typing import NDArray

from simgen.compiled import kernel
from simgen.held import Held, taken


class Inner(NamedTuple):
    """Numbers between arrays."""

    weight: float
    flags: NDArray[np.bool_]
    level: int
    on: bool


class Outer(NamedTuple):
    """Arrays of several types, dimensions and layouts about another tuple."""

    plane: NDArray[np.float64]
    inner: Inner
    words: NDArray[np.int32]
    thin: NDArray[np.float32]
    empty: NDArray[np.float64]


@kernel
def _sums(held, scale, out):
    """Write one number of every member to `out`."""
    t = taken(held)
    total = 0.0
    for i in range(t.plane.shape[0]):
        for j in range(t.plane.shape[1]):
            total += t.plane[i, j] * (i + 10 * j)
    out[0] = scale * total
    out[1] = t.inner.weight + t.inner.level
    out[2] = 1.0 if t.inner.on else 0.0
    count = 0
    for k in range(t.inner.flags.shape[0]):
        count += 1 if t.inner.flags[k] else 0
    out[3] = count
    out[4] = t.words[-1]
    total = 0.0
    for k in range(t.thin.shape[0]):
        total += t.thin[k] * (k + 1)
    out[5] = total
    out[6] = t.empty.shape[0] + 100 * t.empty.shape[1]


@kernel
def _write(held, value):
    taken(held).plane[1, 2] = value


def _outer(rng: np.random.Generator, *, on: bool = True) -> Outer:
    wide = rng.normal(size=(8, 14))
    inner = Inner(2.5, rng.random(7) < 0.5, -3, on)
    return Outer(wide[::2, ::3], inner, rng.integers(-99, 99, 5, np.int32), np.ones(3, np.float32), np.zeros((0, 4)))


def _expected(o: Outer, scale: float) -> list[float]:
    rows, columns = np.indices(o.plane.shape)
    return [
        scale * float((o.plane * (rows + 10 * columns)).sum()), o.inner.weight + o.inner.level, float(o.inner.on),
        float(o.inner.flags.sum()), float(o.words[-1]), float((o.thin * np.arange(1, 4)).sum()), 400.0,
    ]  # fmt: skip


@pytest.mark.parametrize("on", [True, False])
def test_everything_arrives(on: bool) -> None:
    o = _outer(np.random.default_rng(1), on=on)
    out = np.full(7, np.nan)
    _sums(Held(o), 0.5, out)
    assert out == pytest.approx(_expected(o, 0.5), rel=1e-12)


def test_arrays_are_lent() -> None:
    o = _outer(np.random.default_rng(2))
    held, out = Held(o), np.full(7, np.nan)
    o.plane[:] = 7.0
    o.words[-1] = 41
    _sums(held, 1.0, out)
    assert out == pytest.approx(_expected(o, 1.0))
    _write(held, -1.25)
    assert o.plane[1, 2] == -1.25


def test_it_keeps_its_arrays_alive() -> None:
    held = [Held(_outer(np.random.default_rng(k))) for k in range(50)]
    gc.collect()
    rubbish: list[Any] = [np.full((8, 14), np.nan) for _ in range(200)]  # into whatever was given back
    out = np.full(7, np.nan)
    for k, h in enumerate(held):
        _sums(h, 1.0, out)
        assert out == pytest.approx(_expected(_outer(np.random.default_rng(k)), 1.0))
    assert len(rubbish) == 200


def test_other_layouts_are_other_types() -> None:
    """The same members in other layouts: code compiled for one would read the other wrongly."""
    rng = np.random.default_rng(3)
    scattered = _outer(rng)
    for plane in (np.ascontiguousarray(scattered.plane), np.asfortranarray(scattered.plane), scattered.plane):
        out = np.full(7, np.nan)
        _sums(Held(scattered._replace(plane=plane)), 1.0, out)
        assert out == pytest.approx(_expected(scattered, 1.0))


def test_numbers_are_those_of_its_making() -> None:
    rng = np.random.default_rng(4)
    one, other = _outer(rng, on=True), _outer(rng, on=False)
    first, second = Held(one), Held(other)
    for held, o in ((first, one), (second, other), (first, one)):
        out = np.full(7, np.nan)
        _sums(held, 1.0, out)
        assert out == pytest.approx(_expected(o, 1.0))
