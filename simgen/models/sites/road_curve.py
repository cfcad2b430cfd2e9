"""A two-lane country road through one bend: straight, clothoid, arc, clothoid, straight."""

from __future__ import annotations

import numpy as np

from simgen.errors import UserError
from simgen.models.catalogue import register_site
from simgen.models.geometry import box, merge
from simgen.models.mesh import Material, Shape
from simgen.models.palette import GALVANISED, GRASS, GRAVEL
from simgen.models.site import Site
from simgen.models.sites.alignment import Alignment, Floats, Piece, bend
from simgen.models.sites.assembly import Assembly, Fixture
from simgen.models.sites.corridor import Band, Corridor, knots
from simgen.models.sites.fields import LAND
from simgen.models.sites.lighting import scaled_to_one_lux
from simgen.models.sites.open_road import (
    AHEAD_M,
    BEHIND_M,
    Terrain,
    around,
    corridor_parts,
    crest,
    road_site,
    strip_region,
    terrain_part,
)
from simgen.models.sites.parameters import checked, checked_count
from simgen.models.sites.road_straight import CROWN, LAMP_SPACING_M, SHOULDER_M, X_START_M, road_material
from simgen.models.sites.roadside import delineator, street_lamp
from simgen.models.sites.scenery import Scenery, beside, field_cover, keeping_off
from simgen.models.sites.signs import speed_limit, warning
from simgen.models.sites.terrain import smoothstep, value_noise
from simgen.models.sites.wide_land import Relief
from simgen.rng import Stream

NAME = "road.curve"
APPROACH_M = 110.0
"""Straight before and after the bend, at its default."""
_VERGES = ((1.0, -0.05), (2.5, -0.38), (3.0, -0.40), (5.0, -0.10), (8.0, -0.06))
"""Gravel, ditch and meadow: (metres outside the pavement, height above its edge)."""
BESIDE_M = 6.0
"""Room for things beside the pavement."""
CHEVRON = Material(
    "chevron",
    (0.52, 0.015, 0.02),
    (0.78, 0.78, 0.76),
    roughness=0.35,
    pattern="stripes",
    contrast=1.0,
    params=(0.5, 0.6),
)


def verge_bands(half_m: float, road: Material, grass: Material = GRASS) -> tuple[Band, ...]:
    """Bands of a pavement between gravel, ditches and meadow."""
    out = [Band("verge.right", "terrain", grass, -half_m - w) for w, _ in _VERGES[-2:0:-1]]
    out += [Band("verge.right", "terrain", grass, -half_m - _VERGES[0][0])]
    out += [Band("verge.right", "terrain", GRAVEL, -half_m)]
    out += [Band("road", "road", road, half_m * share) for share in (-0.5, 0.0, 0.5, 1.0)]
    out += [Band("verge.left", "terrain", GRAVEL, half_m + _VERGES[0][0])]
    out += [Band("verge.left", "terrain", grass, half_m + w) for w, _ in _VERGES[1:]]
    return tuple(out)


VERGE_REACH_M = _VERGES[-1][0]
VERGE_DRAPE = knots(_VERGES)


def chevron_board() -> Fixture:
    """A red and white board on two posts that marks the outside of a bend."""
    plate = box((0.03, 1.5, 0.5), CHEVRON, (0.0, 0.0, 1.05))
    posts = [box((0.05, 0.05, 1.5), GALVANISED, (0.05, y, 0.55)) for y in (-0.5, 0.5)]
    shape = Shape("box", (0.03, 0.0, 0.65), size_m=(0.1, 1.5, 1.3))
    return Fixture((("traffic_sign", merge([plate])), ("pole", merge(posts))), (shape,))


