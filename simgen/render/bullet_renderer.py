"""`renderer: tiny` and `egl`: PyBullet's camera finds the surfaces; the light, water, air and camera stages are ours.

Labels follow the same schema. Albedo is plain (no procedural patterns), normals come from the depth map, and
pictures are not anti-aliased.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simgen.render.bullet_camera import BulletCamera
from simgen.render.damp import takes_of_parts
from simgen.render.film import relief_of_parts
from simgen.render.kernels.depth_surface import normals_and_flow_from_depth, normals_from_depth, resolve_depth
from simgen.render.kernels.snow import MEAN_TRODDEN
from simgen.render.kernels.through import meet_depths
from simgen.render.renderer import Renderer
from simgen.render.shading import Shading
from simgen.render.snow import bed_of_parts
from simgen.render.surface import Block, Met, Motion, Sighting, Tread
from simgen.render.view import View
from simgen.snapshot import Cast, Snapshot

_PLAIN = 2  # version of scenery


@dataclass(frozen=True, eq=False)
class DepthSurface:
    """What PyBullet's camera saw: a depth map with the part and albedo of every pixel."""

    view: View
    depth: NDArray[np.float32]
    normal: NDArray[np.float32]
    albedo: NDArray[np.float32]
    face: NDArray[np.int32]

    def normals_and_flow(self, motion: Motion) -> None:
        """Camera-frame normals and backward flow of every pixel."""
        v = self.view
        normals_and_flow_from_depth(
            self.face, self.depth, self.normal, v.back, v.intrinsics, motion.to_previous, motion.normal, motion.flow
        )

    def resolve(
        self,
        p: Block,
        records: NDArray[np.float32],
        tread: Tread | None = None,
        motion: Motion | None = None,
    ) -> Block:
        """Fill the records of a block of pixel centres (it knows no other points, and of lanes only the mean)."""
        if motion is not None and p.begin == 0:
            self.normals_and_flow(motion)
        v = self.view
        if tread is not None:
            tread.trodden.fill(MEAN_TRODDEN)
            tread.drawn.fill(-1.0)
        resolve_depth(
            p.x, p.y, p.begin, self.face.reshape(-1), self.depth.reshape(-1), self.normal.reshape(-1, 3),
            self.albedo.reshape(-1, 3), v.back, v.intrinsics, records,
        )  # fmt: skip
        return p

    def through(self, view: View, x: NDArray[np.float32], y: NDArray[np.float32], sample: NDArray[np.int32]) -> Met:
        """See `Surface.through`."""
        v = self.view
        face, normal = self.face.reshape(-1)[sample], self.normal.reshape(-1, 3)[sample]
        depth, turned = np.empty(len(x), np.float32), np.empty((len(x), 3), np.float32)
        meet_depths(
            x, y, sample, v.width, self.depth.reshape(-1), normal, v.back, view.intrinsics, v.intrinsics, depth, turned
        )
        surface = DepthSurface(view, depth, normal, self.albedo.reshape(-1, 3)[sample], face)
        return Met(surface, depth.copy(), turned, face)


def plain(cast: Cast) -> Cast:
    """The cast as PyBullet's cameras draw it, which know no levels of detail: plants as ours draws them at some 40 m.

    The finest would take several times as long, and dissolve farther away (see `bullet_camera`).
    """
    return cast.in_versions(np.full(len(cast.parts), _PLAIN, np.uint8))


class BulletRenderer(Renderer):
    """A renderer whose surfaces come from PyBullet's camera; see `Renderer`.

    Args:
        cast: what can be seen.
        egl: drawn by OpenGL through EGL, else by TinyRenderer; errors as of `BulletCamera`.
    """

    def __init__(self, cast: Cast, *, egl: bool = False) -> None:
        super().__init__(cast)
        g = self.geometry
        self.shading = Shading(lambda: relief_of_parts(g), lambda: bed_of_parts(g, cast), lambda: takes_of_parts(g))
        self._bullet = BulletCamera(plain(cast), egl=egl)

    def close(self) -> None:
        """Free the PyBullet client."""
        self._bullet.close()

    def see(
        self, view: View, snapshot: Snapshot, name: str, *, maps: bool = True, version: NDArray[np.uint8] | None = None
    ) -> Sighting:
        """See `Renderer.see`; every picture is kept, whatever its name."""
        seen = self._bullet.capture(snapshot.T_world_part, view.pinhole, view.T_world_camera)
        g = self.geometry
        nothing = seen.part < 0
        part = np.where(nothing, 0, seen.part)
        instance = np.where(nothing, 0, g.part_instance[part]).astype(np.uint16)
        semantic = np.where(nothing, 0, g.part_class[part]).astype(np.uint8)
        normal = np.empty((*part.shape, 3), np.float32)
        depth = np.ascontiguousarray(seen.depth_m)
        face = np.ascontiguousarray(seen.part, np.int32)
        normals_from_depth(depth, face, view.back, view.intrinsics, normal)
        albedo = np.ascontiguousarray(seen.albedo, np.float32)
        surface = DepthSurface(view, depth.copy(), normal, albedo, face)
        return Sighting(surface, depth, instance, semantic, np.zeros(len(g.part_instance), np.uint8))
