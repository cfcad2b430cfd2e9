"""A railway bridge over a sunken road: embankment, abutments, retaining walls, girders, parapets, lamps."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from simgen.models.geometry import box, merge, mesh_of_quads, rotation_z, transformed
from simgen.models.mesh import LampMount, Material, Mesh, Shape
from simgen.models.palette import CONCRETE, STEEL, TRIM
from simgen.models.site import HeightGrid
from simgen.models.sites.assembly import Assembly
from simgen.models.sites.lighting import NEUTRAL_WHITE
from simgen.models.sites.roadside import STREET_LENS, mast
from simgen.models.sites.signs import HAZARD, round_sign

Floats = NDArray[np.float64]

GIRDER_M = 1.0
SLAB_M = 0.35
PARAPET_M = 0.9
"""How far a retaining wall stands above the land behind it."""
BRICK = Material(
    "engineering brick",
    (0.19, 0.085, 0.06),
    (0.30, 0.28, 0.25),
    roughness=0.85,
    pattern="brick",
    contrast=0.7,
)
COPING = replace(CONCRETE, name="coping", albedo=(0.44, 0.43, 0.41), contrast=0.2)
GIRDER_PAINT = replace(STEEL, name="bridge paint", albedo=(0.10, 0.16, 0.15), metallic=0.0)
RAIL_STEEL = Material("rail", (0.30, 0.24, 0.20), roughness=0.4, metallic=0.5)
GAUGE = Material(
    "depth gauge",
    (0.80, 0.80, 0.78),
    (0.03, 0.03, 0.03),
    roughness=0.5,
    pattern="stripes",
    contrast=1.0,
    params=(0.2,),
)


@dataclass(frozen=True)
class Bridge:
    """Main dimensions; the railway runs along y.

    Attributes:
        center_m: x of its middle.
        road_half_m: half width between the walls' inner faces.
        underside_m: height of the girders' lower edge.
        deck_half_m: half the deck along x.
        top_half_m, base_half_m: half widths of the embankment's top and foot.
    """

    center_m: float
    road_half_m: float
    underside_m: float
    deck_half_m: float = 5.0
    top_half_m: float = 6.0
    base_half_m: float = 12.0

    @property
    def track_m(self) -> float:
        """Height of the ballast: the embankment's top and the deck's."""
        return self.underside_m + GIRDER_M + SLAB_M

    @property
    def creases_m(self) -> tuple[float, ...]:
        """X of the embankment's edges and feet."""
        c = self.center_m
        return (c - self.base_half_m, c - self.top_half_m, c + self.top_half_m, c + self.base_half_m)

    def embankment_m(self, x_m: Floats) -> Floats:
        """Height of the embankment over the land."""
        away = np.abs(np.asarray(x_m) - self.center_m)
        out: Floats = np.interp(away, [self.top_half_m, self.base_half_m], [self.track_m, 0.0])
        return out


def build_walls(
    assembly: Assembly, bridge: Bridge, grid: HeightGrid, thickness_m: float, dip_x_m: tuple[float, float]
) -> None:
    """Retaining walls along the dip, from the road's edge outwards, and the abutments under the deck.

    Args:
        assembly: receives "walls" (class wall) and "abutments" (class bridge), both with boxes to collide.
        bridge: its dimensions.
        grid: the ground; walls reach 0.6 m below the road.
        thickness_m: of the walls: one column of the grid, whose sloping ground they hide.
        dip_x_m: x where the dip begins and ends.
    """
    lo, hi = (grid.x0_m + grid.dx_m * round((x - grid.x0_m) / grid.dx_m) for x in dip_x_m)
    x = np.arange(lo - 4.0, hi + 4.01, grid.dx_m)
    top = bridge.embankment_m(x) + PARAPET_M
    ends = np.minimum(x - x[0], x[-1] - x)
    top = np.where(ends < 5.0, np.minimum(top, 0.35 + (PARAPET_M - 0.35) * ends / 4.0), top)
    deck = np.abs(x - bridge.center_m) <= bridge.deck_half_m + 1.01
    for side in (-1.0, 1.0):
        y_in = side * bridge.road_half_m
        foot = np.array([grid.at(float(xk), y_in) for xk in x]) - 0.6
        for name, cls, keep, material in (
            ("walls", "wall", ~deck, CONCRETE),
            ("abutments", "bridge", deck, BRICK),
        ):
            z_top = top if name == "walls" else np.full(len(x), bridge.underside_m + 0.02)
            for a, b in _runs(_spread(keep) if name == "walls" else keep):
                rows = slice(a, b + 1)
                mesh, shapes = _wall(
                    x[rows], foot[rows], z_top[rows], y_in, side * thickness_m, material, name == "walls"
                )
                assembly.add(name, cls, [mesh], shapes)
        _wing_tops(assembly, bridge, y_in, side * thickness_m)


