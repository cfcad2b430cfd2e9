"""A four-way intersection in a village: kerbs, pavements, zebra crossings, houses; give-way signs or signals."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from simgen.errors import UserError
from simgen.models.catalogue import register_site
from simgen.models.geometry import box, cylinder, merge, mesh_of_quads, surface, transformed
from simgen.models.mesh import Material, Mesh, Shape
from simgen.models.palette import GALVANISED, GRASS, TRIM
from simgen.models.site import Lane, Region, Site, SitePart
from simgen.models.sites.alignment import Floats
from simgen.models.sites.assembly import Assembly, Fixture
from simgen.models.sites.fields import LAND
from simgen.models.sites.lighting import scaled_to_one_lux
from simgen.models.sites.open_road import Terrain, road_site, terrain_part
from simgen.models.sites.parameters import checked, checked_count
from simgen.models.sites.pavement_things import town_things
from simgen.models.sites.road_straight import X_START_M, road_material
from simgen.models.sites.roadside import street_lamp
from simgen.models.sites.scenery import Scenery, field_cover, keeping_off, stand
from simgen.models.sites.signs import give_way
from simgen.models.sites.terrain import smoothstep, value_noise
from simgen.rng import Stream

Distance = Callable[[Floats, Floats], Floats]

NAME = "road.intersection"
ARM_M = 100.0
"""From the middle to where the lanes end."""
REACH_M = 310.0
"""From the middle to where the streets stop, behind a crest."""
CORNER_M = 8.0
SHOULDER_M = 0.4
KERB_UP_M = 0.12
PAVEMENT_M = 2.6
SIGNAL_M = 0.6  # from the kerb line
ZEBRA_M = (0.6, 3.6)
STOP_M = (4.6, 5.1)
"""Zebra crossing and stop line: metres from the end of the corners outwards."""
KERB = Material("kerb stone", (0.40, 0.39, 0.37), roughness=0.85, pattern="concrete", contrast=0.3)
PAVING = Material("paving", (0.27, 0.26, 0.25), roughness=0.9, pattern="concrete", contrast=0.55)
PAINT = (0.62, 0.62, 0.60)
"""Of crossings and stop lines."""
_ARMS = (("east", 0.0), ("north", 0.5 * math.pi), ("west", math.pi), ("south", 1.5 * math.pi))
_LINES = (
    (-0.03, -0.015),
    (0.03, KERB_UP_M),
    (0.16, KERB_UP_M + 0.005),
    (PAVEMENT_M, KERB_UP_M + 0.05),
    (PAVEMENT_M + 0.7, 0.1),
)
"""Kerb, pavement and verge: (metres from the kerb line towards the houses, height)."""


def _rise(x_m: Floats, y_m: Floats, center_m: float) -> Floats:
    """Level about the middle, with a crest that hides where the streets stop."""
    away = np.maximum(np.abs(x_m - center_m), np.abs(y_m))
    out: Floats = 2.6 * (1.0 - np.cos(math.pi * np.clip((away - 120.0) / 120.0, 0.0, 1.5)))
    return out


def _corner_line(half_m: float, off_m: float) -> Floats:
    """(K, 2) line at `off_m` from the kerb of the corner at +x, +y, from its east end to its north end."""
    bend = half_m + CORNER_M
    run = np.linspace(REACH_M, bend, 76)[:-1]
    a = np.radians(np.linspace(-90.0, -180.0, 10))
    arc = bend + (CORNER_M - off_m) * np.column_stack([np.cos(a), np.sin(a)])
    line = half_m + off_m
    east = np.column_stack([run, np.full(len(run), line)])
    return np.concatenate([east, arc, east[::-1, ::-1]])


def _crossing(half_m: float, center_m: float) -> Floats:
    """(K, 2) outline of the lanes of both streets between their ends, rounded at the corners; world frame."""
    line = _corner_line(half_m, -SHOULDER_M)
    corner = np.concatenate([[(ARM_M, line[0, 1])], line[line.max(axis=1) < ARM_M], [(line[-1, 0], ARM_M)]])
    return np.concatenate([_turned(corner, angle) + np.array([center_m, 0.0]) for _, angle in _ARMS])


def _turned(xy: Floats, angle_rad: float) -> Floats:
    c, s = round(math.cos(angle_rad)), round(math.sin(angle_rad))
    return np.stack([c * xy[..., 0] - s * xy[..., 1], s * xy[..., 0] + c * xy[..., 1]], axis=-1)


def _placed(xy: Floats, up_m: Floats | float, angle_rad: float, center_m: float) -> Floats:
    """(..., 3) world points of local ones turned about the middle, on the crest."""
    p = _turned(xy, angle_rad)
    x = p[..., 0] + center_m
    return np.stack([x, p[..., 1], _rise(x, p[..., 1], center_m) + up_m], axis=-1)


def _streets(
    half_m: float, road: Material, asphalt: Material, zebra: Material, line: Material, center_m: float
) -> Mesh:
    """Arms with their markings, zebra crossings and stop lines, and the plain middle: one level mesh."""
    across = np.array([-half_m, -0.5 * half_m, 0.0, 0.5 * half_m, half_m])
    start = half_m + CORNER_M
    rows = [start, start + ZEBRA_M[0], start + ZEBRA_M[1], start + STOP_M[0], start + STOP_M[1]]
    rows += list(np.linspace(start + STOP_M[1], REACH_M, 74)[1:])
    pieces = []
    for _, angle in _ARMS:
        quads: dict[Material, list[Floats]] = {}
        uvs: dict[Material, list[Floats]] = {}
        for i in range(len(rows) - 1):
            for j in range(4):
                (t0, t1), (d0, d1) = rows[i : i + 2], across[j : j + 2].tolist()
                corner = np.array([(t0, d0), (t1, d0), (t1, d1), (t0, d1)])
                material = {0: asphalt, 1: zebra, 2: asphalt, 3: line if d0 >= 0.0 else asphalt}.get(i, road)
                quads.setdefault(material, []).append(_placed(corner, 0.0, angle, center_m))
                uvs.setdefault(material, []).append(corner[:, ::-1] if material is zebra else corner)
        for n in range(2):  # from the middle square to the arm, between the corners
            t = [half_m, half_m + 0.5 * CORNER_M, start][n : n + 2]
            for j in range(4):
                corner = np.array([(t[0], across[j]), (t[1], across[j]), (t[1], across[j + 1]), (t[0], across[j + 1])])
                quads[asphalt].append(_placed(corner, 0.0, angle, center_m))
                uvs[asphalt].append(quads[asphalt][-1][:, :2])
        pieces += [mesh_of_quads(quads[m], m, np.array(uvs[m])) for m in quads]
        pieces.append(_fillet(half_m, asphalt, angle, center_m))
    cells = []
    for i in range(4):
        for j in range(4):
            a, b = across[i : i + 2], across[j : j + 2]
            cells.append(
                _placed(np.array([(a[0], b[0]), (a[1], b[0]), (a[1], b[1]), (a[0], b[1])]), 0.0, 0.0, center_m)
            )
    pieces.append(mesh_of_quads(cells, asphalt, np.array(cells)[:, :, :2]))
    return merge(pieces)


def _fillet(half_m: float, asphalt: Material, angle: float, center_m: float) -> Mesh:
    """The asphalt between the square of the middle and one rounded kerb: a fan about the square's corner."""
    a = np.radians(np.linspace(-90.0, -180.0, 10))
    bend = half_m + CORNER_M
    arc = bend + CORNER_M * np.column_stack([np.cos(a), np.sin(a)])
    points = np.concatenate(
        [[(half_m, half_m), (half_m + 0.5 * CORNER_M, half_m)], arc, [(half_m, half_m + 0.5 * CORNER_M)]]
    )
    xyz = _placed(points, 0.0, angle, center_m)
    k = np.arange(1, len(points) - 1)
    faces = np.stack([np.zeros_like(k), k, k + 1], axis=-1)
    return Mesh(
        xyz.astype(np.float32),
        np.tile(np.array([0.0, 0.0, 1.0], np.float32), (len(xyz), 1)),
        xyz[:, :2].astype(np.float32),
        faces.astype(np.int32),
        np.zeros(len(faces), np.int16),
        (asphalt,),
    )


