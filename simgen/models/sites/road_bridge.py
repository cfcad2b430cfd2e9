"""A country road that crosses a river valley on a bridge with railings: where ice comes first."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from simgen.models.catalogue import register_site
from simgen.models.geometry import box, merge, surface
from simgen.models.mesh import Material, Mesh, Shape
from simgen.models.palette import CONCRETE, STEEL
from simgen.models.site import Site, SitePart
from simgen.models.sites.alignment import Alignment, Floats, Piece
from simgen.models.sites.assembly import Assembly
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
from simgen.models.sites.road_curve import BESIDE_M, between_verges, rolling
from simgen.models.sites.road_straight import LAMP_SPACING_M, SHOULDER_M, X_START_M, road_material
from simgen.models.sites.roadside import delineator, street_lamp
from simgen.models.sites.scenery import Scenery, beside, field_cover
from simgen.models.sites.signs import speed_limit, warning
from simgen.models.sites.terrain import smoothstep, value_noise
from simgen.rng import Stream

NAME = "road.bridge"
WALKWAY_M = 1.3
SLAB_M = 0.9
RAIL_M = 1.1
BANK_RUN = 2.1
"""Horizontal metres of the valley's sides for each metre of depth."""
WATER_M = 1.2
"""Depth of the river."""
RIVER = Material("river", (0.018, 0.028, 0.022), roughness=0.08, f0=0.02, coat=0.6)
PAVING = replace(CONCRETE, name="bridge walkway", albedo=(0.36, 0.35, 0.33), contrast=0.3)
RAILING = replace(STEEL, name="bridge railing", albedo=(0.13, 0.20, 0.19), metallic=0.0)


def _valley(x_m: Floats, y_m: Floats, center_m: float, span_m: float, depth_m: float, key: int) -> Floats:
    """How far the valley lies below the land around it; it runs along y and winds away from the bridge."""
    free = smoothstep((np.abs(y_m) - 22.0) / 130.0)
    wind = 70.0 * free * value_noise(y_m, np.zeros(len(y_m)), key, 210.0, octaves=2)
    inside = 0.5 * span_m - 1.0 - np.abs(x_m - center_m - wind)
    out: Floats = depth_m * smoothstep(inside / (BANK_RUN * depth_m))
    return out


