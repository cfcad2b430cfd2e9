"""The fixed place in Bullet: ground meshes, walls, and an apron so that the world does not end at its edge."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simgen.compiled import kernel
from simgen.models import HeightGrid, Shape, Site
from simgen.world.bullet import GROUP_FOUNDATION, GROUP_STATIC, Client
from simgen.world.frames import Array
from simgen.world.solids import bounding_box, solid_of

APRON_M = 2000.0
"""How far the ground goes on beyond the site."""
_BLOCK_M = 4.0  # width of the foundation's blocks
_RISE_M = 0.25  # how far the ground may rise along one block
_SUNK_M = 0.05  # how deep below the ground a block begins
_THICK_M = 1.5
_FOUNDED_M = 300.0  # how far the blocks at the sides reach out under the apron
_SHAPES_A_BODY = 16  # Bullet takes no more in one compound
_BULLET_MARGIN_M = 0.05  # how far from a shape's surface Bullet may find contacts and rays may end


class Wall(NamedTuple):
    """Fixed shapes of the site that are one body in Bullet.

    Attributes:
        name: as events have it.
        bounds_m: (S, 6) of its shapes, see `bounds_of`.
    """

    name: str
    bounds_m: Array


class Heights(NamedTuple):
    """A `HeightGrid` as kernels take it."""

    x0_m: float
    y0_m: float
    dx_m: float
    dy_m: float
    z_m: Array


def heights_of(grid: HeightGrid) -> Heights:
    """The same heights for kernels."""
    return Heights(float(grid.x0_m), float(grid.y0_m), float(grid.dx_m), float(grid.dy_m), grid.z_m)


@kernel
def height_at(grid: Heights, x_m: float, y_m: float) -> float:
    """Ground height as `HeightGrid.at` has it: bilinear, clamped to the grid."""
    z = grid.z_m
    u = min(max((x_m - grid.x0_m) / grid.dx_m, 0.0), z.shape[0] - 1.0)
    v = min(max((y_m - grid.y0_m) / grid.dy_m, 0.0), z.shape[1] - 1.0)
    i, j = min(int(u), z.shape[0] - 2), min(int(v), z.shape[1] - 2)
    a, b = u - i, v - j
    near = z[i, j] * (1.0 - a) + z[i + 1, j] * a
    far = z[i, j + 1] * (1.0 - a) + z[i + 1, j + 1] * a
    return float(near * (1.0 - b) + far * b)


def bounds_of(shapes: Sequence[Shape]) -> Array:
    """(S, 6) lowest x, y, z and highest x, y, z of fixed shapes, world frame, with Bullet's margin."""
    corners = [bounding_box([solid_of(s)]) for s in shapes]
    return np.array([(*(low - _BULLET_MARGIN_M), *(high + _BULLET_MARGIN_M)) for low, high in corners]).reshape(-1, 6)


def add_site(client: Client, site: Site) -> tuple[set[int], dict[int, Wall]]:
    """Bullet ids of the ground, and of the walls."""
    ground: set[int] = set()
    walls: dict[int, Wall] = {}
    origin, level = np.zeros(3), np.array([0.0, 0.0, 0.0, 1.0])
    for part in site.parts:
        if part.collision == "mesh":
            mesh = part.mesh
            ground.update(client.add_ground(mesh.vertices_m.astype(np.float64), mesh.faces.astype(np.int64)))
        elif part.collision == "shapes":
            uid = client.add_body(part.shapes, position_m=origin, quat_xyzw=level)
            walls[uid] = Wall(f"site:{part.name}", bounds_of(part.shapes))
    for vertices, faces in apron(site.ground):
        ground.update(client.add_ground(vertices, faces))
    blocks = foundation(site.ground)
    for start in range(0, len(blocks), _SHAPES_A_BODY):
        uid = client.add_body(blocks[start : start + _SHAPES_A_BODY], position_m=origin, quat_xyzw=level)
        client.set_group(uid, GROUP_FOUNDATION, ~(GROUP_STATIC | GROUP_FOUNDATION))
        ground.add(uid)
    return ground, walls


