"""The per-object table of a camera frame: boxes, visibility, truncation, contrast, 3D boxes."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from simgen.errors import SimgenError
from simgen.held import Held
from simgen.labels import kernels
from simgen.labels.lens_silhouettes import silhouettes_in_face, tiles_of, wholly_inside
from simgen.labels.silhouettes import MOST_PIXELS, Labelled, Scratch, Solids, silhouettes
from simgen.labels.truncation import Views, truncations
from simgen.models import Mesh
from simgen.models.detail import versions
from simgen.models.geometry import joined
from simgen.models.mesh import times
from simgen.render.buffers import Buffers
from simgen.render.camera_model import CameraModel
from simgen.render.lens_map import lens_map
from simgen.render.one_sided import is_one_sided
from simgen.render.puffs import optical_depths
from simgen.snapshot import Cast, CastPart, Snapshot

CONTRAST_THRESHOLD = 0.05
"""Least contrast at which an object counts as detectable: the one that defines MOR (CIE e-ILV 17-31-018)."""

_COLUMNS = {
    "instance": ((), np.uint16),
    "bbox_visible_px": ((4,), np.float32),
    "bbox_amodal_px": ((4,), np.float32),
    "visible_px": ((), np.uint32),
    "amodal_px": ((), np.uint32),
    "visibility": ((), np.float32),
    "truncation": ((), np.float32),
    "distance_m": ((), np.float32),
    "transmittance": ((), np.float32),
    "contrast": ((), np.float32),
    "detectable": ((), np.uint8),
    "box3d_center_camera_m": ((3,), np.float32),
    "box3d_size_m": ((3,), np.float32),
    "box3d_quat_camera_xyzw": ((4,), np.float32),
    "velocity_mps": ((3,), np.float32),
}
"""Shape of a row and dtype of each column of the table, in the order in which `kernels.fill_rows` takes them."""


class ObjectLabeller:
    """Measures the objects of one cast in camera frames. Holds scratch arrays: one a thread.

    Args:
        cast: what can be seen; parts whose instance is 0 are scenery and are not measured.

    Raises:
        SimgenError: a part names an instance that the cast's objects do not hold.
    """

    def __init__(self, cast: Cast) -> None:
        self._count = len(cast.objects)
        solids = _pack(cast.parts, self._count)
        scratch = Scratch.of(solids)
        self._labelled, self._views, self._pose = Held(Labelled(solids, scratch)), Held(Views.make()), scratch.pose
        self._stamps: dict[tuple[int, int], NDArray[np.uint64]] = {}
        self._sizes = np.array([o.size_m for o in cast.objects], np.float32).reshape(-1, 3)
        self._box_centres = np.array([o.box_center_m for o in cast.objects], np.float64).reshape(-1, 3)

    def visible_boxes(
        self, instance_map: NDArray[np.uint16], max_instance: int
    ) -> tuple[NDArray[np.float32], NDArray[np.uint32]]:
        """Boxes and pixel counts straight from an instance map, without geometry.

        Args:
            instance_map: (H, W) ids, 0 is no object.
            max_instance: N, the highest id that may occur.

        Returns:
            bbox: (N, 4) float32 half-open x0 y0 x1 y1 in pixels, row k for id k + 1; zeros where not visible.
            counts: (N,) uint32 visible pixels.

        Raises:
            SimgenError: the map holds an id beyond `max_instance`.
        """
        box, count = _boxes(instance_map, max_instance)
        return box.astype(np.float32), count.astype(np.uint32)

    def table(
        self,
        buffers: Buffers,
        snapshot: Snapshot,
        camera: CameraModel,
        T_world_camera: NDArray[np.float64],
    ) -> dict[str, NDArray[np.generic]]:
        """One row per object whose own silhouette covers a pixel centre, by ascending instance id.

        Args:
            buffers: of this camera at this tick; `instance` and `transmittance` are needed, `radiance` lets
                the contrast be measured.
            snapshot: the world at this tick, of the same cast.
            camera: that made the buffers.
            T_world_camera: (4, 4) float64 pose of the camera (OpenCV axes) in the world.

        Returns:
            Columns of R rows; boxes are half-open x0 y0 x1 y1 around pixel centres at integers:

            instance: (R,) u16.
            bbox_visible_px, bbox_amodal_px: (R, 4) f32. Visible is zeros where no pixel is visible. Amodal is
                the box of the object alone, cut by the picture; equal to visible if nothing hides the object.
            visible_px, amodal_px: (R,) u32.
            visibility: (R,) f32, visible_px / amodal_px.
            truncation: (R,) f32 share of the silhouette's solid angle outside the picture, 0 if all vertices
                project into it; counts what lies behind the camera as well.
            distance_m: (R,) f32 from the camera to the centre of the 3D box.
            transmittance: (R,) f32 mean of the air over the visible pixels; for a hidden object that of the
                air over `distance_m`.
            contrast: (R,) f32. With `radiance`: the root-mean-square Weber contrast of the visible pixels'
                luminance against the pixels around them, airlight included (`kernels.weber_contrast`).
                Without, and for objects that are hidden or fill the picture: Koschmieder's C(d) / C(0), which
                is the transmittance: the contrast of a black target before the horizon.
            detectable: (R,) u8, 1 where something is visible at a contrast of at least 0.05.
            box3d_center_camera_m (R, 3) f32, box3d_size_m (R, 3) f32 length width height,
                box3d_quat_camera_xyzw (R, 4) f32 with w >= 0: the 3D box in the camera frame.
            velocity_mps: (R, 3) f32 world frame.

        Raises:
            SimgenError: the instance map holds an id that the cast does not, its size is not the camera's or is
                more than `MOST_PIXELS` a side, or the buffers have no transmittance.
        """
        instance = buffers.instance
        if instance.shape != (camera.height, camera.width):
            raise SimgenError(
                f"the instance map is {instance.shape}, but the camera has {camera.height} rows of "
                f"{camera.width} pixels; label buffers with the camera that made them"
            )
        if buffers.transmittance is None:
            raise SimgenError("the buffers hold no transmittance, which the object table needs; render with air=True")
        if max(instance.shape) > MOST_PIXELS:
            raise SimgenError(f"a picture of {instance.shape} cannot be labelled: at most {MOST_PIXELS} pixels a side")
        camera_world = _inverse(T_world_camera)
        visible_box, visible = _boxes(instance, self._count)
        amodal_box, amodal, truncation = self._amodal(buffers, snapshot, camera, camera_world, visible_box)
        centre, quat = np.empty((self._count, 3)), np.empty((self._count, 4))
        distance, centres = np.empty(self._count), np.empty((self._count, 3))
        kernels.boxes_in_camera(
            camera_world, snapshot.T_world_object, self._box_centres, self._pose, centre, quat, distance, centres
        )

        eye = T_world_camera[:3, 3].copy()
        air = snapshot.conditions.optical_depths(float(eye[2]), centres[:, 2], distance)
        transmittance = np.exp(-(optical_depths(snapshot.puffs, eye, centres) + air))
        kernels.mean_transmittance(instance, buffers.transmittance, visible_box, visible, transmittance)
        contrast = transmittance.copy()
        if buffers.radiance is not None:
            kernels.weber_contrast(instance, buffers.radiance, visible_box, visible, contrast)

        rows = np.flatnonzero(amodal > 0)
        table: dict[str, NDArray[np.generic]] = {
            name: np.empty((len(rows), *shape), dtype) for name, (shape, dtype) in _COLUMNS.items()
        }
        kernels.fill_rows(
            rows, visible_box, amodal_box, visible, amodal, truncation, distance, transmittance, contrast, centre,
            self._sizes, quat, snapshot.velocity_mps, CONTRAST_THRESHOLD, *table.values(),
        )  # fmt: skip
        return table

    def _amodal(
        self,
        buffers: Buffers,
        snapshot: Snapshot,
        camera: CameraModel,
        camera_world: NDArray[np.float64],
        visible_box: NDArray[np.int64],
    ) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
        """Amodal boxes (N, 4), pixel counts (N,) and truncations (N,) of all objects."""
        box, count = np.zeros((self._count, 4), np.int64), np.zeros(self._count, np.int64)
        whole, truncation = np.empty(self._count, np.uint8), np.empty(self._count)
        drawn = buffers.part_version
        if camera.distortion:
            drawn = drawn.min(axis=0)
            self._amodal_through(buffers, snapshot, camera, camera_world, visible_box, box, count)
            wholly_inside(
                self._labelled, camera_world, snapshot.T_world_part, drawn, camera.lens, camera.width, camera.height,
                count, whole,
            )  # fmt: skip
        else:
            silhouettes(
                self._labelled, camera_world, snapshot.T_world_part, drawn,
                np.array([camera.fx, camera.fy, camera.cx, camera.cy]), buffers.instance, visible_box,
                self._stamp(camera), box, count, whole,
            )  # fmt: skip
        truncations(
            self._labelled, camera_world, snapshot.T_world_part, drawn, camera.lens, camera.width, camera.height,
            count, whole, self._views, truncation,
        )  # fmt: skip
        return box, count, truncation

    def _amodal_through(
        self,
        buffers: Buffers,
        snapshot: Snapshot,
        camera: CameraModel,
        camera_world: NDArray[np.float64],
        visible_box: NDArray[np.int64],
        box: NDArray[np.int64],
        count: NDArray[np.int64],
    ) -> None:
        """Amodal boxes and pixel counts under a lens, face by face."""
        lens = lens_map(camera)
        shape = camera.height, camera.width
        for k, (face, tiles) in enumerate(zip(lens.faces, tiles_of(lens), strict=True)):
            world = (face.turn[:, :, None] * camera_world[None, :, :]).sum(axis=1)
            p = face.fine
            silhouettes_in_face(
                self._labelled, world, snapshot.T_world_part, buffers.part_version[k],
                np.array([p.fx, p.fy, p.cx, p.cy]), p.width, k, lens.face.reshape(shape), lens.sample.reshape(shape),
                tiles, buffers.instance, visible_box, self._stamp(p), box, count,
            )  # fmt: skip

    def _stamp(self, camera: CameraModel) -> NDArray[np.uint64]:
        """Zeros, a bit a pixel of the camera; kernels leave them as zeros."""
        words = (camera.height, -(-camera.width // 64))
        if words not in self._stamps:
            self._stamps[words] = np.zeros(words, np.uint64)
        return self._stamps[words]


def _boxes(instance_map: NDArray[np.uint16], count: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    box, pixels = np.empty((count, 4), np.int64), np.empty(count + 1, np.int64)
    kernels.visible_boxes(instance_map, box, pixels)
    if pixels[count] > 0:
        raise SimgenError(
            f"the instance map holds id {int(instance_map.max())}, but there are only {count} objects; "
            f"it was rendered from another cast"
        )
    return box, pixels[:count]


def _inverse(pose: NDArray[np.float64]) -> NDArray[np.float64]:
    """(3, 4) inverse of a rigid (4, 4) transform; sums spelled out, so that no BLAS takes part."""
    (a, b, c, x), (d, e, f, y), (g, h, i, z), _ = pose.tolist()
    return np.array(
        [
            [a, d, g, -(a * x + d * y + g * z)],
            [b, e, h, -(b * x + e * y + h * z)],
            [c, f, i, -(c * x + f * y + i * z)],
        ]
    )


def _pack(parts: Sequence[CastPart], objects: int) -> Solids:
    """The parts of things as silhouettes need them.

    Raises:
        SimgenError: a part names an instance beyond the objects.
    """
    for p in parts:
        if p.instance > objects:
            raise SimgenError(f"a part of the cast has instance {p.instance}, but there are {objects} objects")
    order = [i for i in sorted(range(len(parts)), key=lambda i: (parts[i].instance, i)) if parts[i].instance > 0]
    vertices, faces = [np.empty((0, 3), np.float32)], [np.empty((0, 3), np.uint32)]
    closed, spheres, first = [], [], []
    for i in order:
        first.append(len(vertices) - 1)
        for v, f in _outlines(parts[i].mesh):
            vertices.append(v)
            faces.append(f)
        v = parts[i].mesh.vertices_m
        centre = 0.5 * (v.min(axis=0).astype(np.float64) + v.max(axis=0))
        radius = np.sqrt(((v - centre) ** 2).sum(axis=1).max()) * (1.0 + 1e-9)
        closed.append(is_one_sided(parts[i].mesh))
        spheres.append([*centre, radius])
    instances = np.array([parts[i].instance for i in order], np.int64)
    return Solids(
        vertices=np.ascontiguousarray(np.concatenate(vertices).T),
        faces=np.concatenate(faces),
        version_vertex=np.cumsum([0] + [len(v) for v in vertices[1:]], dtype=np.int64),
        version_face=np.cumsum([0] + [len(f) for f in faces[1:]], dtype=np.int64),
        part_version=np.array(first, np.int64),
        part_closed=np.array(closed, np.bool_),
        part_sphere=np.array(spheres, np.float64).reshape(-1, 4),
        part_pose=np.array(order, np.int64),
        object_part=np.searchsorted(instances, np.arange(1, objects + 2), side="left").astype(np.int64),
    )


@lru_cache(maxsize=512)  # models are built once and shared by many scenes
def _outlines(mesh: Mesh) -> tuple[tuple[NDArray[np.float32], NDArray[np.uint32]], ...]:
    """Vertices (V, 3) and faces (T, 3) of each version of a mesh, no more of either than silhouettes need.

    Vertices that differ only in normal or surface coordinates are one, and faces without area are left out.
    """
    if mesh.original is not None:
        original, factor = mesh.original
        return tuple((times(v, factor), f) for v, f in _outlines(original))
    found = []
    for version in versions(mesh):
        places, place = joined(version.mesh.vertices_m, None)
        f = place[version.mesh.faces]
        f = f[(f[:, 0] != f[:, 1]) & (f[:, 1] != f[:, 2]) & (f[:, 2] != f[:, 0])]
        found.append((places, f.astype(np.uint32)))
    return tuple(found)