def _pavements(half_m: float, center_m: float) -> tuple[list[tuple[str, str, Mesh]], Floats]:
    """Kerbs, pavements and verges of the four corners as (part, class, mesh), and their outline (K, 3)."""
    out = []
    rim = []
    for name, angle in _ARMS:
        lines = [_placed(_corner_line(half_m, off), up, angle, center_m) for off, up in _LINES]
        net = np.stack(lines, axis=1)
        for first, last, part, kind, material in (
            (0, 3, "kerb", "sidewalk", KERB),
            (2, 4, "pavement", "sidewalk", PAVING),
            (3, 5, "verge", "terrain", GRASS),
        ):
            sub = net[:, first:last][:, ::-1]
            uv = sub[:, :, :2]
            out.append((f"{part}.{name}", kind, surface(sub, material, uv)))
        rim.append(lines[-1])
        # Across the end of the arm to the next corner.
        end = half_m + _LINES[-1][0]
        d = np.linspace(end, -end, 13)[1:-1]
        rim.append(_placed(np.column_stack([d, np.full(11, REACH_M)]), 0.05, angle, center_m))
    return out, np.concatenate(rim)


def _lane(points: list[tuple[float, float]], angle: float, center_m: float, width_m: float) -> Lane:
    xy = np.array(points)
    step = np.hypot(*np.diff(xy, axis=0).T)
    run = np.concatenate(([0.0], np.cumsum(step)))
    s = np.linspace(0.0, run[-1], math.ceil(float(run[-1])) + 1)
    fine = np.column_stack([np.interp(s, run, xy[:, 0]), np.interp(s, run, xy[:, 1])])
    return Lane(_placed(fine, 0.0, angle, center_m), width_m)