def foundation(grid: HeightGrid) -> list[Shape]:
    """Thick blocks just below the ground.

    The ground itself is a sheet of triangles: a carton that a car presses through it would fall for ever. A block
    pushes it back up. The outermost rows of blocks do so beside the site too, where a storm carries things.
    """
    across = max(1, round(_BLOCK_M / grid.dy_m))
    along = max(1, round(_BLOCK_M / grid.dx_m))
    last_i, last_j = grid.z_m.shape[0] - 1, grid.z_m.shape[1] - 1
    starts = np.arange(0, last_i, along)
    out = []
    for j in range(0, last_j, across):
        j1 = min(j + across, last_j)
        y0 = grid.y0_m + j * grid.dy_m - (_FOUNDED_M if j == 0 else 0.0)
        y1 = grid.y0_m + j1 * grid.dy_m + (_FOUNDED_M if j1 == last_j else 0.0)
        for first, end, lowest_m in _runs(*_spans(grid, starts, j, j1)):
            i0, i1 = first * along, min(end * along, last_i)
            top = lowest_m - _SUNK_M
            size = ((i1 - i0) * grid.dx_m, y1 - y0, _THICK_M)
            center = (grid.x0_m + 0.5 * (i0 + i1) * grid.dx_m, 0.5 * (y0 + y1), top - 0.5 * _THICK_M)
            out.append(Shape("box", center, size_m=size))
    return out


def _spans(grid: HeightGrid, starts: NDArray[np.int64], j: int, j1: int) -> tuple[list[float], list[bool]]:
    """Lowest ground and whether any of it is firm, from each start to the next, ends included, in columns j to j1."""
    low = grid.z_m[:, j : j1 + 1].min(axis=1)
    lowest = np.minimum.reduceat(low, starts)
    lowest[:-1] = np.minimum(lowest[:-1], low[starts[1:]])
    if grid.firm is None:
        return lowest.tolist(), [True] * len(starts)
    firm: NDArray[np.bool_] = np.asarray(grid.firm[:, j : j1 + 1].any(axis=1))
    any_firm = np.logical_or.reduceat(firm, starts)
    any_firm[:-1] |= firm[starts[1:]]
    return lowest.tolist(), any_firm.tolist()


def _runs(lowest_m: list[float], firm: list[bool]) -> Iterator[tuple[int, int, float]]:
    """First, end and lowest of the longest firm runs of spans that are level to `_RISE_M`, greedily from the first."""
    first, low, high = 0, math.inf, -math.inf
    for k, height in enumerate(lowest_m):
        if firm[k] != firm[first] or max(high, height) - min(low, height) > _RISE_M:
            if firm[first]:
                yield first, k, low
            first, low, high = k, height, height
        low, high = min(low, height), max(high, height)
    if firm[first]:
        yield first, len(lowest_m), low


def apron(grid: HeightGrid) -> list[tuple[Array, NDArray[np.int64]]]:
    """Four strips of triangles, (V, 3) and (T, 3) each, that carry the border of a height grid on outwards.

    They lie where `HeightGrid.at` says the ground is out there, so traffic that runs off the end of the modelled
    road goes on instead of falling. Four, because the bounds of one ring would enclose every body on the site.
    """
    z = grid.z_m
    x: Array = grid.x0_m + grid.dx_m * np.arange(z.shape[0], dtype=np.float64)
    y: Array = grid.y0_m + grid.dy_m * np.arange(z.shape[1], dtype=np.float64)
    far_x = np.concatenate([x[:1] - APRON_M, x[-1:] + APRON_M])
    wide_y = np.concatenate([y[:1] - APRON_M, y, y[-1:] + APRON_M])
    wide_z = np.pad(z, ((0, 0), (1, 1)), mode="edge")
    return [
        _net(np.append(far_x[:1], x[:1]), wide_y, wide_z[[0, 0]]),
        _net(np.append(x[-1:], far_x[1:]), wide_y, wide_z[[-1, -1]]),
        _net(x, wide_y[:2], z[:, [0, 0]]),
        _net(x, wide_y[-2:], z[:, [-1, -1]]),
    ]


def _net(x: Array, y: Array, z: Array) -> tuple[Array, NDArray[np.int64]]:
    """Triangles of a height net: x (M,), y (N,), z (M, N)."""
    vertices = np.stack([*np.meshgrid(x, y, indexing="ij"), z], -1).reshape(-1, 3)
    index = np.arange(z.size, dtype=np.int64).reshape(z.shape)
    a, b, c, d = index[:-1, :-1], index[1:, :-1], index[1:, 1:], index[:-1, 1:]
    faces = np.concatenate([np.stack([a, b, c], -1).reshape(-1, 3), np.stack([a, c, d], -1).reshape(-1, 3)])
    return vertices, faces
