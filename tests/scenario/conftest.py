"""Toy models and sites, so that these tests depend on the language and not on the catalogue's geometry."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from simgen.models import (
    HeightGrid,
    Lane,
    Material,
    Mesh,
    Model,
    ModelPart,
    Region,
    Shape,
    Site,
    SitePart,
    VehicleSpec,
    catalogue,
)
from simgen.scenario import Scenario

MESH = Mesh(
    np.zeros((3, 3), np.float32),
    np.tile(np.float32([0, 0, 1]), (3, 1)),
    np.zeros((3, 2), np.float32),
    np.array([[0, 1, 2]], np.int32),
    np.zeros(1, np.int16),
    (Material("toy", (0.5, 0.5, 0.5)),),
)


def toy_block(length_m: float = 1.0, width_m: float = 0.5, height_m: float = 0.4) -> Model:
    """A loose box."""
    size = (length_m, width_m, height_m)
    middle = (0.0, 0.0, 0.5 * height_m)
    return Model("toy.block", "box", (ModelPart("body", MESH),), (), 5.0, size, middle, middle, slots=("carton",))


def toy_car(length_m: float = 4.0, doors: int = 4, trim: str = "plain") -> Model:
    """A vehicle whose box is ahead of its origin."""
    vehicle = VehicleSpec(2.5, 1.5, 0.3, 1.2, 0.5)
    mounts = {"windscreen": ((0.5, 0.0, 1.3), 0.0, 0.0), "roof": ((0.0, 0.0, 1.5), 0.0, 0.0)}
    center = (0.2, 0.0, 0.75)
    body = (ModelPart("body", MESH),)
    return Model(
        "toy.car",
        "car",
        body,
        (),
        1200.0,
        (length_m, 1.8, 1.5),
        center,
        center,
        vehicle=vehicle,
        mounts=mounts,
        slots=("paint",),
    )


def toy_walker() -> Model:
    """A kinematic person."""
    size = (0.4, 0.5, 1.7)
    return Model(
        "toy.walker",
        "person",
        (ModelPart("body", MESH),),
        (),
        75.0,
        size,
        (0, 0, 0.85),
        (0, 0, 0.9),
        kinematic=True,
        slots=("top", "skin"),
    )


def toy_road(length_m: float = 200.0, lanes: int = 1, dip_m: float = 0.0, kind: str = "dry") -> Site:
    """A road along x from -40 m, sunk by `dip_m` beyond x = 60 m, with a post at (30, -8)."""
    xs = np.linspace(-40.0, length_m - 40.0, int(length_m) + 1)
    grid = HeightGrid(-40.0, -12.0, 1.0, 1.0, np.repeat(np.where(xs > 60.0, -dip_m, 0.0)[:, None], 25, axis=1))
    points = np.stack([xs, np.full_like(xs, -1.75), np.zeros_like(xs)], axis=1)
    names = {f"main.{k}": Lane(points - np.array([0.0, 3.5 * k, 0.0]), 3.5) for k in range(lanes)}
    names["oncoming.0"] = Lane(points[::-1] * [1.0, -1.0, 1.0], 3.5)
    end = length_m - 40.0
    regions = {
        "road": Region(-40.0, end, -3.5, 3.5, -dip_m),
        "verge": Region(-40.0, end, -10.0, -6.0, 0.0),
        "dip": Region(60.0, end, -3.5, 3.5, -dip_m),
        "closet": Region(0.0, 2.0, 8.0, 10.0, 0.0),
    }
    post = Shape("cylinder", (30.0, -8.0, 2.0), size_m=(0.2, 0.2, 4.0))
    parts = (SitePart("ground", "road", MESH, "mesh"), SitePart("post", "pole", MESH, "shapes", (post,)))
    bounds = Region(-40.0, end, -12.0, 12.0, -dip_m)
    return Site("toy.road", parts, names, regions, grid, (), kind == "indoor", bounds)


@pytest.fixture(autouse=True)
def toys(monkeypatch: pytest.MonkeyPatch) -> None:
    """Register the toys for one test."""
    for name, builder in {"toy.block": toy_block, "toy.car": toy_car, "toy.walker": toy_walker}.items():
        monkeypatch.setitem(catalogue._MODELS, name, builder)
    monkeypatch.setitem(catalogue._SITES, "toy.road", toy_road)


BASE = """\
simgen: 1
id: test/base
site: {toy.road: {length: 200 m, dip: 1 m}}
actors:
  ego: {model: toy.car, place: {lane: main.0, s: 40 m}, speed: 10 m/s}
sensors:
  front: {camera: {width: 64, height: 48, hfov: 70 deg}, mount: ego.windscreen}
duration: 2 s
"""


@pytest.fixture
def base() -> str:
    """A small valid scenario of block maps, to add lines to."""
    return BASE


@pytest.fixture
def of() -> Callable[[str], Scenario]:
    """Reads a text as a scenario."""
    return lambda text: Scenario.from_text(text, "t.yaml")


@pytest.fixture
def with_actor() -> Callable[[str], str]:
    """The small scenario with further lines under `actors`."""
    return lambda lines: BASE.replace("sensors:", "".join(f"  {x}\n" for x in lines.splitlines()) + "sensors:")