@register_site(NAME)
def road_bridge(
    span_m: float = 70.0,
    clearance_m: float = 9.0,
    approach_m: float = 130.0,
    lane_width_m: float = 3.5,
    wear: float = 0.35,
    seed: float = 0,
) -> Site:
    """A straight two-lane road from x = -40 m along +x over a bridge; one lane and a walkway each way.

    Regions "bridge" (the lanes on the deck), "road", "walkway.right", "walkway.left", "verge.right", "verge.left".

    Args:
        span_m: length of the deck, 50 to 200.
        clearance_m: depth of the valley under the road, 6 to 18.
        approach_m: of road before and after the bridge, 80 to 500.
        lane_width_m: 2.75 to 4.5.
        wear: of the markings, 0 new to 1 gone.
        seed: whole number; varies valley, relief and plants.

    Raises:
        UserError: a parameter is outside its range, or the valley is too deep for its width.
    """
    span = checked(NAME, "span_m", span_m, 50.0, 200.0)
    depth = checked(NAME, "clearance_m", clearance_m, 6.0, min(18.0, (span - 14.0) / (2.0 * BANK_RUN)))
    approach = checked(NAME, "approach_m", approach_m, 80.0, 500.0)
    width = checked(NAME, "lane_width_m", lane_width_m, 2.75, 4.5)
    road = road_material(width, 1, checked(NAME, "wear", wear, 0.0, 1.0, unit=""))
    stream = Stream(checked_count(NAME, "seed", seed, 0, 2**31 - 1), 0, f"site.{NAME}")
    end = 2.0 * approach + span
    line = Alignment.of([Piece(end)], behind_m=BEHIND_M, ahead_m=AHEAD_M, x_start_m=X_START_M)
    line = line.with_profile(crest(line.s_m, end))
    half = width + SHOULDER_M
    whole = between_verges(line, half, road, np.zeros(len(line.s_m)))
    before = replace(whole, rows_m=_rows(float(line.s_m[0]), approach), bands=_named(whole.bands, "before"))
    after = replace(whole, rows_m=_rows(approach + span, float(line.s_m[-1])), bands=_named(whole.bands, "after"))
    walkway = knots([(0.04, 0.12), (WALKWAY_M, 0.14)])
    deck = replace(
        whole,
        from_m=-half - WALKWAY_M,
        bands=(
            Band("walkway.right", "sidewalk", PAVING, -half - 0.04),
            Band("walkway.right", "sidewalk", PAVING, -half),
            *(Band("road.bridge", "road", road, half * share) for share in (-0.5, 0.0, 0.5, 1.0)),
            Band("walkway.left", "sidewalk", PAVING, half + 0.04),
            Band("walkway.left", "sidewalk", PAVING, half + WALKWAY_M),
        ),
        right=walkway,
        left=walkway,
        rows_m=_rows(approach, approach + span),
    )
    center = X_START_M + 0.5 * end
    rims = [before.rim(), after.rim()]
    flat = rolling(whole, stream.key("relief"), ridge_m=19.0)

    def relief(x_m: Floats, y_m: Floats) -> Floats:
        return flat(x_m, y_m) - _valley(x_m, y_m, center, span, depth, stream.key("valley"))

    land = Terrain(
        relief,
        field_cover(stream.key("fields"), line.distance_m),
        LAND,
        around(np.concatenate(rims), 340.0),
        cell_m=4.0,
    )
    assembly = Assembly()
    low = -depth + WATER_M
    _build_bridge(assembly, half, (X_START_M + approach, X_START_M + approach + span), -depth)
    _furnish(assembly, whole, end, (approach, approach + span))
    poles = [lamp.position_m[0] - X_START_M for lamp in assembly.lamps]
    _plant(assembly, whole, land, center, span, stream)
    water = SitePart("river", "water", _water(land.box, center, span, low))
    ground = (*corridor_parts(before), *corridor_parts(deck), *corridor_parts(after), terrain_part(land, rims))
    return road_site(
        NAME,
        ground,
        (water, *assembly.parts()),
        {
            "main.0": whole.lane(0.0, end, -0.5 * width, width),
            "oncoming.0": whole.lane(end, 0.0, 0.5 * width, width),
        },
        {
            "road": strip_region(whole, 0.0, end, -width, width),
            "bridge": strip_region(deck, approach, approach + span, -width, width),
            "walkway.right": strip_region(deck, approach, approach + span, -half - WALKWAY_M + 0.55, -half - 0.04),
            "walkway.left": strip_region(deck, approach, approach + span, half + 0.04, half + WALKWAY_M - 0.55),
            "verge.right": strip_region(whole, 0.0, approach - 4.0, -half - BESIDE_M, -half - 2.5),
            "verge.left": strip_region(whole, 0.0, approach - 4.0, half + 2.5, half + BESIDE_M),
        },
        scaled_to_one_lux([(assembly.lamps, whole.carriageway(min(poles), max(poles), width))]),
        beside_m=width + BESIDE_M + 1.0,
        cell_m=0.5,
    )


def _rows(from_s_m: float, to_s_m: float) -> Floats:
    out: Floats = np.linspace(from_s_m, to_s_m, max(2, round((to_s_m - from_s_m) / 2.0)) + 1)
    return out


def _named(bands: tuple[Band, ...], where: str) -> tuple[Band, ...]:
    return tuple(replace(band, part=f"{band.part}.{where}") for band in bands)


def _water(box_m: tuple[float, float, float, float], center_m: float, span_m: float, level_m: float) -> Mesh:
    """The river's surface: a strip along y, wide enough for its bends; the banks hide the rest of it."""
    x = np.linspace(center_m - 0.5 * span_m - 70.0, center_m + 0.5 * span_m + 70.0, 9)
    y = np.linspace(box_m[2], box_m[3], 41)
    net = np.stack([*np.meshgrid(x, y, indexing="ij"), np.full((9, 41), level_m)], axis=-1)
    return surface(net, RIVER)


