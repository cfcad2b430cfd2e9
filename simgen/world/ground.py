"""The fixed place in Bullet: ground meshes, walls, and an apron so that the world does not end at its edge."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simgen.compiled import kernel
from simgen.models import HeightGrid, Shape, Site
from simgen.world.bullet import Client
from simgen.world.frames import Array
from simgen.world.solids import bounding_box, solid_of

APRON_M = 2000.0
"""How far the ground goes on beyond the site."""
_THICK_M = 0.15  # half the thickness of the ground
_WELD_M = 1e-5
_MAX_FACES = 60_000  # in one mesh of Bullet's
_FLAT = 1e-3  # how much a direction in which the faces about a corner say nothing counts against what they say
_SPIKE = 2.0  # times the thickness that a corner moves at most
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


def add_site(client: Client, site: Site) -> dict[int, Wall]:
    """Put the ground and the walls of a site into Bullet; the walls by Bullet's ids."""
    walls: dict[int, Wall] = {}
    for vertices, faces in ground_cores(site):
        client.add_ground(vertices, faces, _THICK_M)
    bounds = _wall_bounds(site)
    for part in site.parts:
        if part.collision == "shapes":
            uid = client.add_body(part.shapes, position_m=np.zeros(3), quat_xyzw=np.array([0.0, 0.0, 0.0, 1.0]))
            walls[uid] = Wall(f"site:{part.name}", bounds[part.name])
    return walls


@lru_cache(maxsize=4)
def _wall_bounds(site: Site) -> dict[str, Array]:
    """`bounds_of` each part that is a wall, by its name."""
    return {p.name: bounds_of(p.shapes) for p in site.parts if p.collision == "shapes"}


def ground_sheets(site: Site) -> list[tuple[Array, NDArray[np.int64]]]:
    """The ground as sheets of triangles, (V, 3) and (T, 3) each: that of the site, and four of its apron."""
    parts = [p.mesh for p in site.parts if p.collision == "mesh"]
    first = np.cumsum([0, *(len(m.vertices_m) for m in parts)])
    faces = [m.faces.astype(np.int64) + k for m, k in zip(parts, first, strict=False)]
    own = [(np.concatenate([m.vertices_m for m in parts]).astype(np.float64), np.concatenate(faces))] if parts else []
    return own + apron(site.ground)


@lru_cache(maxsize=4)
def ground_cores(site: Site) -> list[tuple[Array, NDArray[np.int64]]]:
    """The sheets that, made `_THICK_M` thick on either side, have the ground as their upper surface.

    A thing that moves further in a tick than it is thick comes out on the other side of a mere sheet: then Bullet
    pushes it down rather than up, and it falls for ever. Whatever is within the thickness is pushed up.
    """
    cores = []
    for vertices, faces in ground_sheets(site):
        sunk, triangles = _sunk_sheet(vertices, faces, _THICK_M)
        for start in range(0, len(triangles), _MAX_FACES):
            used, index = np.unique(triangles[start : start + _MAX_FACES], return_inverse=True)
            cores.append((sunk[used], index.reshape(-1, 3)))
    return cores


def _sunk_sheet(vertices_m: Array, faces: NDArray[np.int64], depth_m: float) -> tuple[Array, NDArray[np.int64]]:
    """Triangles moved by a depth along their normals, corners welded.

    A corner moves by the u with n u = -depth for the normals n of all faces about it, or as nearly so as there is:
    a least squares problem in three unknowns, in which every face counts by its area.
    """
    _, first, back = np.unique(np.round(vertices_m / _WELD_M), axis=0, return_index=True, return_inverse=True)
    welded, triangles = vertices_m[first], back.reshape(-1)[faces]
    a, b, c = (welded[triangles[:, k]] for k in range(3))
    normal = np.cross(b - a, c - a)
    area = np.sqrt((normal * normal).sum(axis=1))
    triangles, normal, area = triangles[area > 0.0], normal[area > 0.0], area[area > 0.0]
    normal /= area[:, None]
    outer, total = np.zeros((len(welded), 3, 3)), np.zeros((len(welded), 3))
    for k in range(3):
        np.add.at(outer, triangles[:, k], (area[:, None] * normal)[:, :, None] * normal[:, None, :])
        np.add.at(total, triangles[:, k], area[:, None] * normal)
    outer += _FLAT * np.maximum(np.trace(outer, axis1=1, axis2=2), 1e-12)[:, None, None] * np.eye(3)
    moved = np.linalg.solve(outer, total[:, :, None])[:, :, 0]
    size = np.sqrt((moved * moved).sum(axis=1))
    return welded - moved * (depth_m * np.minimum(1.0, _SPIKE / np.maximum(size, 1e-12)))[:, None], triangles


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
