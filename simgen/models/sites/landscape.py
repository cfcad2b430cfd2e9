"""Where plants and buildings stand around a road: hedgerow trees, woods on the ridges, farms."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from simgen.models.geometry import rotation_z, transformed
from simgen.models.mesh import Shape
from simgen.models.sites.assembly import Assembly
from simgen.models.sites.buildings import barn, house
from simgen.models.sites.plants import FAR, NEAR, broadleaf, bush, conifer, planted, tree_line
from simgen.rng import Stream

Height = Callable[[float, float], float]
Free = Callable[[float, float, float], bool]


@dataclass(frozen=True, eq=False)
class Land:
    """What the planting has to know of a site.

    Attributes:
        x_m: extent along the road.
        near_m: |y| from which plants may stand.
        height_m: ground height at (x, y).
        free: whether a thing of a radius may stand at (x, y).
    """

    x_m: tuple[float, float]
    near_m: float
    height_m: Height
    free: Free


def plant_trees(assembly: Assembly, land: Land, stream: Stream, per_100_m: float = 4.0) -> None:
    """Near trees along the road, and a scatter of simpler ones behind; each has a trunk that collides.

    Args:
        assembly: receives the parts "trees.K", one for each 100 m of road.
        land: where.
        stream: of places, species and shapes.
        per_100_m: near trees on both sides together in 100 m of road.
    """
    x0, x1 = land.x_m
    for name, lo, hi, density, finest in (
        ("near", land.near_m, land.near_m + 14.0, per_100_m, NEAR),
        ("far", land.near_m + 18.0, 150.0, 1.6 * per_100_m, FAR),
    ):
        rows = stream.child(name)
        count = round(density * (x1 - x0) / 100.0)
        for k in range(count):
            tree = rows.child(f"tree{k}")
            u = tree.array("place", 6)
            x = x0 + (x1 - x0) * (k + float(u[0])) / count
            y = (lo + (hi - lo) * float(u[1]) ** 1.6) * (1.0 if u[2] < 0.5 else -1.0)
            height = 6.0 + 8.0 * float(u[3])
            if not land.free(x, y, 2.5):
                continue
            spruce = _is_conifer(x, y, float(u[4]))
            plant = (conifer if spruce else broadleaf)(tree, 1.25 * height if spruce else height, finest)
            z = land.height_m(x, y)
            trunk = Shape("cylinder", (x, y, z + 0.2 * height), size_m=(0.022 * height, 0.022 * height, 0.5 * height))
            placed = planted(plant, x, y, z, 2.0 * math.pi * float(u[5]))
            assembly.add_plant(f"trees.{int((x - x0) // 100.0)}", placed, [trunk])


def _is_conifer(x_m: float, y_m: float, u: float) -> bool:
    """Whether a conifer grows here: they gather in stands of some 70 m."""
    stand = math.sin(x_m / 37.0 + 1.3) * math.cos(y_m / 29.0 + 0.4 * math.copysign(1.0, y_m))
    return u < (0.75 if stand > 0.25 else 0.12)


def plant_bushes(assembly: Assembly, land: Land, stream: Stream, per_100_m: float = 3.5) -> None:
    """Bushes along the foot of the near trees."""
    x0, x1 = land.x_m
    count = round(per_100_m * (x1 - x0) / 100.0)
    for k in range(count):
        part = stream.child(f"bush{k}")
        u = part.array("place", 5)
        x = x0 + (x1 - x0) * (k + float(u[0])) / count
        y = (land.near_m + 10.0 * float(u[1])) * (1.0 if u[2] < 0.5 else -1.0)
        if land.free(x, y, 1.2):
            plant = bush(part, 0.8 + 1.4 * float(u[3]))
            place = planted(plant, x, y, land.height_m(x, y) - 0.1, 2.0 * math.pi * float(u[4]))
            assembly.add_plant("bushes", place)


def plant_woods(assembly: Assembly, land: Land, stream: Stream) -> None:
    """Belts of wood on the ridges, with gaps between them: what the horizon is made of."""
    x0, x1 = land.x_m
    for side in (-1.0, 1.0):
        for row, (y, low, high) in enumerate(((212.0, 60.0, 130.0), (300.0, 120.0, 260.0))):
            belt = stream.child(f"belt{row}{'+' if side > 0.0 else '-'}")
            x, k = x0, 0
            while x < x1 - 50.0:
                u = belt.array(f"wood{k}", 4)
                end = min(x1, x + low + (high - low) * float(u[0]))
                xs = np.linspace(x, end, max(3, round((end - x) / 3.5)))
                ys = side * (y + 22.0 * float(u[1]) + 7.0 * np.sin(xs / 23.0 + 6.0 * float(u[2])))
                keep = np.array([land.free(float(a), float(b), 9.0) for a, b in zip(xs, ys, strict=True)])
                if keep.all():
                    zs = np.array([land.height_m(float(a), float(b)) for a, b in zip(xs, ys, strict=True)])
                    wood = tree_line(xs, ys, zs, side * 16.0, 12.0 + 6.0 * float(u[3]), belt.child(str(k)))
                    assembly.add_plant(f"woods.{row}", wood)
                x, k = end + (30.0 + 90.0 * float(u[2])) * (1.0 - 0.7 * row), k + 1


def build_farms(assembly: Assembly, land: Land, stream: Stream, every_m: float = 130.0) -> Land:
    """Houses, some with a barn, at 45 to 95 m from the road and turned a little to it.

    Returns:
        The land on which nothing else may stand where they do.
    """
    taken: list[tuple[float, float]] = []
    x0, x1 = land.x_m
    for k in range(int((x1 - x0) / every_m)):
        part = stream.child(f"farm{k}")
        u = part.array("place", 5)
        x = x0 + every_m * (k + 0.2 + 0.6 * float(u[0]))
        side = 1.0 if (k + int(2.0 * stream.uniform("first"))) % 2 else -1.0
        for n, (maker, dx, dy) in enumerate(((house, 0.0, 0.0), (barn, 26.0, 14.0))):
            if n == 1 and u[1] < 0.4:
                continue
            xk, yk = x + dx, side * (44.0 + 34.0 * float(u[2]) + dy)
            if not land.free(xk, yk, 12.0):
                continue
            z = min(land.height_m(xk + a, yk + b) for a in (-8.0, 8.0) for b in (-5.0, 5.0)) + 0.25
            turn = 0.5 * (float(u[3]) - 0.5) + (math.pi if side < 0 else 0.0)
            mesh = transformed(maker(part.child(f"b{n}")), rotation_z(turn), (xk, yk, z))
            low, high = mesh.bounds_m
            size = high - low
            shape = Shape(
                "box",
                (xk, yk, z + 2.0),
                (0.0, 0.0, math.sin(0.5 * turn), math.cos(0.5 * turn)),
                (0.8 * float(size[0]), 0.7 * float(size[1]), 4.0),
            )
            assembly.add("farms", "building", [mesh], [shape])
            taken.append((xk, yk))

    def free(x_m: float, y_m: float, radius_m: float) -> bool:
        apart = all(math.hypot(x_m - x, y_m - y) > radius_m + 14.0 for x, y in taken)
        return apart and land.free(x_m, y_m, radius_m)

    return replace(land, free=free)
