"""A point of view: where the eye stands, how the world maps onto its picture, and the frustum that it sees."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from simgen.render.camera_model import CameraModel


@dataclass(frozen=True, eq=False)
class View:
    """A perspective view of the world, possibly mirrored at a horizontal plane.

    Attributes:
        width, height: pixels.
        intrinsics: (4,) float64 fx, fy, cx, cy.
        to_camera: (3, 4) float64 world -> camera frame (a reflection when `mirror`).
        back: (3, 4) float64 camera frame -> world, its inverse.
        eye: (3,) float64 position of the (mirrored) eye.
        planes: (K, 4) float64 unit planes of the frustum in the camera frame, positive inside.
        clip: (4,) float64 further clip plane in the camera frame, zeros for none.
        mirror: whether the view mirrors the world.
    """

    width: int
    height: int
    intrinsics: NDArray[np.float64]
    to_camera: NDArray[np.float64]
    back: NDArray[np.float64]
    eye: NDArray[np.float64]
    planes: NDArray[np.float64]
    clip: NDArray[np.float64]
    mirror: bool

    @property
    def pinhole(self) -> CameraModel:
        """The camera that sees it."""
        fx, fy, cx, cy = map(float, self.intrinsics)
        return CameraModel(self.width, self.height, fx, fy, cx, cy)

    @property
    def T_world_camera(self) -> NDArray[np.float64]:
        """(4, 4) pose of that camera."""
        out = np.eye(4)
        out[:3] = self.back
        return out


def camera_view(camera: CameraModel, T_world_camera: NDArray[np.float64]) -> View:
    """The view of a camera at a pose."""
    back = T_world_camera[:3].tolist()
    eye = [row[3] for row in back]
    to_camera = []
    for column in range(3):
        a, b, c = back[0][column], back[1][column], back[2][column]
        to_camera.append([a, b, c, -(a * eye[0] + b * eye[1] + c * eye[2])])
    return View(
        width=camera.width,
        height=camera.height,
        intrinsics=np.array([camera.fx, camera.fy, camera.cx, camera.cy]),
        to_camera=np.array(to_camera),
        back=np.array(back),
        eye=np.array(eye),
        planes=_frustum(camera).copy(),
        clip=np.zeros(4),
        mirror=False,
    )


def mirrored(view: View, camera: CameraModel, level_m: float) -> View:
    """The same picture of the world reflected at the plane z = `level_m`, for `camera` (a coarser grid).

    Only what stands above the plane is kept: the rest would hide the reflection.
    """
    to_camera = view.to_camera.copy()
    to_camera[:, 3] += to_camera[:, 2] * 2.0 * level_m
    to_camera[:, 2] *= -1.0
    back = view.back.copy()
    back[2] *= -1.0
    back[2, 3] += 2.0 * level_m
    eye = view.eye.copy()
    eye[2] = 2.0 * level_m - eye[2]
    # World height above the plane, written in the camera frame: back[2] . (p, 1) - level >= 0.
    clip = back[2].copy()
    clip[3] -= level_m - 0.005
    return View(
        width=camera.width,
        height=camera.height,
        intrinsics=np.array([camera.fx, camera.fy, camera.cx, camera.cy]),
        to_camera=to_camera,
        back=back,
        eye=eye,
        planes=np.concatenate([_frustum(camera), clip[None]]),
        clip=clip,
        mirror=True,
    )


def spot_view(
    position_m: NDArray[np.float64],
    direction: NDArray[np.float64],
    up: NDArray[np.float64],
    size: int,
    fov_rad: float,
) -> View:
    """The square view of a lamp along its axis, for its shadow map."""
    forward = direction / math.sqrt(float(_dot(direction, direction)))
    right = np.array(
        [
            forward[1] * up[2] - forward[2] * up[1],
            forward[2] * up[0] - forward[0] * up[2],
            forward[0] * up[1] - forward[1] * up[0],
        ]
    )
    right /= math.sqrt(float(_dot(right, right)))
    down = np.array(
        [
            forward[1] * right[2] - forward[2] * right[1],
            forward[2] * right[0] - forward[0] * right[2],
            forward[0] * right[1] - forward[1] * right[0],
        ]
    )
    T = np.eye(4)
    T[:3, 0], T[:3, 1], T[:3, 2], T[:3, 3] = right, down, forward, position_m
    return camera_view(CameraModel.from_hfov(size, size, fov_rad), T)


def _dot(a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    return float(a[0] * b[0] + a[1] * b[1] + a[2] * b[2])


@lru_cache(maxsize=64)
def _frustum(camera: CameraModel) -> NDArray[np.float64]:
    x0, x1 = (-0.5 - camera.cx) / camera.fx, (camera.width - 0.5 - camera.cx) / camera.fx
    y0, y1 = (-0.5 - camera.cy) / camera.fy, (camera.height - 0.5 - camera.cy) / camera.fy
    planes = np.array(
        [
            [1.0, 0.0, -x0, 0.0],
            [-1.0, 0.0, x1, 0.0],
            [0.0, 1.0, -y0, 0.0],
            [0.0, -1.0, y1, 0.0],
            [0.0, 0.0, 1.0, -0.05],
        ]
    )
    planes[:, :3] /= np.sqrt((planes[:, :3] ** 2).sum(axis=1, keepdims=True))
    return planes