def rolling(corridor: Corridor, key: int, ridge_m: float) -> Relief:
    """Land that joins a corridor's borders and rises in waves to wooded ridges, as `terrain.country` has it."""
    line, borders = corridor.line, corridor.borders_m

    def relief(x_m: Floats, y_m: Floats) -> Floats:
        s, d = line.project(x_m, y_m)
        edge = np.where(d > 0.0, corridor.height_m(s, float(borders[-1])), corridor.height_m(s, float(borders[0])))
        away = line.distance_m(x_m, y_m) - float(borders[-1])
        far = smoothstep((away - 80.0) / 190.0)
        waves = 2.4 * smoothstep(away / 70.0) * value_noise(x_m, y_m, key, 85.0)
        ridge = ridge_m * far * (0.85 + 0.6 * value_noise(x_m, y_m, key ^ 0x5BF03635, 240.0, octaves=2))
        # Beyond its ends the road's profile says nothing about the land: it fades.
        return edge * (1.0 - 0.8 * far) + waves + ridge

    return relief


def between_verges(line: Alignment, half_m: float, road: Material, lean: Floats) -> Corridor:
    """A crowned pavement along a line between gravel, ditches and meadow.

    Args:
        line: its axis.
        half_m: half of the pavement's width.
        road: its material.
        lean: cross slope at each station of the line.
    """
    return Corridor(
        line=line,
        half_m=half_m,
        crown=CROWN,
        lean=lean,
        from_m=-half_m - VERGE_REACH_M,
        bands=verge_bands(half_m, road),
        right=VERGE_DRAPE,
        left=VERGE_DRAPE,
        rows_m=np.arange(line.s_m[0], line.s_m[-1] + 1e-6, 2.0),
    )


@register_site(NAME)
def road_curve(
    radius_m: float = 120.0,
    arc_m: float = 90.0,
    clothoid_m: float = 40.0,
    approach_m: float = APPROACH_M,
    superelevation: float = 0.04,
    left: bool = True,
    lane_width_m: float = 3.5,
    wear: float = 0.35,
    seed: float = 0,
) -> Site:
    """A two-lane road that begins at x = -40 m towards +x, turns through one bend and goes on straight.

    Lanes "main.0" and "oncoming.0", s counted along the centre line; regions "road", "curve" (both lanes of
    arc and clothoids), "verge.right" and "verge.left" along the bend.

    Args:
        radius_m: of the arc, 40 to 1000.
        arc_m: length of the arc, 20 to 400; it turns by arc_m / radius_m.
        clothoid_m: length of each transition, 10 to 150.
        approach_m: straight before and after, 60 to 500.
        superelevation: cross slope in the arc towards its inside, m/m, 0 to 0.1; 0 keeps the crown.
        left: whether it turns left.
        lane_width_m: 2.75 to 4.5.
        wear: of the markings, 0 new to 1 gone.
        seed: whole number; varies relief, plants and farms.

    Raises:
        UserError: a parameter is outside its range, or the bend turns by more than 150 degrees.
    """
    radius = checked(NAME, "radius_m", radius_m, 40.0, 1000.0)
    arc = checked(NAME, "arc_m", arc_m, 20.0, 400.0)
    clothoid = checked(NAME, "clothoid_m", clothoid_m, 10.0, 150.0)
    approach = checked(NAME, "approach_m", approach_m, 60.0, 500.0)
    cross = checked(NAME, "superelevation", superelevation, 0.0, 0.1, unit="")
    width = checked(NAME, "lane_width_m", lane_width_m, 2.75, 4.5)
    road = road_material(width, 1, checked(NAME, "wear", wear, 0.0, 1.0, unit=""))
    stream = Stream(checked_count(NAME, "seed", seed, 0, 2**31 - 1), 0, f"site.{NAME}")
    if (arc + clothoid) / radius > 2.6:
        raise UserError(
            f"site {NAME}: arc_m and clothoid_m turn by {np.degrees((arc + clothoid) / radius):.0f} degrees at "
            f"radius_m {radius:g}; at most 150 are built; shorten them or widen the radius"
        )
    side = 1.0 if left else -1.0
    line = Alignment.of(
        [Piece(approach), *bend(radius, arc, clothoid, side), Piece(approach)],
        behind_m=BEHIND_M,
        ahead_m=AHEAD_M,
        x_start_m=X_START_M,
    )
    end = 2.0 * approach + 2.0 * clothoid + arc
    line = line.with_profile(crest(line.s_m, end))
    half = width + SHOULDER_M
    corridor = between_verges(line, half, road, cross * radius * line.curvature_per_m)
    rim = corridor.rim()
    land = Terrain(
        rolling(corridor, stream.key("relief"), ridge_m=17.0),
        field_cover(stream.key("fields"), line.distance_m, turn_rad=0.5 * side * (arc + clothoid) / radius),
        LAND,
        around(rim, 330.0),
        cell_m=5.0,
    )
    first, last = approach, end - approach  # of the bend
    assembly = Assembly()
    _furnish(assembly, corridor, end, (first, last), side)
    _plant(assembly, corridor, land, stream)
    poles = [float(s) for s in np.arange(5.0, end, LAMP_SPACING_M)]
    lit = corridor.carriageway(poles[0], poles[-1], width)
    return road_site(
        NAME,
        (*corridor_parts(corridor), terrain_part(land, [rim])),
        assembly.parts(),
        {
            "main.0": corridor.lane(0.0, end, -0.5 * width, width),
            "oncoming.0": corridor.lane(end, 0.0, 0.5 * width, width),
        },
        {
            "road": strip_region(corridor, 0.0, end, -width, width),
            "curve": strip_region(corridor, first, last, -width, width),
            "verge.right": strip_region(corridor, first, last, -half - BESIDE_M, -half - 2.5),
            "verge.left": strip_region(corridor, first, last, half + 2.5, half + BESIDE_M),
        },
        scaled_to_one_lux([(assembly.lamps, lit)]),
        beside_m=width + BESIDE_M + 1.0,
    )


