"""The fixed place in Bullet: ground meshes, walls, and an apron so that the world does not end at its edge."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simgen.compiled import kernel
from simgen.models import HeightGrid, Site
from simgen.world.bullet import Client
from simgen.world.frames import Array

_APRON_M = 2000.0


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


def add_site(client: Client, site: Site) -> tuple[set[int], dict[int, str]]:
    """Bullet ids of the ground, and of walls with the names that events give them."""
    ground: set[int] = set()
    walls: dict[int, str] = {}
    origin, level = np.zeros(3), np.array([0.0, 0.0, 0.0, 1.0])
    for part in site.parts:
        if part.collision == "mesh":
            mesh = part.mesh
            ground.update(client.add_ground(mesh.vertices_m.astype(np.float64), mesh.faces.astype(np.int64)))
        elif part.collision == "shapes":
            uid = client.add_body(part.shapes, position_m=origin, quat_xyzw=level)
            walls[uid] = f"site:{part.name}"
    for vertices, faces in apron(site.ground):
        ground.update(client.add_ground(vertices, faces))
    return ground, walls


def apron(grid: HeightGrid) -> list[tuple[Array, NDArray[np.int64]]]:
    """Four strips of triangles, (V, 3) and (T, 3) each, that carry the border of a height grid on outwards.

    They lie where `HeightGrid.at` says the ground is out there, so traffic that runs off the end of the modelled
    road goes on instead of falling. Four, because the bounds of one ring would enclose every body on the site.
    """
    z = grid.z_m
    x: Array = grid.x0_m + grid.dx_m * np.arange(z.shape[0], dtype=np.float64)
    y: Array = grid.y0_m + grid.dy_m * np.arange(z.shape[1], dtype=np.float64)
    far_x = np.concatenate([x[:1] - _APRON_M, x[-1:] + _APRON_M])
    wide_y = np.concatenate([y[:1] - _APRON_M, y, y[-1:] + _APRON_M])
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
