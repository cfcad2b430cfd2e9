"""Puts a car together: shells, cut outlines, wheels and fittings, from a design."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from simgen.models.families.vehicle_body import Arches, Cut, cut_all, finish
from simgen.models.families.vehicle_details import (
    both_sides,
    door_handle,
    door_mirror,
    number_plate,
)
from simgen.models.families.vehicle_materials import PLATE_WHITE, PLATE_YELLOW
from simgen.models.families.vehicle_shell import Greenhouse, LowerBody
from simgen.models.families.vehicle_skin import FRONT, REAR, Skin
from simgen.models.families.vehicle_wheels import WheelShape, wheel
from simgen.models.geometry import merge
from simgen.models.mesh import LampMount, Material, Mesh, Shape
from simgen.models.model import Model, ModelPart, VehicleSpec
from simgen.models.palette import PAINT, TRIM

RED = (4.2, 0.14, 0.10)
AMBER = (2.61, 0.62, 0.01)
HEADLAMP_WHITE = (1.05, 1.0, 0.86)
"""Colours of light, linear RGB of luminance 1."""


@dataclass(frozen=True, eq=False)
class CarDesign:
    """Everything that tells one car from another; metres, model frame, left side.

    Attributes:
        name: family name.
        body, cabin: the shells.
        body_cuts, cabin_cuts: outlines in the order they are cut.
        wheel: wheel shape.
        spec: what the wheeled dynamics need.
        mass_kg: kerb mass with driver.
        arch_gap_m: radius of the arch beyond the wheel's.
        mirror_foot_m: where the door mirror stands.
        handles: (x, z) of the door handles.
        handle: material of the handles.
        plates: heights of the front and the rear number plate, and their setback from nose and tail.
        head_at, tail_at, indicator_at: (y, z) of lamps in front and rear view (indicator: front).
        extras: further left-right symmetric meshes.
        front_load: share of the mass on the front axle.
        class_name: of the model.
        collision: primitives, where they are not those of a closed car.
    """

    name: str
    body: LowerBody
    cabin: Greenhouse
    body_cuts: tuple[Cut, ...]
    cabin_cuts: tuple[Cut, ...]
    wheel: WheelShape
    spec: VehicleSpec
    mass_kg: float
    arch_gap_m: float
    mirror_foot_m: tuple[float, float, float]
    handles: tuple[tuple[float, float], ...]
    handle: Material
    plates: tuple[tuple[float, float], tuple[float, float]]
    head_at: tuple[float, float]
    tail_at: tuple[float, float]
    indicator_at: tuple[float, float]
    extras: tuple[Mesh, ...] = ()
    front_load: float = 0.54
    class_name: str = "car"
    collision: tuple[Shape, ...] = ()


def build_car(d: CarDesign) -> Model:
    """The model of a design."""
    body = Skin.of_nets(d.body.nets(PAINT, TRIM))
    cabin = Skin.of_nets(d.cabin.nets(PAINT, d.body.deck_z))
    cut_all(body, d.body_cuts)
    cut_all(cabin, d.cabin_cuts)
    fittings = _fittings(d, body)
    wells = finish(body, _arches(d))
    cabin.finish()
    mesh = merge([body.mesh(), cabin.mesh(), *wells, *fittings, *d.extras])
    lamps = road_lamps(body, head_at=d.head_at, tail_at=d.tail_at, indicator_at=d.indicator_at)
    glass_z = float(d.cabin.roof_z(d.cabin.top_x_m[0], 0.0)) - 0.09
    glass_x = float(cabin.lookup(FRONT, [[0.0, glass_z]])[0][0, 0])
    return assemble(
        name=d.name,
        class_name=d.class_name,
        mesh=mesh,
        wheels=(d.wheel, d.wheel),
        spec=d.spec,
        mass_kg=d.mass_kg,
        front_load=d.front_load,
        collision=d.collision or _collision(d),
        mounts={
            # before the glass and a little up: the own screen does not hide the view, the bonnet's edge shows
            "windscreen": ((glass_x + 0.38, 0.0, glass_z + 0.02), 0.0, 0.035),
            "bumper": ((d.body.nose_x_m + 0.03, 0.0, 0.52), 0.0, 0.0),
            "roof": ((0.0, 0.0, float(d.cabin.roof_z(0.0, 0.0)) + 0.12), 0.0, 0.0),
        },
        lamps=lamps,
    )


def _collision(d: CarDesign) -> tuple[Shape, ...]:
    """A box from the sills to the shoulder and a hull round the greenhouse."""
    b, c = d.body, d.cabin
    floor, top = min(z for _, z in b.bottom), float(b.deck_z(0.0, b.half_width_m))
    lower = Shape(
        "box",
        center_m=(0.5 * (b.nose_x_m + b.tail_x_m), 0.0, 0.5 * (floor + top)),
        size_m=(b.nose_x_m - b.tail_x_m - 0.06, 2.0 * b.half_width_m - 0.04, top - floor),
    )
    points = [
        (x, side * half, z)
        for side in (1.0, -1.0)
        for ends, half, drop in ((c.base_x_m, c.base_half_m, None), (c.top_x_m, c.top_half_m, c.drop_m))
        for x in ends
        for z in [top - 0.05 if drop is None else float(c.roof_z(x, half))]
    ]
    points += [(x, 0.0, float(c.roof_z(x, 0.0))) for x in (0.5 * sum(c.top_x_m),)]
    return lower, Shape("hull", points_m=np.array(points, np.float32))


def assemble(
    *,
    name: str,
    class_name: str,
    mesh: Mesh,
    wheels: tuple[WheelShape, WheelShape],
    spec: VehicleSpec,
    mass_kg: float,
    front_load: float,
    collision: tuple[Shape, ...],
    mounts: dict[str, tuple[tuple[float, float, float], float, float]],
    lamps: tuple[LampMount, ...],
    axles_x_m: Mapping[str, float] | None = None,
) -> Model:
    """A wheeled model from its body mesh: adds the wheels (front, rear shape) and measures the whole.

    Where its axles are not the two of `spec`, `axles_x_m` has them by the letter of their wheels' names.
    """
    parts = [ModelPart("body", mesh)]
    low, high = (b.astype(np.float64) for b in mesh.bounds_m)
    axles = axles_x_m or {"f": spec.front_axle_x_m, "r": spec.front_axle_x_m - spec.wheelbase_m}
    for axle, x in axles.items():
        shape = wheels[0 if axle == "f" else 1]
        for label, side in (("l", 1), ("r", -1)):
            at = (x, 0.5 * spec.track_m * side, shape.radius_m)
            turned = wheel(shape, side)
            parts.append(ModelPart(f"wheel_{axle}{label}", turned, at))
            low = np.minimum(low, turned.bounds_m[0] + np.array(at))
            high = np.maximum(high, turned.bounds_m[1] + np.array(at))
    size, middle = high - low, 0.5 * (high + low)
    return Model(
        name=name,
        class_name=class_name,
        parts=tuple(parts),
        collision=collision,
        mass_kg=mass_kg,
        size_m=(float(size[0]), float(size[1]), float(size[2])),
        box_center_m=(float(middle[0]), float(middle[1]), float(middle[2])),
        center_of_mass_m=(spec.front_axle_x_m - (1.0 - front_load) * spec.wheelbase_m, 0.0, spec.cg_height_m),
        displaced_volume_fraction=spec.displaced_volume_fraction,
        vehicle=spec,
        mounts=mounts,
        lamps=lamps,
        slots=("paint",),
    )


def _arches(d: CarDesign) -> Arches:
    """Over the wheels; the wells clear them by 8 cm."""
    front_x = d.spec.front_axle_x_m
    return Arches(
        (front_x, front_x - d.spec.wheelbase_m),
        d.wheel.radius_m,
        d.wheel.radius_m + d.arch_gap_m,
        0.5 * d.spec.track_m - 0.5 * d.wheel.width_m - 0.08,
    )


def _fittings(d: CarDesign, body: Skin) -> list[Mesh]:
    handles = [door_handle(body, x, z, d.handle) for x, z in d.handles]
    sides = [both_sides(m) for m in (*handles, door_mirror(d.mirror_foot_m))]
    plates = []
    for (z, back), view, ahead, material in (
        (d.plates[0], FRONT, 1, PLATE_WHITE),
        (d.plates[1], REAR, -1, PLATE_YELLOW),
    ):
        x = body.lookup(view, [[0.0, z]])[0][0, 0] + ahead * (0.012 - back)
        plates.append(number_plate((float(x), 0.0, z), ahead, material))
    return [*sides, *plates]


def road_lamps(
    body: Skin,
    *,
    head_at: tuple[float, float],
    tail_at: tuple[float, float],
    indicator_at: tuple[float, float],
) -> tuple[LampMount, ...]:
    """Head, tail, brake and indicator lamps on both sides, on the skin at these (y, z) of front and rear view."""
    lamps = []
    for side in (1.0, -1.0):
        front = body.lookup(FRONT, [head_at])[0][0]
        rear = body.lookup(REAR, [tail_at])[0][0]
        blink = body.lookup(FRONT, [indicator_at])[0][0]
        head = (float(front[0]) + 0.01, side * head_at[0], head_at[1])
        tail = (float(rear[0]) - 0.01, side * tail_at[0], tail_at[1])
        lamps += [
            LampMount("head", head, (1.0, 0.0, 0.0), 21000.0, HEADLAMP_WHITE, "lowbeam"),
            LampMount("tail", tail, (-1.0, 0.0, 0.0), 6.0, RED),
            LampMount("brake", tail, (-1.0, 0.0, 0.0), 60.0, RED),
            LampMount(
                "indicator", (float(blink[0]) + 0.01, side * indicator_at[0], indicator_at[1]),
                (1.0, 0.0, 0.0), 200.0, AMBER,
            ),
            LampMount("indicator", tail, (-1.0, 0.0, 0.0), 200.0, AMBER),
        ]  # fmt: skip
    return tuple(lamps)
