# mypy: allow-untyped-defs, allow-untyped-calls, allow-untyped-decorators
"""What a view may see, brought onto its screen by one call."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simgen.compiled import kernel
from simgen.held import taken
from simgen.render.kernels.poses import compose_poses
from simgen.render.kernels.transform import choose_versions, cull, transform_and_project


class Seeing(NamedTuple):
    """A geometry and the arrays of those that look at it; kernels get it held.

    Attributes:
        part_sphere ... vertices_m: see `geometry.Geometry`.
        matrix: (P, 3, 4) float64 part -> camera frame; version: (P,) uint8; visible: (C,) bool; screen: (3, V) float64
            and place: (V,) int32, see `transform.transform_and_project`. Outputs.
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
    screen: NDArray[np.float64]
    place: NDArray[np.int32]


@kernel
def project(seeing, to_camera, poses, depth_share, planes, wanted, intrinsics, near, samples, extent, camera):
    """Choose the clusters of a view and move their vertices onto its screen.

    Args:
        seeing: `Seeing`, held.
        to_camera: (3, 4) float64 world -> camera frame; poses: (P, 4, 4) float64 parts in the world.
        depth_share: metres that a version may lie from the mesh itself for each metre of depth; negative where the
            versions are chosen already.
        planes, wanted: see `transform.cull`.
        intrinsics, near, samples, extent, camera: see `transform.transform_and_project`.
    """
    s = taken(seeing)
    compose_poses(to_camera, poses, s.matrix)
    if depth_share >= 0.0:
        choose_versions(s.part_sphere, s.part_error_m, s.matrix, 0.0, depth_share, s.version)
    cull(
        s.cluster_center_m, s.cluster_radius_m, s.cluster_part, s.cluster_version, s.matrix, planes, wanted,
        s.version, s.visible,
    )  # fmt: skip
    transform_and_project(
        s.vertices_m, s.cluster_vertices, s.cluster_part, s.visible, s.matrix, intrinsics, near, samples, extent,
        camera, s.screen, s.place,
    )  # fmt: skip
