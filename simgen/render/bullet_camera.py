"""PyBullet's own cameras on the same snapshot: the independent check on our renderer.

A second DIRECT client holds one fixed body for every part and colour of a cast, and draws it with TinyRenderer,
or by OpenGL through EGL. What was measured of TinyRenderer (PyBullet 3.2.7), and what this module does about it:

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

And of EGL (the plugin eglRenderer of the same PyBullet, on llvmpipe of Mesa 22.3):

- Pixel centres are OpenGL's: the principal point of a symmetric matrix lies at ((W - 1)/2, (H - 1)/2).
- Depth is OpenGL's, of 24 bits; the background's is 1. Light coefficients are ignored, so albedo comes from the body.
- Meshes given as lists crash it: they go through STL files, which it has read by the time a body is made.
- Without a loaded plugin the flag for it silently draws with TinyRenderer; a missing libEGL ends the process while it
  loads, and a second client with the plugin makes the first draw the second's bodies. So it is tried out in a process
  of its own (`simgen.render.egl`), and a process has one such camera at a time. Its bits are those of the GL driver.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

import numpy as np
import pybullet
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from simgen.errors import SimgenError
from simgen.render.bullet_shapes import Lent, chunks_of, faces_by_color, srgb_code, stl_bytes
from simgen.render.camera_model import CameraModel
from simgen.render.depth_range import Seen, depth_range, rigid_inverse
from simgen.render.egl import ENTRY, require_egl
from simgen.render.one_sided import is_one_sided
from simgen.snapshot import Cast, CastPart

_LIBC = ctypes.CDLL(None)
_TINY_CENTRE, _GL_CENTRE = (0.0, 1.0), (0.5, 0.5)
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


_VERTICES, _NORMALS, _INDICES = Lent(), Lent(), Lent()


class BulletCamera:
    """Draws a cast with TinyRenderer or EGL; holds a PyBullet client until `close`. A context manager.

    Args:
        cast: what can be seen. Procedural patterns are not drawn, only each material's albedo with its tint.
        backs: also draw the backs of meshes that are not one-sided, as our renderer does. False is what
            PyBullet does by itself, at about half the cost: the peer for timing.
        egl: draw by OpenGL through EGL.

    Raises:
        SimgenError: PyBullet cannot start another client or refuses a mesh, or another camera of this process draws
            through EGL.
        MissingDependencyError: EGL cannot be used here.
    """

    _egl_in_use = False

    def __init__(self, cast: Cast, *, backs: bool = True, egl: bool = False) -> None:
        self._egl, self._plugin = egl, -1
        plugin = require_egl() if egl else ""
        if egl and BulletCamera._egl_in_use:
            raise SimgenError(
                "PyBullet draws through EGL for one scene at a time: close the other camera or environment first, or "
                "use a process for each"
            )
        self._client = pybullet.connect(pybullet.DIRECT)
        if self._client < 0:
            raise SimgenError("PyBullet cannot start another client; close unused worlds and cameras")
        if egl:
            self._load(plugin)
        self._parts = [Seen(p.mesh, not backs or is_one_sided(p.mesh)) for p in cast.parts]
        part_of: dict[int, int] = {}
        color_of: dict[int, tuple[float, ...]] = {}
        try:
            with _quiet() as said, tempfile.TemporaryDirectory(prefix="simgen-egl-") as folder:
                for index, part in enumerate(cast.parts):
                    for color, faces in faces_by_color(part, cast.finishes):
                        for chunk in chunks_of(part.mesh, faces, self._parts[index].one_sided):
                            body = self._add(chunk, color, part, said, Path(folder))
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

    def _load(self, path: str) -> None:
        """Have this client draw through EGL."""
        with _quiet() as said:
            self._plugin = pybullet.loadPlugin(path, ENTRY, physicsClientId=self._client)
            if self._plugin < 0:
                text = said.text()
                self.close()
                raise SimgenError(f"PyBullet refused its EGL plugin; it said: {text!r}")
        BulletCamera._egl_in_use = True

    def _add(
        self,
        chunk: tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.int64]],
        color: tuple[float, ...],
        part: CastPart,
        said: _Said,
        folder: Path,
    ) -> int:
        vertices, normals, faces = chunk
        mesh: dict[str, object] = {}
        if self._egl:
            file = folder / f"{pybullet.getNumBodies(physicsClientId=self._client)}.stl"
            file.write_bytes(stl_bytes(vertices[faces]))
            mesh["fileName"] = str(file)
        else:
            mesh["vertices"], mesh["normals"] = _VERTICES.filled(vertices), _NORMALS.filled(normals)
            mesh["indices"] = _INDICES.filled(faces.ravel())
        try:
            shape = pybullet.createVisualShape(
                pybullet.GEOM_MESH,
                rgbaColor=[*(srgb_code(c) for c in color), 1.0],
                physicsClientId=self._client,
                **mesh,
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
        """PyBullet's own lit picture, (H, W, 3) uint8 with sRGB-coded material colours; see `capture`."""
        image = self._draw(T_world_part, camera, T_world_camera, lightDirection=list(_SUN), shadow=int(shadow))
        return image.rgb

    def close(self) -> None:
        """Free the client; further use raises."""
        if self._client >= 0:
            with _quiet():
                if self._plugin >= 0:
                    pybullet.unloadPlugin(self._plugin, physicsClientId=self._client)
                    BulletCamera._egl_in_use = False
                pybullet.disconnect(self._client)
            self._client = self._plugin = -1

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
        projection = _projection(camera, near, far, _GL_CENTRE if self._egl else _TINY_CENTRE)
        view = T_camera_world * np.array([[1.0], [-1.0], [-1.0], [1.0]])  # OpenCV axes to OpenGL's
        with _quiet() if self._egl else contextlib.nullcontext():
            _, _, rgba, depth, body = pybullet.getCameraImage(
                camera.width,
                camera.height,
                viewMatrix=view.T.ravel().tolist(),
                projectionMatrix=projection.T.ravel().tolist(),
                renderer=pybullet.ER_BULLET_HARDWARE_OPENGL if self._egl else pybullet.ER_TINY_RENDERER,
                physicsClientId=self._client,
                **light,
            )
        shape = (camera.height, camera.width)
        return _Image(
            np.reshape(rgba, (*shape, 4))[..., :3].copy(),
            np.reshape(depth, shape),
            np.reshape(body, shape),
            projection,
            self._egl,
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
    """Raw output of PyBullet: rgb (H, W, 3) u8, buffer depth (H, W) f32, body (H, W) i32, projection."""

    rgb: NDArray[np.uint8]
    buffer: NDArray[np.float32]
    body: NDArray[np.int32]
    projection: NDArray[np.float64]
    egl: bool

    def depth_m(self) -> NDArray[np.float32]:
        """Invert what is computed from the float32 matrix that was given, (H, W).

        OpenGL returns d = F (z - N) / (z (F - N)). TinyRenderer stores the clip coordinate c = -m22 z + m23 and returns
        d = F (N + c) / (2 F N + (F - N) c) with N = m23 / (m22 - 1) and F = m23 / (m22 + 1).
        """
        m22, m23 = np.float32(self.projection[2, 2]), np.float32(self.projection[2, 3])
        n, f = float(m23 / (m22 - np.float32(1.0))), float(m23 / (m22 + np.float32(1.0)))
        d = self.buffer.astype(np.float64)
        if self.egl:
            z = f * n / (f - (f - n) * d)
        else:
            clip = f * n * (1.0 - 2.0 * d) / (d * (f - n) - f)
            z = (clip - float(m23)) / -float(m22)
        return np.where(self.body >= 0, z, np.inf).astype(np.float32)


def _projection(camera: CameraModel, near_m: float, far_m: float, centre: tuple[float, float]) -> NDArray[np.float64]:
    """OpenGL projection matrix (4, 4) that makes PyBullet's pixels those of the camera model.

    Args:
        camera: the pinhole.
        near_m, far_m: clip planes.
        centre: by how much W/2 and H/2 exceed the pixel where the drawer puts the middle of the picture.
    """
    w, h = camera.width, camera.height
    out = np.zeros((4, 4))
    out[0, 0] = 2.0 * camera.fx / w
    out[0, 2] = 1.0 - 2.0 * (camera.cx + centre[0]) / w
    out[1, 1] = 2.0 * camera.fy / h
    out[1, 2] = 2.0 * (camera.cy + centre[1]) / h - 1.0
    out[2, 2] = -(far_m + near_m) / (far_m - near_m)
    out[2, 3] = -2.0 * far_m * near_m / (far_m - near_m)
    out[3, 2] = -1.0
    return out


class _Said:
    """What C code wrote while it was kept quiet."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def text(self) -> str:
        """Everything so far."""
        _LIBC.fflush(None)
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
                _LIBC.fflush(None)  # what C still buffers must not come out later
                os.dup2(kept[0], 1)
                os.dup2(kept[1], 2)
    finally:
        os.close(kept[0])
        os.close(kept[1])
