"""PyBullet's own software camera on the same snapshot: the independent check on our renderer.

A second DIRECT client holds one fixed body for every part and colour of a cast, and draws it with
TinyRenderer. What was measured of TinyRenderer (PyBullet 3.2.7), and what this module does about it:

- A pixel (u, v) samples the ray of u = W/2 (1 + x_ndc), v = H/2 - 1 - H/2 y_ndc, so its principal point lies
  at integer (W/2, H/2 - 1). The projection matrix here is off-centre by the difference: pixel (u, v) is the
  ray ((u - cx)/fx, (v - cy)/fy, 1) of the `CameraModel`, and edges agree with it at offsets of 0.05 px.
- Depth is interpolated in perspective in float32 and returned as 1/z scaled to [0, 1] in float32, whose error
  is about 6e-8 z^2 / near: 11 mm at 100 m for a near plane of 5 cm, 0.3 mm for one of 2 m. So the near plane
  goes to just before the nearest thing in the picture.
- A triangle with vertices behind the camera is clipped at the near plane and drawn right; one that reaches
  between near plane and camera without passing behind it is cut pixel by pixel. Nothing is dropped for it.
- Faces turned away are culled, VISUAL_SHAPE_DOUBLE_SIDED or not. Meshes that are not one-sided get a second
  set of faces for their backs.
- A triangle of less than 0.005 px^2 on the screen is dropped. A mesh finer than that dissolves: a sphere of
  16,384 triangles and 1 m radius has lost 6 of 99 pixels at 80 m and all at 160 m under f = 450 px.
- Both edges of a triangle own a pixel centre that they hit exactly; ties in depth go to the later body.
- Visual shapes are refused beyond 131,072 vertices or 524,288 indices: larger parts are split.
"""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from types import TracebackType
from typing import Any

import numpy as np
import pybullet
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from simgen.errors import SimgenError
from simgen.models import Mesh
from simgen.render.camera_model import CameraModel
from simgen.render.depth_range import Seen, depth_range, rigid_inverse
from simgen.render.one_sided import is_one_sided
from simgen.snapshot import Cast, CastPart

_CHUNK = 40_000  # triangles a visual shape: at most 120,000 vertices and indices
_SUN = (0.35, 0.25, 0.9)  # towards the light of shaded pictures, world frame


@dataclass(frozen=True, eq=False)
class BulletView:
    """What PyBullet saw.

    Attributes:
        albedo: (H, W, 3) float32 linear reflectance of the material's plain colour, 0 where nothing.
        depth_m: (H, W) float32 z-depth, inf where nothing.
        part: (H, W) int32 index into the cast's parts, -1 where nothing.
    """

    albedo: NDArray[np.float32]
    depth_m: NDArray[np.float32]
    part: NDArray[np.int32]


class _Lent:
    """A list that is filled anew for every call: PyBullet never lets go of the lists that it is given."""

    def __init__(self) -> None:
        self._rows: list[list[float]] = []
        self._list: list[Any] = []

    def filled(self, values: NDArray[Any]) -> list[Any]:
        """The same list object every time, holding (N,) numbers or (N, 3) rows."""
        if values.ndim == 1:
            self._list[:] = values.tolist()
            return self._list
        while len(self._rows) < len(values):
            self._rows.append([0.0, 0.0, 0.0])
        self._list[:] = self._rows[: len(values)]
        for row, value in zip(self._list, values.tolist(), strict=True):
            row[:] = value
        return self._list


_VERTICES, _NORMALS, _INDICES = _Lent(), _Lent(), _Lent()