def _lanes(half_m: float, width_m: float, center_m: float) -> dict[str, Lane]:
    """Through lanes NAME.0 and turning lanes NAME.left and NAME.right of the four ways in."""
    a, w = half_m + CORNER_M, 0.5 * width_m
    out = {}
    for name, angle in (("main", 0.0), ("north", 0.5 * math.pi), ("oncoming", math.pi), ("south", 1.5 * math.pi)):
        out[f"{name}.0"] = _lane([(-ARM_M, -w), (ARM_M, -w)], angle, center_m, width_m)
        quarter = [0.5 * math.pi * k / 39.0 for k in range(40)]
        wide, tight = a + w, a - w
        left = [
            (-ARM_M, -w),
            *((-a + wide * math.sin(q), -w + wide * (1.0 - math.cos(q))) for q in quarter),
            (w, ARM_M),
        ]
        right = [
            (-ARM_M, -w),
            *((-a + tight * math.sin(q), -w - tight * (1.0 - math.cos(q))) for q in quarter),
            (-w, -ARM_M),
        ]
        out[f"{name}.left"] = _lane(left, angle, center_m, width_m)
        out[f"{name}.right"] = _lane(right, angle, center_m, width_m)
    return out


def signal(go: bool) -> Fixture:
    """A traffic light on a post, red or green; built for the right-hand side of a road along +x, it faces -x."""
    post = transformed(cylinder(0.06, 3.4, GALVANISED, 10), translation_m=(0.0, 0.0, 1.5))
    case = box((0.24, 0.30, 0.92), TRIM, (0.0, 0.0, 3.1))
    lit = {True: (120.0, 2600.0, 900.0), False: (5200.0, 110.0, 60.0)}
    pieces = [case]
    for k, on in ((1, not go), (0, False), (-1, go)):
        glow = lit[k == -1] if on else (0.0, 0.0, 0.0)
        tone = {1: (0.10, 0.01, 0.01), 0: (0.09, 0.05, 0.01), -1: (0.01, 0.07, 0.04)}[k]
        lens = Material(f"signal lens {k} {on}", tone, roughness=0.2, coat=0.6, emission_cd_m2=glow)
        disc = transformed(cylinder(0.10, 0.02, lens, 16, axis="x"), translation_m=(-0.13, 0.0, 3.1 + 0.29 * k))
        hood = box((0.16, 0.24, 0.015), TRIM, (-0.18, 0.0, 3.1 + 0.29 * k + 0.125))
        pieces += [disc, hood]
    shape = Shape("cylinder", (0.0, 0.0, 1.6), size_m=(0.06, 0.06, 3.2))
    return Fixture((("traffic_sign", merge(pieces)), ("pole", post)), (shape,))


