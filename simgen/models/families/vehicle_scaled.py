"""Another car from the lines of one: a design stretched along its axes to other published dimensions."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from simgen.models.families.vehicle_body import Cut
from simgen.models.families.vehicle_car import CarDesign
from simgen.models.families.vehicle_data import VehicleData
from simgen.models.families.vehicle_shell import Corner, Greenhouse, LowerBody, Points
from simgen.models.families.vehicle_skin import WRAP
from simgen.models.geometry import transformed
from simgen.models.model import VehicleSpec

Scale = tuple[float, float, float]


def restyled(design: CarDesign, name: str, data: VehicleData, scale: Scale, front_axle_x_m: float) -> CarDesign:
    """The design stretched by `scale` along x, y and z, on the wheels and with the numbers of `data`.

    Args:
        design: the car to begin with.
        name: of the new family.
        data: its numbers.
        scale: factors along the car, across it and up.
        front_axle_x_m: where its front axle stands.
    """
    x, y, z = scale
    body = _body(design.body, scale)
    lengths = design.body.ring_length_m(), body.ring_length_m()
    spec: VehicleSpec = data.spec(front_axle_x_m)
    wheels = data.wheel_radius_m / design.wheel.radius_m
    mx, my, mz = design.mirror_foot_m
    return replace(
        design,
        name=name,
        body=body,
        cabin=_cabin(design.cabin, scale),
        body_cuts=tuple(_cut(c, scale, lengths) for c in design.body_cuts),
        cabin_cuts=tuple(_cut(c, scale, lengths) for c in design.cabin_cuts),
        wheel=replace(
            design.wheel,
            radius_m=data.wheel_radius_m,
            width_m=design.wheel.width_m * wheels,
            rim_radius_m=design.wheel.rim_radius_m * wheels,
        ),
        spec=spec,
        mass_kg=data.mass_kg,
        front_load=data.front_load,
        mirror_foot_m=(mx * x, my * y, mz * z),
        handles=tuple((hx * x, hz * z) for hx, hz in design.handles),
        plates=((design.plates[0][0] * z, design.plates[0][1] * x), (design.plates[1][0] * z, design.plates[1][1] * x)),
        head_at=(design.head_at[0] * y, design.head_at[1] * z),
        tail_at=(design.tail_at[0] * y, design.tail_at[1] * z),
        indicator_at=(design.indicator_at[0] * y, design.indicator_at[1] * z),
        extras=tuple(transformed(m, scale=scale) for m in design.extras),
    )


def _points(points: Points, along: float, value: float) -> Points:
    return tuple((a * along, v * value) for a, v in points)


def _corner(corner: Corner, along: float) -> Corner:
    return Corner(corner.depth_m * along, corner.exponent)


def _body(b: LowerBody, scale: Scale) -> LowerBody:
    x, y, z = scale
    return LowerBody(
        nose_x_m=b.nose_x_m * x,
        tail_x_m=b.tail_x_m * x,
        half_width_m=b.half_width_m * y,
        rows=tuple((share, inset * y, nose * x, tail * x) for share, inset, nose, tail in b.rows),
        bottom=_points(b.bottom, x, z),
        shoulder=_points(b.shoulder, x, z),
        ridge=_points(b.ridge, x, z),
        taper=_points(b.taper, x, y),
        nose=_corner(b.nose, x),
        tail=_corner(b.tail, x),
        stations=b.stations,
    )


def _cabin(c: Greenhouse, scale: Scale) -> Greenhouse:
    x, y, z = scale
    return Greenhouse(
        base_x_m=(c.base_x_m[0] * x, c.base_x_m[1] * x),
        top_x_m=(c.top_x_m[0] * x, c.top_x_m[1] * x),
        roof=_points(c.roof, x, z),
        base_half_m=c.base_half_m * y,
        top_half_m=c.top_half_m * y,
        drop_m=c.drop_m * z,
        base_taper=_points(c.base_taper, x, y),
        top_taper=_points(c.top_taper, x, y),
        screen=_corner(c.screen, x),
        rear=_corner(c.rear, x),
        bow_m=c.bow_m * y,
        stations=c.stations,
    )


def _cut(cut: Cut, scale: Scale, lengths_m: tuple[float, float]) -> Cut:
    """A cut stretched with its skin; round the corners by the width, measured from the nearer end of the ring."""
    outline = np.array(cut.outline, dtype=np.float64)
    if cut.view is not WRAP:
        return cut._replace(outline=outline * [scale[k] for k in cut.view.axes])
    before, after = lengths_m
    s = outline[:, 0]
    stretched = np.where(s < 0.5 * before, s * scale[1], after - (before - s) * scale[1])
    return cut._replace(outline=np.column_stack([stretched, outline[:, 1] * scale[2]]))
