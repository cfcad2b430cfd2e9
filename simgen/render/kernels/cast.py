# mypy: allow-untyped-defs, allow-untyped-calls, allow-untyped-decorators
"""What casts shadows, brought into the frame of parallel rays by one call."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simgen.compiled import kernel
from simgen.held import taken
from simgen.render.kernels.poses import compose_poses
from simgen.render.kernels.transform import choose_versions, cull, drop_inside, transform


class Casting(NamedTuple):
    """A geometry and the arrays of its caster; kernels get it held.

    Attributes:
        part_sphere ... vertices_m: see `geometry.Geometry`.
        matrix: (P, 3, 4) float64 part -> rays' frame; version: (P,) uint8; visible: (C,) bool; camera: (3, V) float32
            vertices in the rays' frame. Outputs.
        outer: (3, 4) float64 and planes: (4, 4) float64, room to work in.
    """

    part_sphere: NDArray[np.float64]
    part_error_m: NDArray[np.float64]
    cluster_center_m: NDArray[np.float64]
    cluster_radius_m: NDArray[np.float64]
    cluster_part: NDArray[np.int32]
    cluster_version: NDArray[np.uint8]
    cluster_vertices: NDArray[np.int64]
    vertices_m: NDArray[np.float32]
    matrix: NDArray[np.float64]
    version: NDArray[np.uint8]
    visible: NDArray[np.bool_]
    camera: NDArray[np.float32]
    outer: NDArray[np.float64]
    planes: NDArray[np.float64]


@kernel
def place(casting, axes, poses, detail_m, bounds, hole, wanted):
    """Choose the clusters within bounds and move their vertices into the rays' frame.

    Args:
        casting: `Casting`, held.
        axes: (3, 3) float64 rows right, down, away of the rays' frame in the world.
        poses: (P, 4, 4) float64 parts in the world.
        detail_m: how far a version may lie from the mesh itself.
        bounds: low x, high x, low y, high y in the rays' frame; hole: the same, where nothing is needed; where its
            first number is larger than its second there is none.
        wanted: (P,) bool parts.
    """
    c = taken(casting)
    for r in range(3):
        for k in range(3):
            c.outer[r, k] = axes[r, k]
        c.outer[r, 3] = 0.0
    c.planes[:, :] = 0.0
    c.planes[0, 0], c.planes[0, 3] = 1.0, -bounds[0]
    c.planes[1, 0], c.planes[1, 3] = -1.0, bounds[1]
    c.planes[2, 1], c.planes[2, 3] = 1.0, -bounds[2]
    c.planes[3, 1], c.planes[3, 3] = -1.0, bounds[3]
    compose_poses(c.outer, poses, c.matrix)
    choose_versions(c.part_sphere, c.part_error_m, c.matrix, detail_m, 0.0, c.version)
    cull(
        c.cluster_center_m, c.cluster_radius_m, c.cluster_part, c.cluster_version, c.matrix, c.planes, wanted,
        c.version, c.visible,
    )  # fmt: skip
    if hole[0] < hole[1]:
        drop_inside(
            c.cluster_center_m, c.cluster_radius_m, c.cluster_part, c.matrix, hole[0], hole[1], hole[2], hole[3],
            c.visible,
        )  # fmt: skip
    transform(c.vertices_m, c.cluster_vertices, c.cluster_part, c.visible, c.matrix, c.camera)
