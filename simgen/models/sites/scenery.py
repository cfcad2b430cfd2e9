"""Trees, woods, houses and fields around roads of any shape: what closes the view to the horizon."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from simgen.models.geometry import rotation_z, transformed
from simgen.models.mesh import Shape
from simgen.models.sites.alignment import Alignment, Floats, Piece
from simgen.models.sites.assembly import Assembly, Fixture
from simgen.models.sites.buildings import barn, house
from simgen.models.sites.nursery import Kind, plant, planted
from simgen.models.sites.plants import FAR, NEAR, tree_line
from simgen.models.sites.terrain import RoadGround, value_noise
from simgen.models.sites.wide_land import Relief
from simgen.rng import Stream

Clear = Callable[[Floats, Floats], Floats]
"""Distances in metres (P,) from points x, y (P,) to the nearest places where nothing may stand."""

_TREE_ROOM_M = 2.5


@dataclass(frozen=True, eq=False)
class Scenery:
    """What planting has to know of a site.

    Attributes:
        assembly: receives the parts.
        relief: heights of the land.
        clear: room at a place.
        stream: of everything that is planted.
    """

    assembly: Assembly
    relief: Relief
    clear: Clear
    stream: Stream

    def trees(
        self,
        places: Sequence[tuple[str, str]],
        x_m: Floats,
        y_m: Floats,
        *,
        near: NDArray[np.bool_],
        spruces: float,
    ) -> None:
        """Plant trees where there is room.

        Args:
            places: for each the name of its draws and the part that it goes to.
            x_m, y_m: (P,) where.
            near: (P,) with the detail that a picture from 15 m shows.
            spruces: the share of them among all trees.
        """
        room, z = self.clear(x_m, y_m), self.relief(x_m, y_m)
        for k in np.flatnonzero(room >= _TREE_ROOM_M):
            name, part = places[int(k)]
            at = float(x_m[k]), float(y_m[k]), float(z[k])
            self._tree(name, part, at, near=bool(near[k]), spruces=spruces)

    def _tree(self, name: str, part: str, at_m: tuple[float, float, float], *, near: bool, spruces: float) -> None:
        x, y, z = at_m
        tree = self.stream.child(name)
        u = tree.array("tree", 3)
        height = 6.0 + 8.0 * float(u[0])
        spruce = float(u[1]) < spruces
        kind: Kind = "conifer" if spruce else "broadleaf"
        specimen, size = plant(kind, tree, 1.25 * height if spruce else height, NEAR if near else FAR)
        shape = Shape("cylinder", (x, y, z + 0.2 * height), size_m=(0.022 * height, 0.022 * height, 0.5 * height))
        self.assembly.add_plant(part, planted(specimen, x, y, z, 2.0 * math.pi * float(u[2]), size), [shape])

    def line_road(
        self, line: Alignment, away_m: tuple[float, float], per_100_m: float, *, spruces: float = 0.2, side: float = 0.0
    ) -> None:
        """Near trees with bushes at their feet along an alignment; `side` +1 left, -1 right, 0 both."""
        s0, s1 = float(line.s_m[0]) + 20.0, float(line.s_m[-1]) - 20.0
        count = round(per_100_m * (s1 - s0) / 100.0)
        u = self.stream.array(f"line{side}", 6 * count).reshape(count, 6)
        s = s0 + (s1 - s0) * (np.arange(count) + u[:, 0]) / count
        which = np.full(count, side) if side else np.where(u[:, 2] < 0.5, 1.0, -1.0)
        d = which * (away_m[0] + (away_m[1] - away_m[0]) * u[:, 1] ** 1.5)
        x, y = line.plan(s, d).T
        bx, by = line.plan(s + 8.0 * u[:, 3] - 4.0, d + 2.0 * which).T
        tree, z = self.clear(x, y) >= _TREE_ROOM_M, self.relief(x, y)
        bushy, bz = (self.clear(bx, by) > 2.0) & (u[:, 4] < 0.7), self.relief(bx, by) - 0.1
        for k in range(count):
            if tree[k]:
                at = float(x[k]), float(y[k]), float(z[k])
                part = f"trees.{int((s[k] - s0) // 100.0)}"
                self._tree(f"near{side}.{k}", part, at, near=True, spruces=spruces)
            if bushy[k]:
                specimen, size = plant("bush", self.stream.child(f"bush{side}.{k}"), 0.7 + 1.3 * float(u[k, 5]))
                placed = planted(specimen, float(bx[k]), float(by[k]), float(bz[k]), 6.0 * float(u[k, 4]), size)
                self.assembly.add_plant("bushes", placed)

    def scatter(
        self, box: tuple[float, float, float, float], count: int, *, room_m: float, groves_m: float, spruces: float
    ) -> None:
        """Simpler trees over a rectangle x0, x1, y0, y1, gathered in groves of a size, `room_m` clear of the road."""
        u = self.stream.array(f"scatter{groves_m:g}", 2 * 6 * count).reshape(-1, 2)
        x, y = box[0] + (box[1] - box[0]) * u[:, 0], box[2] + (box[3] - box[2]) * u[:, 1]
        grove = value_noise(x, y, self.stream.key("groves"), groves_m, octaves=1)
        rows = np.flatnonzero((grove > 0.15) & (self.clear(x, y) > room_m))[:count]
        places = [(f"far{groves_m:g}.{k}", f"groves.{n // 40}") for n, k in enumerate(rows)]
        self.trees(places, x[rows], y[rows], near=np.zeros(len(rows), np.bool_), spruces=spruces)

    def woods(self, edges: Sequence[tuple[float, float, float, float]], *, depth_m: float, height_m: float) -> None:
        """Edges of woods, each from (x0, y0) to (x1, y1), seen from the left of that direction, gently wavy."""
        for k, (x0, y0, x1, y1) in enumerate(edges):
            part = self.stream.child(f"wood{k}")
            length = math.hypot(x1 - x0, y1 - y0)
            turn = math.atan2(y1 - y0, x1 - x0)
            c, s = math.cos(turn), math.sin(turn)
            u = part.array("wave", 3)
            at = np.linspace(0.0, length, max(4, round(length / 3.5)))
            off = 6.0 * np.sin(at / (19.0 + 9.0 * float(u[0])) + 6.0 * float(u[1]))
            z = self.relief(x0 + at * c - off * s, y0 + at * s + off * c)
            wood = tree_line(at, off, z, -depth_m, height_m * (0.85 + 0.3 * float(u[2])), part)
            self.assembly.add_plant("woods", planted(wood, x0, y0, 0.0, turn))

    def wood_ring(
        self, box: tuple[float, float, float, float], inset_m: float, *, height_m: float = 15.0, share: float = 0.75
    ) -> None:
        """Woods round the horizon at `inset_m` within a rectangle, with gaps between them; they face inwards."""
        x0, x1, y0, y1 = box[0] + inset_m, box[1] - inset_m, box[2] + inset_m, box[3] - inset_m
        corners = [(x0, y1), (x1, y1), (x1, y0), (x0, y0)]
        edges = []
        for n in range(4):  # clockwise from above, so that all are seen from inside
            edges += self._row(corners[n], corners[(n + 1) % 4], f"ring{inset_m}.{n}", share)
        self.woods(edges, depth_m=18.0, height_m=height_m)

    def wood_belts(self, stretches: Sequence[tuple[float, float]], away_m: Sequence[float], share: float) -> None:
        """Woods on both sides of a road along x, at distances from it, over stretches x0, x1; they face the road."""
        edges = []
        for n, (x0, x1) in enumerate(stretches):
            for y in away_m:
                edges += self._row((x0, y), (x1, y), f"belt{y}.{n}+", share)
                edges += self._row((x1, -y), (x0, -y), f"belt{y}.{n}-", share)
        self.woods(edges, depth_m=17.0, height_m=15.0)

    def _row(
        self, a: tuple[float, float], b: tuple[float, float], name: str, share: float
    ) -> list[tuple[float, float, float, float]]:
        """Edges of woods along a line from a to b with gaps between them, seen from its right, drawn under a name."""
        (ax, ay), (bx, by) = a, b
        length = math.hypot(bx - ax, by - ay)
        edges, at, k = [], 0.0, 0
        while at < length - 40.0:
            u = self.stream.array(f"{name}.{k}", 3)
            end = min(length, at + 90.0 + 170.0 * float(u[0]))
            shift = 26.0 * (float(u[1]) - 0.5)
            ex, ey = (bx - ax) / length, (by - ay) / length
            edges.append(
                (bx - ex * (length - end) - ey * shift, by - ey * (length - end) + ex * shift,
                 ax + ex * at - ey * shift, ay + ey * at + ex * shift)
            )  # fmt: skip
            at, k = end + (1.0 - share) * 220.0 * float(u[2]), k + 1
        return edges

    def buildings(self, spots: Sequence[tuple[float, float, float]], barns: float = 0.3) -> None:
        """Houses, and barns in that share, at (x, y, heading of the ridge); each has its walls as a collision box."""
        for k, (x, y, turn) in enumerate(spots):
            part = self.stream.child(f"house{k}")
            make = barn if part.uniform("kind") < barns else house
            corner_x, corner_y = np.array([x - 7.0, x - 7.0, x + 7.0, x + 7.0]), np.array([y - 5.0, y + 5.0] * 2)
            z = float(self.relief(corner_x, corner_y).min()) + 0.25
            made = make(part)
            mesh = transformed(made, rotation_z(turn), (x, y, z))
            low, high = made.bounds_m
            size = high - low
            shape = Shape(
                "box",
                (x, y, z + 2.0),
                (0.0, 0.0, math.sin(0.5 * turn), math.cos(0.5 * turn)),
                (0.85 * float(size[0]), 0.8 * float(size[1]), 4.0),
            )
            self.assembly.add(f"houses.{k}", "building", [mesh], [shape])


def keeping_off(clear: Clear, spots: Sequence[tuple[float, float, float]], radius_m: float) -> Clear:
    """Room that is also clear of buildings at (x, y, heading), `radius_m` about each."""

    def room(x_m: Floats, y_m: Floats) -> Floats:
        out = clear(x_m, y_m)
        for x, y, _ in spots:
            out = np.minimum(out, np.hypot(x_m - x, y_m - y) - radius_m)
        return out

    return room


def farm_spots(
    x_m: tuple[float, float], clear: Clear, stream: Stream, every_m: float = 130.0
) -> list[tuple[float, float, float]]:
    """Places (x, y, heading) of farms, some of two buildings, 44 to 95 m beside a road along x, facing it."""
    spots = []
    for k in range(int((x_m[1] - x_m[0]) / every_m)):
        u = stream.array(f"farm{k}", 4)
        x = x_m[0] + every_m * (k + 0.2 + 0.6 * float(u[0]))
        side = 1.0 if (k + int(2.0 * stream.uniform("first"))) % 2 else -1.0
        turn = 0.5 * (float(u[3]) - 0.5) + (math.pi if side < 0.0 else 0.0)
        y = side * (44.0 + 34.0 * float(u[2]))
        spots += [(x, y, turn), (x + 26.0, y + 14.0 * side, turn)][: 1 if u[1] < 0.4 else 2]
    rooms = clear(np.array([x for x, _, _ in spots]), np.array([y for _, y, _ in spots]))
    return [spot for spot, room in zip(spots, rooms, strict=True) if room >= 12.0]


def plant_country(
    assembly: Assembly,
    ground: RoadGround,
    x_m: tuple[float, float],
    clear: Clear,
    stream: Stream,
    *,
    near_m: float,
    per_100_m: float,
    without_m: tuple[float, float] | None = None,
) -> None:
    """Farms, hedgerow trees, groves and wooded ridges beside a straight road along x.

    Args:
        assembly: receives the parts.
        ground: of the road and the land.
        x_m: from where to where.
        clear: room at a place.
        stream: of everything.
        near_m: from the middle of the road to the first trees.
        per_100_m: near trees on both sides together in 100 m of road.
        without_m: stretch that the woods on the ridges leave out.
    """
    farms = farm_spots(x_m, clear, stream.child("farms"))

    def relief(x: Floats, y: Floats) -> Floats:
        flat = zip(np.ravel(x).tolist(), np.ravel(y).tolist(), strict=True)
        out: Floats = np.array([ground.height_m(a, b) for a, b in flat]).reshape(np.shape(x))
        return out

    scenery = Scenery(assembly, relief, keeping_off(clear, farms, 14.0), stream.child("plants"))
    scenery.buildings(farms)
    line = Alignment.of([Piece(x_m[1] - x_m[0])], behind_m=0.0, ahead_m=0.0, x_start_m=x_m[0])
    scenery.line_road(line, (near_m + 1.5, near_m + 15.0), per_100_m)
    count = round(1.6 * per_100_m * (x_m[1] - x_m[0]) / 100.0)
    scenery.scatter((*x_m, -150.0, 150.0), count, room_m=17.0, groves_m=70.0, spruces=0.4)
    stretches = [x_m] if without_m is None else [(x_m[0], without_m[0]), (without_m[1], x_m[1])]
    scenery.wood_belts(stretches, (212.0, 300.0), share=0.65)


def stand(fixture: Fixture, x_m: float, y_m: float, z_m: float, yaw_rad: float) -> Fixture:
    """A fixture built for the right-hand side of a road along +x, put beside one that heads along `yaw_rad`."""
    r = rotation_z(yaw_rad)
    c, s = math.cos(yaw_rad), math.sin(yaw_rad)

    def turned(p: tuple[float, float, float]) -> tuple[float, float, float]:
        return c * p[0] - s * p[1], s * p[0] + c * p[1], p[2]

    def moved(p: tuple[float, float, float]) -> tuple[float, float, float]:
        q = turned(p)
        return q[0] + x_m, q[1] + y_m, q[2] + z_m

    half = math.sin(0.5 * yaw_rad), math.cos(0.5 * yaw_rad)

    def shifted(shapes: Sequence[Shape]) -> tuple[Shape, ...]:
        return tuple(
            replace(shape, center_m=moved(shape.center_m), quat_xyzw=(0.0, 0.0, half[0], half[1])) for shape in shapes
        )

    return Fixture(
        tuple((name, transformed(mesh, r, (x_m, y_m, z_m))) for name, mesh in fixture.pieces),
        shifted(fixture.shapes),
        tuple(replace(p, position_m=moved(p.position_m), direction=turned(p.direction)) for p in fixture.lamps),
        shifted(fixture.keeps),
    )


def beside(fixture: Fixture, line: Alignment, s_m: float, d_m: float, z_m: float) -> Fixture:
    """A fixture beside an alignment; on the left side (d > 0) it is turned half round to face the road."""
    x, y = (float(v) for v in line.plan(np.array(s_m), np.array(d_m)))
    yaw = float(np.interp(s_m, line.s_m, line.heading_rad)) + (math.pi if d_m > 0.0 else 0.0)
    return stand(fixture, x, y, z_m, yaw)


def field_cover(
    key: int, distance_m: Callable[[Floats, Floats], Floats], turn_rad: float = 0.0
) -> Callable[[Floats, Floats], NDArray[np.int64]]:
    """Paints a patchwork of `fields.LAND`: grass by the road, fields behind it, meadow on the ridges.

    Args:
        key: 64-bit key of what grows where.
        distance_m: from the road, of (P,) points.
        turn_rad: of the fields' borders against the axes.
    """
    c, s = math.cos(turn_rad), math.sin(turn_rad)

    def cover(x_m: Floats, y_m: Floats) -> NDArray[np.int64]:
        u, v = c * x_m + s * y_m, c * y_m - s * x_m
        row = np.floor(v / 56.0)
        column = np.floor((u + 23.0 * row) / 84.0)
        grown = value_noise(84.0 * column, 56.0 * row, key, 1.0, octaves=1)
        kind = 1 + np.floor(3.999 * (0.5 + 0.5 * np.clip(grown, -1.0, 1.0))).astype(np.int64)
        away = distance_m(x_m, y_m)
        kind[away < 22.0] = 0
        kind[away > 260.0] = 1
        return kind

    return cover
