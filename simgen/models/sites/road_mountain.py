"""A mountain road that climbs through bends: a rock face on its right, a guard rail and a drop on its left."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from simgen.models.catalogue import register_site
from simgen.models.mesh import Material
from simgen.models.palette import GRASS, GRAVEL
from simgen.models.site import Site
from simgen.models.sites.alignment import Alignment, Floats, Piece, bend
from simgen.models.sites.assembly import Assembly
from simgen.models.sites.bent_rail import bent_rail
from simgen.models.sites.corridor import Band, Corridor
from simgen.models.sites.open_road import (
    AHEAD_M,
    BEHIND_M,
    Terrain,
    around,
    corridor_parts,
    road_site,
    strip_region,
    terrain_part,
)
from simgen.models.sites.parameters import checked, checked_count
from simgen.models.sites.road_straight import CROWN, SHOULDER_M, X_START_M, road_material
from simgen.models.sites.roadside import delineator
from simgen.models.sites.scenery import Scenery, beside
from simgen.models.sites.signs import speed_limit, warning
from simgen.models.sites.terrain import smoothstep, value_noise
from simgen.models.sites.wide_land import Cover, Relief
from simgen.rng import Stream

NAME = "road.mountain"
ROCK = Material("rock", (0.25, 0.235, 0.215), (0.15, 0.14, 0.13), roughness=0.95, pattern="soil", contrast=0.9)
FAR = replace(GRASS, name="far slopes", albedo=(0.085, 0.10, 0.052), albedo2=(0.12, 0.12, 0.075), contrast=0.15)
SCREE = replace(GRAVEL, name="scree", albedo=(0.24, 0.225, 0.20), contrast=0.8)
ALPINE = replace(GRASS, name="alpine grass", albedo=(0.10, 0.125, 0.045), albedo2=(0.19, 0.17, 0.08))
MATERIALS = (ALPINE, ROCK, SCREE, FAR)
DITCH_M = 1.6
"""Flat strip between the pavement and the foot of the rock: what falls lies here first."""
_ROCK_M = (0.0, 0.35, 1.0, 1.6, 2.3, 2.9, 3.8, 4.6, 6.5)
"""Metres from the foot of the rock at which its surface has lines."""
_ROCK_UP = (0.0, 0.13, 0.24, 0.42, 0.52, 0.75, 0.86, 1.0, 1.06)
"""Share of the height of the face there."""
_DROP_M = (1.6, 4.0, 8.0, 13.0)
"""Metres outside the pavement of the lines on the valley side: verge, and the slope below the rail."""
_DROP_SLOPE = 0.72


class _Sides:
    """Heights beyond the edges of the pavement: the rock face on the right, the drop on the left."""

    def __init__(self, line: Alignment, key: int, face_m: float) -> None:
        self._line, self._key, self._face_m = line, key, face_m

    def face_m(self, s_m: Floats) -> Floats:
        """(M,) height of the rock face along the road."""
        wave = value_noise(s_m, np.zeros(len(s_m)), self._key ^ 0x51ED270B, 47.0, octaves=2)
        out: Floats = self._face_m * (1.0 + 0.35 * wave)
        return out

    def right(self, s_m: Floats, away_m: float) -> Floats:
        """Ditch, then the face in ledges that wander up and down along the road."""
        if away_m <= DITCH_M:
            return np.full(len(s_m), -0.12 * min(away_m, 1.0))
        up = np.interp(away_m - DITCH_M, _ROCK_M, _ROCK_UP)
        rough = value_noise(s_m, np.full(len(s_m), 3.7 * away_m), self._key, 6.5)
        bumps = 0.22 * min(1.0, (away_m - DITCH_M) / 0.35) * (1.0 - 0.5 * float(up > 1.0))
        out: Floats = -0.12 + self.face_m(s_m) * np.maximum(up + bumps * rough * (up > 0.0), 0.02)
        return out

    def left(self, s_m: Floats, away_m: float) -> Floats:
        """A verge for the rail, then the slope into the valley."""
        if away_m <= _DROP_M[0]:
            return np.full(len(s_m), -0.06 * away_m)
        rough = 0.5 * value_noise(s_m, np.full(len(s_m), away_m), self._key ^ 0x2545F491, 9.0)
        share = min(1.0, (away_m - _DROP_M[0]) / 4.0)
        out: Floats = -0.1 - _DROP_SLOPE * (away_m - _DROP_M[0]) + share * rough
        return out


def _bands(half_m: float, road: Material) -> tuple[Band, ...]:
    foot = half_m + DITCH_M
    rock = [Band("rock", "terrain", ROCK if w < _ROCK_M[-2] else ALPINE, -foot - w) for w in _ROCK_M[-2::-1]]
    rock[0] = replace(rock[0], material=ALPINE)
    ditch = [Band("verge.right", "terrain", SCREE, -half_m - 1.0), Band("verge.right", "terrain", GRAVEL, -half_m)]
    paved = [Band("road", "road", road, half_m * share) for share in (-0.5, 0.0, 0.5, 1.0)]
    drop = [Band("verge.left", "terrain", GRAVEL, half_m + _DROP_M[0])]
    drop += [Band("slope", "terrain", SCREE if k == 0 else ALPINE, half_m + w) for k, w in enumerate(_DROP_M[1:])]
    return (*rock, *ditch, *paved, *drop)


def _relief(corridor: Corridor, key: int) -> Relief:
    """Mountain side on the right, valley and the opposite range on the left."""
    line, borders = corridor.line, corridor.borders_m
    grade = float(np.polyfit(line.x_m, line.z_m, 1)[0])
    middle = float(line.z_m.mean() - grade * line.x_m.mean())

    def relief(x_m: Floats, y_m: Floats) -> Floats:
        s, d = line.project(x_m, y_m)
        low, high = corridor.height_m(s, float(borders[0])), corridor.height_m(s, float(borders[-1]))
        plane = np.clip(middle + grade * x_m, line.z_m.min(), line.z_m.max())
        away = line.distance_m(x_m, y_m)
        far = smoothstep((away - 40.0) / 120.0)
        noise = value_noise(x_m, y_m, key, 150.0, octaves=4)
        up = np.maximum(away + borders[0], 0.0)
        # Above the rock: a steep wooded side that eases into a ridge.
        above = low * (1.0 - far) + (plane + low - line.height_m(s)) * far
        above = above + 0.62 * up - 0.00055 * np.minimum(up, 420.0) ** 2 + 16.0 * noise * smoothstep(up / 60.0)
        down = np.maximum(away - borders[-1], 0.0)
        floor = 62.0 * (1.0 - np.exp(-down * _DROP_SLOPE / 62.0))
        range_up = 190.0 * smoothstep((down - 190.0) / 330.0)
        below = high * (1.0 - far) + (plane + high - line.height_m(s)) * far
        below = below - floor + range_up * (0.9 + 0.45 * noise) + 5.0 * noise * smoothstep(down / 80.0)
        out: Floats = np.where(d < 0.0, above, below)
        return out

    return relief


def _cover(line: Alignment, relief: Relief, key: int) -> Cover:
    def cover(x_m: Floats, y_m: Floats) -> NDArray[np.int64]:
        step = 6.0
        here = relief(x_m, y_m)
        steep = np.hypot(relief(x_m + step, y_m) - here, relief(x_m, y_m + step) - here) / step
        rough = value_noise(x_m, y_m, key ^ 0x7F4A7C15, 38.0)
        kind = np.where(steep + 0.28 * rough > 0.88, 1, 0)
        kind = np.where((kind == 0) & (steep + 0.3 * rough > 0.74), 2, kind)
        # Far off a pattern of metres repeats itself to the eye, and the triangles are too large for patches.
        out: NDArray[np.int64] = np.where(line.distance_m(x_m, y_m) > 170.0, 3, kind).astype(np.int64)
        return out

    return cover


@register_site(NAME)
def road_mountain(
    grade: float = 0.07,
    radius_m: float = 65.0,
    rock_height_m: float = 13.0,
    lane_width_m: float = 3.25,
    wear: float = 0.5,
    seed: float = 0,
) -> Site:
    """A two-lane road that climbs from x = -40 m through a left and a right bend.

    Rock rises on the right of "main.0"; beyond "oncoming.0" a rail guards the drop. Regions "road", "rockfall" (the
    ditch and the lane under the rock, through the second bend), "ditch" and "verge.left".

    Args:
        grade: climb along "main.0", m/m, 0 to 0.12.
        radius_m: of both bends, 50 to 250.
        rock_height_m: mean height of the rock face, 5 to 25.
        lane_width_m: 2.75 to 4.
        wear: of the markings, 0 new to 1 gone.
        seed: whole number; varies rock, relief and trees.

    Raises:
        UserError: a parameter is outside its range.
    """
    climb = checked(NAME, "grade", grade, 0.0, 0.12, unit="")
    radius = checked(NAME, "radius_m", radius_m, 50.0, 250.0)
    face = checked(NAME, "rock_height_m", rock_height_m, 5.0, 25.0)
    width = checked(NAME, "lane_width_m", lane_width_m, 2.75, 4.0)
    road = road_material(width, 1, checked(NAME, "wear", wear, 0.0, 1.0, unit=""))
    stream = Stream(checked_count(NAME, "seed", seed, 0, 2**31 - 1), 0, f"site.{NAME}")
    pieces = [
        Piece(90.0), *bend(radius, 0.7 * radius, 25.0, 1.0), Piece(30.0),
        *bend(radius, 0.9 * radius, 25.0, -1.0), Piece(80.0),
    ]  # fmt: skip
    line = Alignment.of(pieces, behind_m=BEHIND_M, ahead_m=AHEAD_M, x_start_m=X_START_M)
    end = sum(p.length_m for p in pieces)
    line = line.with_profile(climb * (line.s_m - 40.0))
    half = width + SHOULDER_M
    sides = _Sides(line, stream.key("rock"), face)
    corridor = Corridor(
        line=line,
        half_m=half,
        crown=CROWN,
        lean=0.05 * radius * line.curvature_per_m,
        from_m=-half - DITCH_M - _ROCK_M[-1],
        bands=_bands(half, road),
        right=sides.right,
        left=sides.left,
        rows_m=np.arange(line.s_m[0], line.s_m[-1] + 1e-6, 1.0),
    )
    rim = corridor.rim()
    relief = _relief(corridor, stream.key("relief"))
    land = Terrain(relief, _cover(line, relief, stream.key("cover")), MATERIALS, around(rim, 480.0), cell_m=5.0)
    assembly = Assembly()
    _furnish(assembly, corridor, end)
    _plant(assembly, corridor, land, stream)
    bend_s = (90.0 + 0.7 * radius + 80.0, 90.0 + 1.6 * radius + 130.0)
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
            "rockfall": strip_region(corridor, *bend_s, -half - DITCH_M, 0.0),
            "ditch": strip_region(corridor, *bend_s, -half - DITCH_M, -half),
            "verge.left": strip_region(corridor, 0.0, end, half, half + 0.5),
        },
        (),
        beside_m=width + 3.0,
        cell_m=0.5,
    )


def _furnish(assembly: Assembly, corridor: Corridor, end_m: float) -> None:
    line, half = corridor.line, corridor.half_m

    def height(s: float, d: float) -> float:
        return float(corridor.height_m(np.array([s]), d)[0])

    assembly.add_fixture("rails", bent_rail(corridor, -60.0, end_m + 80.0, half + 0.75))
    for s in np.arange(5.0, end_m, 25.0):
        d = -half - 0.45
        assembly.add_fixture("posts", beside(delineator(), line, float(s), d, height(float(s), d)))
    for fixture, s in ((warning(), 62.0), (speed_limit(50), 30.0)):
        d = -half - 1.0
        assembly.add_fixture("signs", beside(fixture, line, s, d, height(s, d)))


def _plant(assembly: Assembly, corridor: Corridor, land: Terrain, stream: Stream) -> None:
    line = corridor.line
    right, left = -float(corridor.borders_m[0]), float(corridor.borders_m[-1])

    def clear(x_m: Floats, y_m: Floats) -> Floats:
        _, d = line.project(x_m, y_m)
        return line.distance_m(x_m, y_m) - np.where(d < 0.0, right, left)

    scenery = Scenery(assembly, land.relief, clear, stream.child("plants"))
    scenery.line_road(line, (right + 3.0, right + 26.0), per_100_m=9.0, spruces=0.85, side=-1.0)
    scenery.line_road(line, (left + 4.0, left + 40.0), per_100_m=6.0, spruces=0.8, side=1.0)
    scenery.scatter(around(corridor.rim(), 260.0), 260, room_m=20.0, groves_m=110.0, spruces=0.95)
