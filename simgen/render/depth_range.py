"""The nearest and farthest z-depth of what a picture can show: where clip planes may go."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simgen.models import Mesh
from simgen.render.camera_model import CameraModel
from simgen.render.kernels.raster import NEAR_M


class Seen:
    """A part's triangles and bounding sphere, part frame.

    Args:
        mesh: the triangles.
        one_sided: whether faces turned away are not drawn.
    """

    def __init__(self, mesh: Mesh, one_sided: bool) -> None:
        self.vertices_m = mesh.vertices_m.astype(np.float64)
        self.faces = mesh.faces
        self.one_sided = one_sided
        self.center_m = 0.5 * (self.vertices_m.min(axis=0) + self.vertices_m.max(axis=0))
        self.radius_m = float(np.sqrt(((self.vertices_m - self.center_m) ** 2).sum(axis=1).max()))


def rigid_inverse(pose: NDArray[np.float64]) -> NDArray[np.float64]:
    """(4, 4) inverse of a rigid (4, 4) transform; sums spelled out, so that no BLAS takes part."""
    out = np.eye(4)
    out[:3, :3] = pose[:3, :3].T
    out[:3, 3] = -(pose[:3, :3] * pose[:3, 3:4]).sum(axis=0)
    return out


def depth_range(
    parts: list[Seen],
    T_camera_world: NDArray[np.float64],
    T_world_part: NDArray[np.float64],
    camera: CameraModel,
) -> tuple[float, float]:
    """Near and far plane, z-depth in metres: just before the nearest thing in the picture, behind everything.

    The near plane is 2 % before the nearest point, at least `NEAR_M`, and never cuts what the picture shows
    beyond that.
    """
    if not parts:
        return 1.0, 10.0
    pose = np.einsum("ij,pjk->pik", T_camera_world, T_world_part)
    centers = np.einsum("pij,pj->pi", pose[:, :3, :3], np.array([p.center_m for p in parts])) + pose[:, :3, 3]
    radii = np.array([p.radius_m for p in parts])
    planes = _side_planes(camera)
    inside = (np.einsum("pi,ki->pk", centers, planes) > -radii[:, None]).all(axis=1)
    front = centers[:, 2] - radii
    far = max(float((centers[:, 2] + radii).max()), 1.0) * 1.01
    order = [int(k) for k in np.argsort(front, kind="stable") if inside[k]]
    nearest = far
    views: dict[int, _View] = {}
    for k in order:  # vertices first: they leave few triangles worth cutting
        if front[k] < nearest:
            vertices = np.einsum("vj,ij->vi", parts[k].vertices_m, pose[k, :3, :3]) + pose[k, :3, 3]
            views[k] = _View(vertices, np.einsum("vi,ki->vk", vertices, planes))
            nearest = views[k].nearest_vertex(nearest)
    for k, view in views.items():
        if front[k] < nearest:
            nearest = view.nearest_cut(parts[k], planes, nearest)
    near = max(0.98 * nearest, NEAR_M)
    return near, max(far, 2.0 * near)


def _side_planes(camera: CameraModel) -> NDArray[np.float64]:
    """(4, 3) unit normals, pointing inwards, of the picture's sides through the eye, one pixel outside it."""
    left, right = (-1.5 - camera.cx) / camera.fx, (camera.width + 0.5 - camera.cx) / camera.fx
    top, bottom = (-1.5 - camera.cy) / camera.fy, (camera.height + 0.5 - camera.cy) / camera.fy
    out = np.array([[1.0, 0.0, -left], [-1.0, 0.0, right], [0.0, 1.0, -top], [0.0, -1.0, bottom]])
    unit: NDArray[np.float64] = out / np.sqrt((out * out).sum(axis=1, keepdims=True))
    return unit