def _spread(keep: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Grow a mask by one row, so that neighbouring walls share the row between them."""
    out = keep.copy()
    out[1:] |= keep[:-1]
    out[:-1] |= keep[1:]
    return out


def _runs(mask: NDArray[np.bool_]) -> list[tuple[int, int]]:
    edge = np.flatnonzero(np.diff(np.concatenate([[False], mask, [False]]).astype(np.int8)))
    return [(int(a), int(b) - 1) for a, b in zip(edge[::2], edge[1::2], strict=True)]


def _wall(
    x: Floats, foot: Floats, top: Floats, y_in: float, depth: float, material: Material, coping: bool
) -> tuple[Mesh, list[Shape]]:
    """A wall of thickness |depth| from y_in outwards along x, its top a line of heights."""
    y_out = y_in + depth
    flip = depth < 0.0

    def ribbon(ya: float, za: Floats, yb: float, zb: Floats, mat: Material, v0: Floats, v1: Floats) -> Mesh:
        """Quads between two lines along x, looking at -y when a is below b at one y."""
        quads, uv = [], []
        for k in range(len(x) - 1):
            q = [(x[k], ya, za[k]), (x[k + 1], ya, za[k + 1]), (x[k + 1], yb, zb[k + 1]), (x[k], yb, zb[k])]
            t = [(x[k], v0[k]), (x[k + 1], v0[k + 1]), (x[k + 1], v1[k + 1]), (x[k], v1[k])]
            quads.append(q[::-1] if flip else q)
            uv.append(t[::-1] if flip else t)
        return mesh_of_quads(quads, mat, uv)

    lip = math.copysign(0.06, depth) if coping else 0.0
    cap = top - (0.14 if coping else 0.0)
    zero, across = np.zeros(len(x)), np.full(len(x), abs(depth))
    pieces = [
        ribbon(y_in, foot, y_in, cap, material, foot, cap),
        ribbon(y_out, top, y_out, foot, material, top, foot),
        ribbon(y_in - lip, top, y_out, top, COPING if coping else material, zero, across),
    ]
    if coping:
        pieces.append(ribbon(y_in - lip, cap, y_in - lip, top, COPING, cap, top))
        pieces.append(ribbon(y_in, cap, y_in - lip, cap, COPING, zero, across))
    for k, turn in ((0, flip), (-1, not flip)):
        q = [(x[k], y_in, foot[k]), (x[k], y_in, top[k]), (x[k], y_out, top[k]), (x[k], y_out, foot[k])]
        pieces.append(mesh_of_quads([q[::-1] if turn else q], material))
    shapes = []
    for k in range(len(x) - 1):
        z0, z1 = float(min(foot[k], foot[k + 1])), float(min(top[k], top[k + 1]))
        size = (float(x[k + 1] - x[k]), abs(depth), z1 - z0)
        shapes.append(Shape("box", (0.5 * float(x[k] + x[k + 1]), y_in + 0.5 * depth, 0.5 * (z0 + z1)), size_m=size))
    return merge(pieces), shapes


def _wing_tops(assembly: Assembly, bridge: Bridge, y_in: float, depth: float) -> None:
    """Bearing blocks between abutment and deck ends: what shows beside the girders."""
    for s in (-1.0, 1.0):
        x = bridge.center_m + s * (bridge.deck_half_m + 0.5)
        z0, z1 = bridge.underside_m, bridge.track_m + PARAPET_M
        mesh = box((0.98, abs(depth) - 0.02, z1 - z0), CONCRETE, (x, y_in + 0.5 * depth, 0.5 * (z0 + z1)))
        assembly.add("abutments", "bridge", [mesh])


def build_bridge(assembly: Assembly, bridge: Bridge, thickness_m: float, floor_m: float) -> None:
    """Deck, girders, railings, rails, masts, signs and lamps.

    Args:
        assembly: receives the parts and the lamps (kind street, relative intensities).
        bridge: its dimensions.
        thickness_m: of the abutments that carry the deck.
        floor_m: lowest height of the road.
    """
    c, under, span = bridge.center_m, bridge.underside_m, bridge.road_half_m + thickness_m + 1.5
    z_slab = under + GIRDER_M + 0.5 * SLAB_M
    deck = [box((2.0 * bridge.deck_half_m, 2.0 * span, SLAB_M - 0.01), CONCRETE, (c, 0.0, z_slab - 0.005))]
    for x in np.linspace(c - bridge.deck_half_m + 0.25, c + bridge.deck_half_m - 0.25, 6):
        deck += _girder(float(x), under, span)
    for s in (-1.0, 1.0):
        deck += _railing(c + s * (bridge.deck_half_m - 0.12), bridge.track_m, span)
        face = c + s * (bridge.deck_half_m - 0.25 + 0.20)
        bar = box((0.04, 2.0 * bridge.road_half_m - 0.2, 0.32), HAZARD, (face, 0.0, under + 0.17))
        deck.append(bar)
    shape = Shape(
        "box",
        (c, 0.0, 0.5 * (under + bridge.track_m)),
        size_m=(2 * bridge.deck_half_m, 2 * span, bridge.track_m - under),
    )
    assembly.add("bridge", "bridge", deck, [shape])
    rails = [
        box((0.07, 120.0, 0.16), RAIL_STEEL, (c + t + r, 0.0, bridge.track_m + 0.08))
        for t in (-2.0, 2.0)
        for r in (-0.75, 0.75)
    ]
    assembly.add("rails", "bridge", rails)
    masts = [
        transformed(mast(6.5), rotation_z(0.5 * math.pi), (c + 5.0, y, bridge.track_m))
        for y in (-58.0, -22.0, 18.0, 54.0)
    ]
    assembly.add("masts", "pole", masts)
    _signs(assembly, bridge, floor_m)
    _lamps(assembly, bridge)


def _girder(x_m: float, under_m: float, span_m: float) -> list[Mesh]:
    """An I-beam along y with stiffeners."""
    width = 2.0 * span_m
    pieces = [
        box((0.38, width, 0.05), GIRDER_PAINT, (x_m, 0.0, under_m + 0.025)),
        box((0.38, width, 0.05), GIRDER_PAINT, (x_m, 0.0, under_m + GIRDER_M - 0.03)),
        box((0.03, width, GIRDER_M - 0.12), GIRDER_PAINT, (x_m, 0.0, under_m + 0.5 * GIRDER_M)),
    ]
    for y in np.arange(-span_m + 0.6, span_m, 1.5):
        pieces.append(box((0.30, 0.03, GIRDER_M - 0.13), GIRDER_PAINT, (x_m, float(y), under_m + 0.5 * GIRDER_M)))
    return pieces


def _railing(x_m: float, z_m: float, span_m: float) -> list[Mesh]:
    """Posts, three rails and an upstand along the deck's edge."""
    width = 2.0 * span_m
    pieces = [box((0.16, width, 0.30), COPING, (x_m, 0.0, z_m + 0.14))]
    pieces += [box((0.05, width, 0.06), STEEL, (x_m, 0.0, z_m + h)) for h in (0.62, 0.92, 1.22)]
    for y in np.arange(-span_m + 0.1, span_m, 1.2):
        pieces.append(box((0.07, 0.07, 1.0), STEEL, (x_m, float(y), z_m + 0.74)))
    return pieces


def _signs(assembly: Assembly, bridge: Bridge, floor_m: float) -> None:
    """Clearance signs on both faces of the deck and a depth gauge on the wall by each lane's way in."""
    text = f"{math.floor((bridge.underside_m - floor_m) * 10.0 - 1.0) / 10.0:.1f}"
    plate = round_sign(text, 0.45, bridge.underside_m + 0.92)
    half = bridge.deck_half_m + 0.16
    lane = -0.5 * bridge.road_half_m
    signs = [
        transformed(plate, translation_m=(bridge.center_m - half, lane, 0.0)),
        transformed(plate, np.diag([-1.0, -1.0, 1.0]), (bridge.center_m + half, -lane, 0.0)),
    ]
    for s in (-1.0, 1.0):
        x, y = bridge.center_m + s * (bridge.deck_half_m + 2.6), s * (bridge.road_half_m - 0.03)
        z0, z1 = floor_m, floor_m + 2.0
        a, b = (x - 0.15, x + 0.15) if s > 0.0 else (x + 0.15, x - 0.15)
        quad = [[a, y, z0], [b, y, z0], [b, y, z1], [a, y, z1]]
        signs.append(mesh_of_quads([quad], GAUGE, [[[0.0, 0.0], [0.0, 0.3], [2.0, 0.3], [2.0, 0.0]]]))
    assembly.add("signs.traffic_sign", "traffic_sign", signs)


def _lamps(assembly: Assembly, bridge: Bridge) -> None:
    """Wall lamps on the abutments, tilted towards the road."""
    tilt = math.radians(40.0)
    z = bridge.underside_m - 0.45
    for side in (-1.0, 1.0):
        y = side * (bridge.road_half_m - 0.09)
        for dx in (-3.0, 0.0, 3.0):
            x = bridge.center_m + dx
            body = box((0.55, 0.16, 0.22), TRIM, (x, side * (bridge.road_half_m - 0.08), z))
            face = y - side * 0.08
            quad = [
                [x - 0.24, face, z - 0.09],
                [x + 0.24, face, z - 0.09],
                [x + 0.24, face, z + 0.09],
                [x - 0.24, face, z + 0.09],
            ]
            lens = mesh_of_quads([quad if side > 0.0 else quad[::-1]], STREET_LENS)
            assembly.add("wall_lamps", "pole", [body, transformed(lens, translation_m=(0.0, -side * 0.004, 0.0))])
            beam = (0.0, -side * math.sin(tilt), -math.cos(tilt))
            position = (x, face - side * 0.03, z)
            assembly.lamps.append(LampMount("street", position, beam, 1.0, NEUTRAL_WHITE))