def _furnish(assembly: Assembly, corridor: Corridor, end_m: float, curve_s: tuple[float, float], side: float) -> None:
    line, half = corridor.line, corridor.half_m

    def put(name: str, fixture: Fixture, s: float, d: float) -> None:
        assembly.add_fixture(name, beside(fixture, line, s, d, float(corridor.height_m(np.array([s]), d)[0])))

    for s in np.arange(5.0, end_m, LAMP_SPACING_M):
        put("lamps", street_lamp(), float(s), -(half + 1.5))
    for s in np.arange(12.0, end_m, 25.0):
        for d in (-half - 0.6, half + 0.6):
            put("posts", delineator(), float(s), d)
    outside = -side * (half + 1.2)
    for s in np.arange(curve_s[0] + 14.0, curve_s[1] - 6.0, 22.0):
        put("chevrons", chevron_board(), float(s), outside)
    put("signs", speed_limit(60), curve_s[0] - 38.0, -(half + 1.3))
    put("signs", warning(), curve_s[0] - 60.0 if curve_s[0] > 75.0 else 12.0, -(half + 1.3))
    put("signs", speed_limit(60), curve_s[1] + 38.0, half + 1.3)


def _plant(assembly: Assembly, corridor: Corridor, land: Terrain, stream: Stream) -> None:
    line = corridor.line
    keep = float(corridor.borders_m[-1]) + 1.0

    houses: list[tuple[float, float, float]] = []
    for k, s in enumerate(np.arange(40.0, float(line.s_m[-1]), 150.0)):
        u = stream.array(f"farm{k}", 3)
        way = 1.0 if u[0] < 0.5 else -1.0
        x, y = (
            float(v) for v in line.plan(np.array(s + 60.0 * float(u[1])), np.array(way * (48.0 + 40.0 * float(u[2]))))
        )
        if line.distance_m(np.array([x]), np.array([y]))[0] > 42.0:
            houses.append((x, y, float(np.interp(s, line.s_m, line.heading_rad)) + 0.4 * float(u[1])))

    def clear(x_m: Floats, y_m: Floats) -> Floats:
        return line.distance_m(x_m, y_m) - keep

    scenery = Scenery(assembly, land.relief, keeping_off(clear, houses, 14.0), stream.child("plants"))
    scenery.buildings(houses)
    scenery.line_road(line, (keep + 2.6, keep + 15.0), per_100_m=5.0)
    scenery.scatter(around(corridor.rim(), 200.0), 130, room_m=16.0, groves_m=70.0, spruces=0.35)
    scenery.wood_ring(land.box, 120.0, height_m=15.0)
    scenery.wood_ring(land.box, 40.0, height_m=17.0, share=1.0)
