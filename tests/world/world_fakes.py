"""Tiny models and sites with round numbers, for tests of the world alone."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from simgen.conditions import Conditions, Surface, Water
from simgen.models import (
    HeightGrid,
    LampMount,
    Lane,
    Material,
    Model,
    ModelPart,
    Region,
    Shape,
    Site,
    SitePart,
    VehicleSpec,
)
from simgen.models.catalogue import register_model, register_site
from simgen.models.geometry import box, cylinder, mesh_of_quads, sphere, surface
from simgen.models.robot_spec import SkidSpec
from simgen.scenario.scene import ActorSpec, Scene, SiteSpec

GREY = Material("grey", (0.2, 0.2, 0.2), slot="paint")
LENS = Material("lens", (0.5, 0.0, 0.0), emission_cd_m2=(100.0, 0.0, 0.0), lamp="tail")
G = 9.81


@dataclass(frozen=True)
class FixedFriction(Surface):
    """A surface of one friction coefficient at every speed and film."""

    mu: float = 0.85

    def frictions(self, speeds_mps: ArrayLike, extra_films_m: ArrayLike) -> NDArray[np.float64]:
        return np.full((np.size(speeds_mps), np.size(extra_films_m)), self.mu)


@register_model("fake.car")
def fake_car(mass_kg: float = 1400.0) -> Model:
    lamps = (
        LampMount("tail", (-2.1, 0.6, 0.8), (-1.0, 0.0, 0.0), 10.0),
        LampMount("brake", (-2.1, 0.6, 0.8), (-1.0, 0.0, 0.0), 60.0),
        LampMount("indicator", (2.1, 0.6, 0.8), (1.0, 0.0, 0.0), 300.0),
    )
    wheel = cylinder(0.3, 0.2, GREY, 12, "y")
    rest = {"wheel_fl": (1.3, 0.75, 0.3), "wheel_fr": (1.3, -0.75, 0.3), "wheel_rl": (-1.3, 0.75, 0.3)}
    rest["wheel_rr"] = (-1.3, -0.75, 0.3)
    return Model(
        "fake.car",
        "car",
        (
            ModelPart("body", box((4.2, 1.7, 1.2), GREY, (0.0, 0.0, 0.8))),
            *(ModelPart(name, wheel, position) for name, position in rest.items()),
        ),
        (
            Shape("box", (0.0, 0.0, 0.5), size_m=(4.2, 1.7, 0.6)),
            Shape("box", (-0.2, 0.0, 1.1), size_m=(2.2, 1.5, 0.6)),
        ),
        mass_kg,
        (4.2, 1.7, 1.4),
        (0.0, 0.0, 0.7),
        (0.1, 0.0, 0.5),
        friction=0.5,
        vehicle=VehicleSpec(2.6, 1.5, 0.3, 1.3, 0.5),
        mounts={"roof": ((0.0, 0.0, 1.5), 0.0, 0.0)},
        lamps=lamps,
        slots=("paint",),
    )


@register_model("fake.box")
def fake_box(
    length_m: float = 1.0,
    width_m: float = 1.0,
    height_m: float = 1.0,
    mass_kg: float = 100.0,
    friction: float = 0.5,
    com_x_m: float = 0.0,
) -> Model:
    size = (length_m, width_m, height_m)
    center = (0.0, 0.0, 0.5 * height_m)
    return Model(
        "fake.box",
        "box",
        (ModelPart("body", box(size, GREY, center)),),
        (Shape("box", center, size_m=size),),
        mass_kg,
        size,
        center,
        (com_x_m, 0.0, 0.5 * height_m),
        friction=friction,
    )


@register_model("fake.ball")
def fake_ball(radius_m: float = 0.5, mass_kg: float = 100.0) -> Model:
    center = (0.0, 0.0, radius_m)
    size = (2.0 * radius_m,) * 3
    part = ModelPart("body", sphere(radius_m, GREY), center)
    return Model(
        "fake.ball",
        "box",
        (part,),
        (Shape("sphere", center, size_m=(radius_m,) * 3),),
        mass_kg,
        size,
        center,
        center,
    )


@register_model("fake.log")
def fake_log(tilt_rad: float = 0.0, mass_kg: float = 20.0) -> Model:
    """A lying cylinder and a knob (a hull), so that compounds, hulls and skewed axes are met."""
    knob = np.array([[0, 0, 0], [0.2, 0, 0], [0, 0.2, 0], [0.2, 0.2, 0], [0.1, 0.1, 0.3]], np.float32)
    s, c = math.sin(0.25 * math.pi), math.cos(0.25 * math.pi)
    shapes = (
        Shape("cylinder", (0.0, 0.0, 0.15), (0.0, s, 0.0, c), (0.15, 0.15, 2.0)),
        Shape("hull", (0.3, 0.0, 0.2), points_m=knob),
    )
    mesh = cylinder(0.15, 2.0, GREY, 12, "x")
    part = ModelPart("body", mesh, (0.0, 0.0, 0.15))
    return Model("fake.log", "debris", (part,), shapes, mass_kg, (2.0, 0.5, 0.5), (0.0, 0.1, 0.25), (0.0, 0.0, 0.16))


@register_model("fake.person")
def fake_person() -> Model:
    part = ModelPart("body", box((0.4, 0.5, 1.75), GREY, (0.0, 0.0, 0.875)))
    shape = Shape("box", (0.0, 0.0, 0.875), size_m=(0.4, 0.5, 1.75))
    com = (0.0, 0.0, 0.95)
    return Model("fake.person", "person", (part,), (shape,), 75.0, (0.4, 0.5, 1.75), (0, 0, 0.875), com, kinematic=True)


@register_model("fake.husky")
def fake_husky() -> Model:
    wheel = cylinder(0.178, 0.114, GREY, 12, "y")
    parts = [ModelPart("base_link", box((1.0, 0.57, 0.27), GREY, (0.0, 0.0, 0.125)), (0.0, 0.0, 0.14493))]
    for name, x, y in (
        ("front_left", 1, 1),
        ("front_right", 1, -1),
        ("rear_left", -1, 1),
        ("rear_right", -1, -1),
    ):
        parts.append(ModelPart(f"{name}_wheel_link", wheel, (0.256 * x, 0.2854 * y, 0.17775)))
    shape = Shape("box", (0.0, 0.0, 0.27), size_m=(1.0, 0.57, 0.27))
    return Model(
        "fake.husky",
        "robot",
        tuple(parts),
        (shape,),
        44.0,
        (1.0, 0.67, 0.4),
        (0, 0, 0.2),
        (-0.06, 0, 0.23),
        urdf="husky/husky.urdf",
        robot=SkidSpec(),
    )


@register_model("fake.shelf")
def fake_shelf() -> Model:
    size, center = (2.0, 1.0, 3.0), (0.0, 0.0, 1.5)
    part = ModelPart("body", box(size, GREY, center))
    return Model(
        "fake.shelf",
        "shelf",
        (part,),
        (Shape("box", center, size_m=size),),
        300.0,
        size,
        center,
        center,
        dynamic=False,
    )


@register_site("fake.plane")
def fake_plane(slope: float = 0.0, length_m: float = 400.0, spacing_m: float = 4.0) -> Site:
    """A carriageway 7 m wide on an inclined plane that rises along +x; a wall stands at x = 300 m."""
    x = np.arange(-60.0, length_m - 60.0 + 1e-9, spacing_m)
    y = np.arange(-24.0, 24.0 + 1e-9, spacing_m)
    net = np.stack([*np.meshgrid(x, y, indexing="ij"), np.zeros((len(x), len(y)))], -1)
    net[..., 2] = slope * net[..., 0]
    lanes = {}
    for name, side, turn in (("main.0", -1.75, 1), ("oncoming.0", 1.75, -1)):
        points = np.stack([x, np.full_like(x, side), slope * x], -1)[::turn]
        fine = np.linspace(0.0, len(points) - 1.0, 2 * len(points) - 1)
        points = np.stack([np.interp(fine, np.arange(len(points)), points[:, k]) for k in range(3)], -1)
        lanes[name] = Lane(points, 3.5)
    bounds = Region(float(x[0]), float(x[-1]), -24.0, 24.0, float(net[..., 2].min()))
    wall = mesh_of_quads([[(300, 8, 0), (300, 14, 0), (300, 14, 3), (300, 8, 3)]], GREY)
    return Site(
        "fake.plane",
        (
            SitePart("ground", "road", surface(net, GREY), collision="mesh"),
            SitePart(
                "wall",
                "wall",
                wall,
                collision="shapes",
                shapes=(Shape("box", (300.5, 11, 1.5), size_m=(1, 6, 3)),),
            ),
        ),
        lanes,
        {"road": Region(float(x[0]), float(x[-1]), -3.5, 3.5, bounds.floor_m)},
        HeightGrid(float(x[0]), float(y[0]), spacing_m, spacing_m, net[..., 2]),
        (LampMount("street", (0.0, 6.0, 8.0), (0.0, 0.0, -1.0), 250.0),),
        False,
        bounds,
    )


def actor(
    name: str, model: str, x: float = 0.0, y: float = 0.0, z: float = -1e6, yaw: float = 0.0, **more: Any
) -> ActorSpec:
    """An actor on the ground unless `z` says higher."""
    return ActorSpec(name, model, (x, y, z), yaw, **more)


def scene(*actors: ActorSpec, slope: float = 0.0, settle_s: float = 0.0, **more: Any) -> Scene:
    """A scene on the plane."""
    conditions = more.pop("conditions", Conditions(surface=more.pop("surface", Surface())))
    return Scene(
        "tests/world",
        "0",
        0,
        0,
        SiteSpec("fake.plane", {"slope": slope}),
        actors,
        conditions,
        (),
        10.0,
        settle_s=settle_s,
        **more,
    )


def flood(depth_m: float, current_mps: tuple[float, float] = (0.0, 0.0)) -> Conditions:
    """Water everywhere on the level plane."""
    return Conditions(water=Water(depth_m, depth_m, -1e3, 1e3, -1e3, 1e3, current_mps))