@register_site(NAME)
def road_intersection(
    control: str = "priority", lane_width_m: float = 3.5, wear: float = 0.35, seed: float = 0
) -> Site:
    """Two streets that cross at x = 60 m, y = 0; one lane each way, 100 m of lanes from the middle.

    Lanes by the way in: "main" (towards +x), "oncoming" (-x), "north" (towards +y), "south" (-y), each with ".0"
    through, ".left" and ".right". Regions "road" (both streets), "junction", "crosswalk.east", ".north", ".west",
    ".south", and "pavement.right" and "pavement.left" before the junction.

    Args:
        control: "priority" (the street along x has it, give-way signs on the other) or "signals".
        lane_width_m: 2.75 to 4.5.
        wear: of the markings, 0 new to 1 gone.
        seed: whole number; varies houses and plants.

    Raises:
        UserError: a parameter is outside its range, or the control is unknown.
    """
    if control not in ("priority", "signals"):
        raise UserError(f"site {NAME}: parameter control is {control!r}, expected 'priority' or 'signals'; correct it")
    width = checked(NAME, "lane_width_m", lane_width_m, 2.75, 4.5)
    road = road_material(width, 1, checked(NAME, "wear", wear, 0.0, 1.0, unit=""))
    stream = Stream(checked_count(NAME, "seed", seed, 0, 2**31 - 1), 0, f"site.{NAME}")
    asphalt = Material("asphalt", road.albedo, roughness=road.roughness, pattern="asphalt", contrast=road.contrast)
    zebra = replace(road, name="zebra", albedo2=PAINT, pattern="crossing", params=(1.0, 0.0, 0.0, 0.0, 0.0, wear))
    line = replace(zebra, name="stop line", params=(0.0, 0.0, 0.0, 0.0, 0.0, wear))
    half = width + SHOULDER_M
    center = X_START_M + ARM_M
    strips, rim = _pavements(half, center)
    key = stream.key("relief")

    def relief(x_m: Floats, y_m: Floats) -> Floats:
        away = np.minimum(np.abs(x_m - center), np.abs(y_m)) - half - _LINES[-1][0]
        far = np.maximum(np.abs(x_m - center), np.abs(y_m))
        off = np.maximum(away, far - REACH_M)
        ridge = (
            19.0 * smoothstep((off - 90.0) / 190.0) * (0.85 + 0.6 * value_noise(x_m, y_m, key ^ 77, 240.0, octaves=2))
        )
        rise = _rise(x_m, y_m, center) * (1.0 - smoothstep((off - 60.0) / 120.0))
        return rise + 0.1 + 1.2 * smoothstep((off - 6.0) / 60.0) * value_noise(x_m, y_m, key, 85.0) + ridge

    def distance(x_m: Floats, y_m: Floats) -> Floats:
        cross = np.minimum(np.abs(x_m - center), np.abs(y_m)) - half
        beyond = np.maximum(np.abs(x_m - center), np.abs(y_m)) - REACH_M
        return np.maximum(cross, beyond)

    size = REACH_M + 190.0
    fields = field_cover(stream.key("fields"), lambda x, y: np.maximum(distance(x, y) - 26.0, 0.0))
    land = Terrain(relief, fields, LAND, (center - size, center + size, -size, size), cell_m=5.0)
    ground = [SitePart("road", "road", _streets(half, road, asphalt, zebra, line, center), "mesh")]
    for kind in ("sidewalk", "terrain"):
        chosen = [mesh for _, of, mesh in strips if of == kind]
        ground.append(SitePart("pavements" if kind == "sidewalk" else "verges", kind, merge(chosen), "mesh"))
    ground.append(terrain_part(land, [rim]))
    assembly = Assembly()
    _furnish(assembly, half, center, control, stream.child("furniture"))
    _settle(assembly, land, distance, center, stream)
    start = half + CORNER_M
    near, far = start + ZEBRA_M[0], start + ZEBRA_M[1]
    inner, outer = half + SIGNAL_M + 0.3, half + PAVEMENT_M - 0.3  # clear of the signals

    def rect(x0: float, x1: float, y0: float, y1: float, floor: float) -> Region:
        return Region(center + x0, center + x1, y0, y1, floor)

    lit = np.array([(center + x, y, 0.0) for x in np.arange(-84.5, 85.0) for y in np.linspace(-width, width, 14)])
    return road_site(
        NAME,
        ground,
        assembly.parts(),
        _lanes(half, width, center),
        {
            "road": Region.of(_crossing(half, center), 0.0),
            "junction": rect(-half, half, -half, half, 0.0),
            "crosswalk.east": rect(near, far, -half, half, 0.0),
            "crosswalk.north": rect(-half, half, near, far, 0.0),
            "crosswalk.west": rect(-far, -near, -half, half, 0.0),
            "crosswalk.south": rect(-half, half, -far, -near, 0.0),
            "pavement.right": rect(-ARM_M, -start, -outer, -inner, KERB_UP_M + 0.01),
            "pavement.left": rect(-ARM_M, -start, inner, outer, KERB_UP_M + 0.01),
        },
        scaled_to_one_lux([(assembly.lamps, lit)]),
        beside_m=8.0,
        cell_m=0.5,
    )