class BulletCamera:
    """Draws a cast with TinyRenderer; holds a PyBullet client until `close`. A context manager.

    Args:
        cast: what can be seen. Procedural patterns are not drawn, only each material's albedo with its tint.
        backs: also draw the backs of meshes that are not one-sided, as our renderer does. False is what
            PyBullet does by itself, at about half the cost: the peer for timing.

    Raises:
        SimgenError: PyBullet cannot start another client or refuses a mesh.
    """

    def __init__(self, cast: Cast, *, backs: bool = True) -> None:
        self._client = pybullet.connect(pybullet.DIRECT)
        if self._client < 0:
            raise SimgenError("PyBullet cannot start another client; close unused worlds and cameras")
        self._parts = [Seen(p.mesh, not backs or is_one_sided(p.mesh)) for p in cast.parts]
        part_of: dict[int, int] = {}
        color_of: dict[int, tuple[float, ...]] = {}
        try:
            with _quiet() as said:
                for index, part in enumerate(cast.parts):
                    for color, faces in _by_color(part):
                        for chunk in _chunks(part.mesh, faces, self._parts[index].one_sided):
                            body = self._add(chunk, color, part, said)
                            part_of[body] = index
                            color_of[body] = color
        except BaseException:
            self.close()
            raise
        self._body_part = part_of
        # One row more, for "nothing": segmentation value -1 picks the last.
        rows = max(part_of, default=-1) + 2
        self._part_of = np.full(rows, -1, np.int32)
        self._albedo_of = np.zeros((rows, 3), np.float32)
        for body, index in part_of.items():
            self._part_of[body] = index
            self._albedo_of[body] = color_of[body]
        self._placed = np.full((len(cast.parts), 4, 4), np.nan)

    def _add(
        self,
        chunk: tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.int64]],
        color: tuple[float, ...],
        part: CastPart,
        said: _Said,
    ) -> int:
        vertices, normals, faces = chunk
        try:
            shape = pybullet.createVisualShape(
                pybullet.GEOM_MESH,
                vertices=_VERTICES.filled(vertices),
                indices=_INDICES.filled(faces.ravel()),
                normals=_NORMALS.filled(normals),
                rgbaColor=[*(_srgb(c) for c in color), 1.0],
                physicsClientId=self._client,
            )
            return int(pybullet.createMultiBody(0.0, -1, shape, physicsClientId=self._client))
        except pybullet.error as error:
            raise SimgenError(
                f"PyBullet refused a mesh of {len(vertices)} vertices and {len(faces)} triangles "
                f"(instance {part.instance}, class {part.class_id}): {error}; it said: {said.text()!r}"
            ) from error

    def capture(
        self, T_world_part: NDArray[np.float64], camera: CameraModel, T_world_camera: NDArray[np.float64]
    ) -> BulletView:
        """Albedo, depth and part of every pixel centre.

        Args:
            T_world_part: (P, 4, 4) float64 poses of the cast's parts.
            camera: the pinhole.
            T_world_camera: (4, 4) float64 pose of the camera, OpenCV axes.

        Raises:
            SimgenError: the poses are not of this cast, or the camera is closed.
        """
        image = self._draw(
            T_world_part, camera, T_world_camera,
            lightAmbientCoeff=1.0, lightDiffuseCoeff=0.0, lightSpecularCoeff=0.0, shadow=0,
        )  # fmt: skip
        # One body a colour: the segmentation names the albedo exactly, the picture only to 8 bits.
        part, albedo = self._part_of[image.body], self._albedo_of[image.body]
        return BulletView(albedo, image.depth_m(), part)

    def shaded(
        self,
        T_world_part: NDArray[np.float64],
        camera: CameraModel,
        T_world_camera: NDArray[np.float64],
        *,
        shadow: bool = True,
    ) -> NDArray[np.uint8]:
        """TinyRenderer's own lit picture, (H, W, 3) uint8 with sRGB-coded material colours; see `capture`."""
        image = self._draw(T_world_part, camera, T_world_camera, lightDirection=list(_SUN), shadow=int(shadow))
        return image.rgb

    def close(self) -> None:
        """Free the client; further use raises."""
        if self._client >= 0:
            pybullet.disconnect(self._client)
            self._client = -1

    def __enter__(self) -> BulletCamera:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _draw(
        self,
        T_world_part: NDArray[np.float64],
        camera: CameraModel,
        T_world_camera: NDArray[np.float64],
        **light: object,
    ) -> _Image:
        if self._client < 0:
            raise SimgenError("this BulletCamera is closed; make a new one for the cast")
        if T_world_part.shape != (len(self._parts), 4, 4):
            raise SimgenError(
                f"T_world_part is {T_world_part.shape}, expected ({len(self._parts)}, 4, 4): the poses of "
                f"the cast that this camera was made of"
            )
        self._place(T_world_part)
        T_camera_world = rigid_inverse(T_world_camera)
        near, far = depth_range(self._parts, T_camera_world, T_world_part, camera)
        projection = _projection(camera, near, far)
        view = T_camera_world * np.array([[1.0], [-1.0], [-1.0], [1.0]])  # OpenCV axes to OpenGL's
        _, _, rgba, depth, body = pybullet.getCameraImage(
            camera.width,
            camera.height,
            viewMatrix=view.T.ravel().tolist(),
            projectionMatrix=projection.T.ravel().tolist(),
            renderer=pybullet.ER_TINY_RENDERER,
            physicsClientId=self._client,
            **light,
        )
        shape = (camera.height, camera.width)
        return _Image(
            np.reshape(rgba, (*shape, 4))[..., :3].copy(),
            np.reshape(depth, shape),
            np.reshape(body, shape),
            projection,
        )

    def _place(self, T_world_part: NDArray[np.float64]) -> None:
        """Move the bodies of those parts whose pose changed since the last picture."""
        moved = (T_world_part != self._placed).any(axis=(1, 2))
        if not moved.any():
            return
        quats = np.zeros((len(self._parts), 4))
        quats[moved] = Rotation.from_matrix(T_world_part[moved, :3, :3]).as_quat()
        for body, part in self._body_part.items():
            if moved[part]:
                pybullet.resetBasePositionAndOrientation(
                    body,
                    T_world_part[part, :3, 3].tolist(),
                    quats[part].tolist(),
                    physicsClientId=self._client,
                )
        self._placed = T_world_part.copy()


