# mypy: allow-untyped-defs, allow-untyped-calls, allow-untyped-decorators
"""The clusters of a geometry that a view or parallel rays meet, and where their vertices are in it: by one call."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simgen.compiled import inline, kernel
from simgen.held import taken
from simgen.render.kernels.poses import compose_poses
from simgen.render.kernels.transform import choose_versions, cull, drop_inside, transform, transform_and_project


class Clusters(NamedTuple):
    """A geometry in clusters, and which of them are chosen.

    Attributes:
        part_sphere ... vertices_m: see `geometry.Geometry`.
        matrix: (P, 3, 4) float64 part frame -> that of the view or the rays; version: (P,) uint8; visible: (C,) bool.
            Outputs.
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


class Casting(NamedTuple):
    """What `place` works with; it gets it held.

    Attributes:
        camera: (3, V) float32 vertices in the rays' frame, output.
        outer: (3, 4) float64 and planes: (4, 4) float64, room to work in.
    """

    clusters: Clusters
    camera: NDArray[np.float32]
    outer: NDArray[np.float64]
    planes: NDArray[np.float64]


class Seeing(NamedTuple):
    """What `project` works with; it gets it held.

    Attributes:
        screen: (3, V) float64 and place: (V,) int32, outputs, see `transform.transform_and_project`.
    """

    clusters: Clusters
    screen: NDArray[np.float64]
    place: NDArray[np.int32]


@inline
def _choose(c, outer, poses, detail_m, detail_share, planes, wanted):
    """The clusters of the right versions that meet half-spaces; where `detail_m` is negative versions are chosen."""
    compose_poses(outer, poses, c.matrix)
    if detail_m >= 0.0:
        choose_versions(c.part_sphere, c.part_error_m, c.matrix, detail_m, detail_share, c.version)
    cull(
        c.cluster_center_m, c.cluster_radius_m, c.cluster_part, c.cluster_version, c.matrix, planes, wanted,
        c.version, c.visible,
    )  # fmt: skip


@kernel
def place(held, axes, poses, detail_m, bounds, hole, wanted):
    """Choose the clusters within bounds and move their vertices into the rays' frame.

    Args:
        held: `Casting`, held.
        axes: (3, 3) float64 rows right, down, away of the rays' frame in the world.
        poses: (P, 4, 4) float64 parts in the world.
        detail_m: how far a version may lie from the mesh itself.
        bounds: low x, high x, low y, high y in the rays' frame; hole: the same, where nothing is needed; where its
            first number is larger than its second there is none.
        wanted: (P,) bool parts.
    """
    casting = taken(held)
    c = casting.clusters
    for r in range(3):
        for k in range(3):
            casting.outer[r, k] = axes[r, k]
        casting.outer[r, 3] = 0.0
    casting.planes[:, :] = 0.0
    casting.planes[0, 0], casting.planes[0, 3] = 1.0, -bounds[0]
    casting.planes[1, 0], casting.planes[1, 3] = -1.0, bounds[1]
    casting.planes[2, 1], casting.planes[2, 3] = 1.0, -bounds[2]
    casting.planes[3, 1], casting.planes[3, 3] = -1.0, bounds[3]
    _choose(c, casting.outer, poses, detail_m, 0.0, casting.planes, wanted)
    if hole[0] < hole[1]:
        drop_inside(
            c.cluster_center_m, c.cluster_radius_m, c.cluster_part, c.matrix, hole[0], hole[1], hole[2], hole[3],
            c.visible,
        )  # fmt: skip
    transform(c.vertices_m, c.cluster_vertices, c.cluster_part, c.visible, c.matrix, casting.camera)


@kernel
def project(held, to_camera, poses, depth_share, planes, wanted, intrinsics, near, samples, extent, camera):
    """Choose the clusters of a view and move their vertices onto its screen.

    Args:
        held: `Seeing`, held.
        to_camera: (3, 4) float64 world -> camera frame; poses: (P, 4, 4) float64 parts in the world.
        depth_share: metres that a version may lie from the mesh itself for each metre of depth; negative where the
            versions are chosen already.
        planes, wanted: see `transform.cull`.
        intrinsics, near, samples, extent, camera: see `transform.transform_and_project`.
    """
    seeing = taken(held)
    c = seeing.clusters
    _choose(c, to_camera, poses, 0.0 if depth_share >= 0.0 else -1.0, depth_share, planes, wanted)
    transform_and_project(
        c.vertices_m, c.cluster_vertices, c.cluster_part, c.visible, c.matrix, intrinsics, near, samples, extent,
        camera, seeing.screen, seeing.place,
    )  # fmt: skip