def _furnish(assembly: Assembly, half_m: float, center_m: float, control: str, stream: Stream) -> None:
    beside = half_m + PAVEMENT_M + 0.35

    def put(name: str, fixture: Fixture, along: float, right: float, angle: float) -> None:
        up = float(np.interp(right - half_m, [off for off, _ in _LINES], [up for _, up in _LINES]))
        p = _placed(np.array([along, -right]), up, angle, center_m)
        assembly.add_fixture(name, stand(fixture, float(p[0]), float(p[1]), float(p[2]), angle))

    # the street along x on its right, the other one on both ends
    lamps = {0.0: tuple(-85.0 + 34.0 * k for k in range(6)), 0.5 * math.pi: (-80.0, -50.0, 45.0, 75.0)}
    for angle, places in lamps.items():
        for along in places:
            put("lamps", street_lamp(), along, beside, angle)
    corner = half_m + CORNER_M + ZEBRA_M[1]
    for spot in town_things(stream, lamps, corner + 3.0, 70.0):
        put("street", spot.fixture, spot.along_m, half_m + spot.beyond_m, spot.heading_rad)
    stop = -(half_m + CORNER_M + STOP_M[1])
    for angle, main in ((0.0, True), (math.pi, True), (0.5 * math.pi, False), (1.5 * math.pi, False)):
        if control == "signals":
            put("signals", signal(main), stop, half_m + SIGNAL_M, angle)
        elif not main:
            put("signs", give_way(), stop - 1.0, half_m + 0.7, angle)


def _settle(assembly: Assembly, land: Terrain, distance: Distance, center_m: float, stream: Stream) -> None:
    """Houses in two rows along both streets, gardens with trees and hedges between them, woods on the horizon."""
    houses = []
    for n, (_, angle) in enumerate(_ARMS):
        for k in range(4):
            for side in (-1.0, 1.0):
                u = stream.array(f"lot{n}{k}{side}", 3)
                along, away = 24.0 + 30.0 * k + 6.0 * float(u[0]), side * (18.0 + 4.0 * float(u[1]))
                if k == 0 and side < 0.0:
                    continue  # a corner has one house, not two in one another
                x, y = _turned(np.array([along, away]), angle)
                turn = angle + (0.0 if away > 0.0 else math.pi)
                houses.append((float(x) + center_m, float(y), turn + 0.06 * (float(u[2]) - 0.5)))

    def clear(x_m: Floats, y_m: Floats) -> Floats:
        return distance(x_m, y_m) - PAVEMENT_M - 1.5

    scenery = Scenery(assembly, land.relief, keeping_off(clear, houses, 9.0), stream.child("plants"))
    scenery.buildings(houses, barns=0.12)
    u = stream.array("gardens", 4 * 110).reshape(110, 4)
    x, y = center_m + 135.0 * (2.0 * u[:, 0] - 1.0), 135.0 * (2.0 * u[:, 1] - 1.0)
    rows = np.flatnonzero(distance(x, y) < 45.0)
    gardens = [(f"garden{k}", f"trees.{k // 12}") for k in rows]
    scenery.trees(gardens, x[rows], y[rows], near=rows % 3 == 0, spruces=0.2)
    scenery.scatter((center_m - 330.0, center_m + 330.0, -330.0, 330.0), 130, room_m=24.0, groves_m=80.0, spruces=0.3)
    scenery.wood_ring(land.box, 105.0, height_m=15.0)
    scenery.wood_ring(land.box, 40.0, height_m=17.0, share=1.0)