@dataclass(frozen=True, eq=False)
class _Image:
    """Raw output of TinyRenderer: rgb (H, W, 3) u8, buffer depth (H, W) f32, body (H, W) i32, projection."""

    rgb: NDArray[np.uint8]
    buffer: NDArray[np.float32]
    body: NDArray[np.int32]
    projection: NDArray[np.float64]

    def depth_m(self) -> NDArray[np.float32]:
        """Invert what TinyRenderer computes, from the float32 matrix that it was given.

        It stores the clip coordinate c = -m22 z + m23 and returns
        d = F (N + c) / (2 F N + (F - N) c) with N = m23 / (m22 - 1) and F = m23 / (m22 + 1).
        """
        m22, m23 = np.float32(self.projection[2, 2]), np.float32(self.projection[2, 3])
        n, f = float(m23 / (m22 - np.float32(1.0))), float(m23 / (m22 + np.float32(1.0)))
        d = self.buffer.astype(np.float64)
        clip = f * n * (1.0 - 2.0 * d) / (d * (f - n) - f)
        z = (clip - float(m23)) / -float(m22)
        return np.where(self.body >= 0, z, np.inf).astype(np.float32)


def _projection(camera: CameraModel, near_m: float, far_m: float) -> NDArray[np.float64]:
    """OpenGL projection matrix (4, 4) that makes TinyRenderer's pixels those of the camera model."""
    w, h = camera.width, camera.height
    out = np.zeros((4, 4))
    out[0, 0] = 2.0 * camera.fx / w
    out[0, 2] = 1.0 - 2.0 * camera.cx / w
    out[1, 1] = 2.0 * camera.fy / h
    out[1, 2] = 2.0 * (camera.cy + 1.0) / h - 1.0
    out[2, 2] = -(far_m + near_m) / (far_m - near_m)
    out[2, 3] = -2.0 * far_m * near_m / (far_m - near_m)
    out[3, 2] = -1.0
    return out


def _by_color(part: CastPart) -> list[tuple[tuple[float, ...], NDArray[np.int32]]]:
    """Faces of a part by the colour they show: material albedo, or the tint of its slot."""
    tint: dict[str, tuple[float, ...]] = dict(part.tint)
    groups: dict[tuple[float, ...], list[int]] = {}
    for index, material in enumerate(part.mesh.materials):
        plain: tuple[float, ...] = material.albedo
        color = tint.get(material.slot, plain) if material.slot else plain
        groups.setdefault(tuple(float(c) for c in color), []).append(index)
    out: list[tuple[tuple[float, ...], NDArray[np.int32]]] = []
    for color, materials in groups.items():
        faces = part.mesh.faces[np.isin(part.mesh.face_material, materials)]
        if len(faces) > 0:
            out.append((color, faces))
    return out


def _chunks(
    mesh: Mesh, faces: NDArray[np.int32], one_sided: bool
) -> Iterator[tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.int64]]]:
    """Vertices, normals and faces of pieces that PyBullet accepts; backs as well unless one-sided."""
    sides = (1.0,) if one_sided else (1.0, -1.0)
    for start in range(0, len(faces), _CHUNK):
        for sign in sides:
            used, local = np.unique(faces[start : start + _CHUNK], return_inverse=True)
            local = local.reshape(-1, 3)
            normals = mesh.normals[used] * np.float32(sign)
            yield mesh.vertices_m[used], normals, local if sign > 0 else local[:, ::-1]


def _srgb(linear: float) -> float:
    """IEC 61966-2-1 code value, 0 to 1, of a linear reflectance."""
    c = min(max(linear, 0.0), 1.0)
    return 12.92 * c if c <= 0.0031308 else 1.055 * c ** (1.0 / 2.4) - 0.055


class _Said:
    """What C code wrote while it was kept quiet."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def text(self) -> str:
        """Everything so far."""
        size = os.fstat(self._descriptor).st_size
        return os.pread(self._descriptor, size, 0).decode(errors="replace").strip()


@contextlib.contextmanager
def _quiet() -> Iterator[_Said]:
    """Keep what C code writes to the process's stdout and stderr away from them; yields it for messages."""
    sys.stdout.flush()
    sys.stderr.flush()
    kept = os.dup(1), os.dup(2)
    try:
        with tempfile.TemporaryFile() as sink:
            os.dup2(sink.fileno(), 1)
            os.dup2(sink.fileno(), 2)
            try:
                yield _Said(sink.fileno())
            finally:
                os.dup2(kept[0], 1)
                os.dup2(kept[1], 2)
    finally:
        os.close(kept[0])
        os.close(kept[1])