def _build_bridge(assembly: Assembly, half_m: float, x_m: tuple[float, float], floor_m: float) -> None:
    """Slab, edge beams, girders, piers, abutments and railings under and along the deck."""
    x0, x1 = x_m
    length, middle = x1 - x0, 0.5 * (x0 + x1)
    edge = half_m + WALKWAY_M
    pieces = [box((length + 1.0, 2.0 * edge - 0.1, 0.5), CONCRETE, (middle, 0.0, -0.55))]
    shapes = []
    for side in (-1.0, 1.0):
        pieces.append(box((length + 1.0, 0.30, SLAB_M), PAVING, (middle, side * (edge + 0.13), 0.16 - 0.5 * SLAB_M)))
        pieces.append(box((length - 2.0, 0.55, 1.1), CONCRETE, (middle, side * (edge - 1.5), -1.3)))
    count = max(1, round(length / 30.0))
    for k in range(1, count + 1):
        x = x0 + length * k / (count + 1)
        for side in (-1.0, 1.0):
            pieces.append(box((1.1, 1.1, -floor_m - 0.9), CONCRETE, (x, side * (edge - 1.5), 0.5 * (floor_m - 2.6))))
        pieces.append(box((1.3, 2.0 * edge - 1.6, 0.8), CONCRETE, (x, 0.0, -2.2)))
    for x in (x0, x1):
        pieces.append(box((1.6, 2.0 * edge, 2.6), CONCRETE, (x + (0.5 if x == x0 else -0.5), 0.0, -2.1)))
    assembly.add("bridge", "bridge", [merge(pieces)])
    rails = []
    for side in (-1.0, 1.0):
        y = side * (edge + 0.02)
        for z in (0.45, 0.78, RAIL_M):
            rails.append(box((length, 0.06, 0.07 if z == RAIL_M else 0.05), RAILING, (middle, y, 0.1 + z)))
        posts = max(2, round(length / 2.0)) + 1
        for x in np.linspace(x0 + 0.05, x1 - 0.05, posts):
            rails.append(box((0.07, 0.09, RAIL_M), RAILING, (float(x), y, 0.1 + 0.5 * RAIL_M)))
        shapes.append(Shape("box", (middle, y, 0.65), size_m=(length, 0.12, 1.3)))
        for x in (x0 - 0.3, x1 + 0.3):  # pillars that end the railing and the walkway
            inner, outer = half_m + 0.02, edge + 0.35
            center, size = (x, 0.5 * side * (inner + outer), 0.2), (0.6, outer - inner, 2.3)
            rails.append(box(size, PAVING, center))
            shapes.append(Shape("box", center, size_m=size))
    assembly.add("railing", "guard_rail", [merge(rails)], shapes)


def _furnish(assembly: Assembly, corridor: Corridor, end_m: float, deck_s: tuple[float, float]) -> None:
    line, half = corridor.line, corridor.half_m

    def off_deck(s: float) -> bool:
        return not deck_s[0] - 4.0 < s < deck_s[1] + 4.0

    for s in np.arange(5.0, end_m, LAMP_SPACING_M):
        if off_deck(float(s)):
            d = -(half + 1.5)
            z = float(corridor.height_m(np.array([s]), d)[0])
        else:  # on the edge beam, outside of the railing
            d, z = -(half + WALKWAY_M + 0.15), 0.16
        assembly.add_fixture("lamps", beside(street_lamp(), line, float(s), d, z))
    for s in np.arange(12.0, end_m, 25.0):
        for d in (-half - 0.6, half + 0.6):
            if off_deck(float(s)):
                z = float(corridor.height_m(np.array([s]), d)[0])
                assembly.add_fixture("posts", beside(delineator(), line, float(s), d, z))
    for fixture, s, side in (
        (warning(), deck_s[0] - 45.0, -1.0),
        (speed_limit(70), deck_s[0] - 70.0, -1.0),
        (warning(), deck_s[1] + 45.0, 1.0),
    ):
        d = side * (half + 1.3)
        z = float(corridor.height_m(np.array([s]), d)[0])
        assembly.add_fixture("signs", beside(fixture, line, s, d, z))


def _plant(
    assembly: Assembly, corridor: Corridor, land: Terrain, center_m: float, span_m: float, stream: Stream
) -> None:
    line = corridor.line
    keep = float(corridor.borders_m[-1]) + 1.0

    def clear(x_m: Floats, y_m: Floats) -> Floats:
        dry = 10.0 * (land.relief(x_m, y_m) + 5.0)  # none in the river
        return np.minimum(line.distance_m(x_m, y_m) - keep, dry)

    scenery = Scenery(assembly, land.relief, clear, stream.child("plants"))
    scenery.line_road(line, (keep + 2.6, keep + 15.0), per_100_m=5.5)
    scenery.scatter(around(corridor.rim(), 200.0), 150, room_m=14.0, groves_m=70.0, spruces=0.3)
    scenery.wood_ring(land.box, 120.0, height_m=15.0)
    scenery.wood_ring(land.box, 40.0, height_m=17.0, share=1.0)