@dataclass(frozen=True, eq=False)
class _View:
    """A part's vertices (V, 3) in the camera frame and their signed distances (V, 4) from the side planes.

    The part of a triangle inside the picture's cone is nearest at one of its vertices, where an edge pierces
    a side plane, or where a corner ray of the cone pierces the triangle.
    """

    vertices: NDArray[np.float64]
    side: NDArray[np.float64]

    def nearest_vertex(self, limit_m: float) -> float:
        """Smallest z-depth of a vertex inside the cone, or `limit_m` if that is less."""
        z = self.vertices[:, 2]
        return float(z[(self.side >= 0.0).all(axis=1) & (z > 0.0)].min(initial=limit_m))

    def nearest_cut(self, part: Seen, planes: NDArray[np.float64], limit_m: float) -> float:
        """Smallest z-depth at which the cone's sides or corners cut a triangle, or `limit_m` if that is less."""
        v = self.vertices
        f = part.faces[(v[:, 2] < limit_m)[part.faces].any(axis=1)]
        f = f[(v[f, 2] > 0.0).any(axis=1)]
        outside = self.side[f] < 0.0
        f = f[outside.any(axis=(1, 2)) & ~outside.all(axis=1).any(axis=1)]  # neither within nor beyond a plane
        if part.one_sided:
            normal = np.cross(v[f[:, 1]] - v[f[:, 0]], v[f[:, 2]] - v[f[:, 0]])
            f = f[(normal * v[f[:, 0]]).sum(axis=1) < 0.0]  # not turned away
        if len(f) == 0:
            return limit_m
        return min(
            _nearest_on_sides(v, f, planes, self.side, limit_m),
            _nearest_on_corner_rays(v, f, planes, limit_m),
        )


def _nearest_on_sides(
    vertices: NDArray[np.float64],
    faces: NDArray[np.int32],
    planes: NDArray[np.float64],
    side: NDArray[np.float64],
    limit_m: float,
) -> float:
    """Smallest z-depth at which an edge of the faces enters or leaves the picture's cone."""
    a, b = faces[:, [0, 1, 2]].ravel(), faces[:, [1, 2, 0]].ravel()
    nearest = limit_m
    for plane in range(4):
        da, db = side[a, plane], side[b, plane]
        cut = (da >= 0.0) != (db >= 0.0)
        t = (da[cut] / (da[cut] - db[cut]))[:, None]
        points = vertices[a[cut]] + t * (vertices[b[cut]] - vertices[a[cut]])
        others = np.delete(planes, plane, axis=0)
        inside = (np.einsum("vi,ki->vk", points, others) >= -1e-9).all(axis=1) & (points[:, 2] > 0.0)
        nearest = float(points[inside, 2].min(initial=nearest))
    return nearest


def _nearest_on_corner_rays(
    vertices: NDArray[np.float64], faces: NDArray[np.int32], planes: NDArray[np.float64], limit_m: float
) -> float:
    """Smallest z-depth at which one of the four corner rays of the picture's cone meets a face."""
    origin = vertices[faces[:, 0]]
    e1, e2 = vertices[faces[:, 1]] - origin, vertices[faces[:, 2]] - origin
    normal = np.cross(e1, e2)
    nearest = limit_m
    for x, y in ((0, 2), (0, 3), (1, 2), (1, 3)):
        ray = np.cross(planes[x], planes[y])
        ray = ray / ray[2]
        slope = (normal * ray).sum(axis=1)
        hits = np.abs(slope) > 1e-12
        depth = (normal * origin).sum(axis=1)[hits] / slope[hits]
        rel = depth[:, None] * ray - origin[hits]
        size = (normal[hits] ** 2).sum(axis=1)
        u = (np.cross(rel, e2[hits]) * normal[hits]).sum(axis=1) / size
        v = (np.cross(e1[hits], rel) * normal[hits]).sum(axis=1) / size
        inside = (u >= -1e-9) & (v >= -1e-9) & (u + v <= 1.0 + 1e-9) & (depth > 0.0)
        nearest = float(depth[inside].min(initial=nearest))
    return nearest
