"""A body skin into which outlines are cut: windows, lamps, seams and arches, flush with the surface.

A skin is a soup of triangles whose corners carry position, normal and surface coordinates. Cutting an outline
splits the triangles that it crosses and gives the pieces inside another material, so that a lamp lens or a
window follows the curvature of the body with its normals unbroken, and nothing lies on top of anything else.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from simgen.models.families.vehicle_cutting import areas, fan, loose_corners, mix, places, split
from simgen.models.families.vehicle_thin import Tolerance, thin
from simgen.models.mesh import Material, Mesh

Array = NDArray[np.float64]

_MIN_AREA_M2 = 2.0e-7
_COS_SHADE_PAINT, _COS_SHADE = 0.996, 0.97


@dataclass(frozen=True)
class View:
    """How an outline in two dimensions is laid on a skin.

    Attributes:
        axes: the two corner attributes that the outline is drawn in (0 to 2 position, 6 and 7 surface).
        towards: direction from the surface to the eye; triangles facing away are left alone.
        cos_min: least cosine between a triangle's normal and `towards`.
    """

    axes: tuple[int, int]
    towards: tuple[float, float, float]
    cos_min: float


SIDE = View((0, 2), (0.0, 1.0, 0.0), 0.30)
FRONT = View((1, 2), (1.0, 0.0, 0.0), 0.18)
REAR = View((1, 2), (-1.0, 0.0, 0.0), 0.18)
TOP = View((0, 1), (0.0, 0.0, 1.0), 0.50)
BELOW = View((0, 1), (0.0, 0.0, -1.0), 0.50)
WRAP = View((6, 2), (0.0, 0.0, -1.0), -0.80)  # unrolled: metres along the ring from the nose, and height


class Skin:
    """Triangles (T, 3, 8): x, y, z, normal x, y, z, and two surface coordinates, all metres, per corner."""

    def __init__(self, corners: Array, owner: NDArray[np.int64], materials: list[Material]) -> None:
        self.corners = corners
        self.owner = owner
        self.materials = materials

    @staticmethod
    def of_nets(nets: Iterable[tuple[Array, Array, Material]], crease_deg: float = 38.0) -> Skin:
        """The half body y >= 0 from nets of points, with normals smooth up to `crease_deg` across them.

        Args:
            nets: ((M, N, 3) points, (M, N, 2) surface coordinates, material); the front is where
                d/dM x d/dN points.
            crease_deg: faces that meet at more than this keep their own normals.
        """
        corners, owner = [], []
        materials: list[Material] = []
        for points, uv, material in nets:
            grid = np.concatenate([points, np.zeros_like(points), uv], axis=2)
            a, b, c, d = grid[:-1, :-1], grid[1:, :-1], grid[1:, 1:], grid[:-1, 1:]
            # split every quad along its shorter diagonal: truer curvature at the corners of the body
            short = np.linalg.norm((a - c)[..., :3], axis=-1) <= np.linalg.norm((b - d)[..., :3], axis=-1)
            pick = short[..., None, None]
            first = np.where(pick, np.stack([a, b, c], -2), np.stack([a, b, d], -2))
            second = np.where(pick, np.stack([a, c, d], -2), np.stack([b, c, d], -2))
            tri = np.concatenate([first.reshape(-1, 3, 8), second.reshape(-1, 3, 8)])
            tri = tri[areas(tri) > _MIN_AREA_M2]
            corners.append(tri)
            if material not in materials:
                materials.append(material)
            owner.append(np.full(len(tri), materials.index(material), np.int64))
        skin = Skin(np.concatenate(corners), np.concatenate(owner), materials)
        skin._shade(crease_deg)
        return skin

    def _shade(self, crease_deg: float) -> None:
        """Normals of every corner from the faces round it that turn by less than the crease angle."""
        both = np.concatenate([self.corners, _mirrored(self.corners)])  # the mirror half makes y = 0 smooth
        face = np.cross(both[:, 1, :3] - both[:, 0, :3], both[:, 2, :3] - both[:, 0, :3])
        unit = face / np.linalg.norm(face, axis=1, keepdims=True)
        place = places(both[..., :3].reshape(-1, 3))
        order = np.argsort(place, kind="stable")
        starts = np.searchsorted(place[order], np.arange(place.max() + 2))
        limit = np.cos(np.radians(crease_deg))
        for k in range(3 * len(self.corners)):
            t = k // 3
            ring = order[starts[place[k]] : starts[place[k] + 1]] // 3
            near = ring[unit[ring] @ unit[t] > limit]
            n = face[near].sum(axis=0)
            self.corners[t, k % 3, 3:6] = n / np.linalg.norm(n)

    def cut(
        self,
        view: View,
        outline: ArrayLike,
        material: Material | None,
        only: Sequence[Material] | None = None,
    ) -> None:
        """Give the part of the skin inside a convex outline another material, or remove it.

        Args:
            view: what the outline is drawn in and which way the skin must face.
            outline: (N, 2) corners of a convex polygon in the view's axes, metres, in either direction.
            material: of the inside; None removes it.
            only: leave triangles of other materials alone; None cuts all.
        """
        ring = np.asarray(outline, dtype=np.float64)
        nxt = np.roll(ring, -1, axis=0)
        if float((ring[:, 0] * nxt[:, 1] - ring[:, 1] * nxt[:, 0]).sum()) < 0.0:
            ring = ring[::-1]
        index = self._index(material) if material is not None else -1
        flat = self.corners[:, :, list(view.axes)]
        low, high = ring.min(axis=0), ring.max(axis=0)
        maybe = np.all(flat.max(axis=1) > low, axis=1) & np.all(flat.min(axis=1) < high, axis=1)
        face = np.cross(
            self.corners[:, 1, :3] - self.corners[:, 0, :3], self.corners[:, 2, :3] - self.corners[:, 0, :3]
        )
        maybe &= face @ np.array(view.towards) > view.cos_min * np.linalg.norm(face, axis=1)
        if only is not None:
            maybe &= np.isin(self.owner, [self.materials.index(m) for m in only if m in self.materials])
        keep = np.ones(len(self.corners), bool)
        pieces: list[Array] = []
        owners: list[int] = []
        for t in np.flatnonzero(maybe):
            inside, outside = split(self.corners[t], ring, view.axes)
            if inside is None:
                continue
            keep[t] = False
            for polygon, owner in [(inside, index), *((p, int(self.owner[t])) for p in outside)]:
                if owner >= 0:
                    triangles = fan(polygon)
                    pieces += triangles
                    owners += [owner] * len(triangles)
        self.corners = np.concatenate([self.corners[keep], np.array(pieces).reshape(-1, 3, 8)])
        self.owner = np.concatenate([self.owner[keep], np.array(owners, np.int64)])

    def _index(self, material: Material) -> int:
        if material not in self.materials:
            self.materials.append(material)
        return self.materials.index(material)

    def stitch(self) -> None:
        """Close the T-junctions that cutting left: split every edge at the corners that lie on it."""
        for _ in range(24):
            place = places(self.corners[..., :3].reshape(-1, 3)).reshape(-1, 3)
            splits = loose_corners(self.corners[..., :3], place)
            if not splits:
                return
            extra, owners = [], []
            for t, (k, share, point) in splits.items():
                tri = self.corners[t]
                mid = mix(tri[k], tri[(k + 1) % 3], share)
                mid[:3] = point  # exactly the corner that lies there
                second = tri.copy()
                second[k] = mid
                tri[(k + 1) % 3] = mid
                extra.append(second)
                owners.append(int(self.owner[t]))
            self.corners = np.concatenate([self.corners, np.array(extra)])
            self.owner = np.concatenate([self.owner, np.array(owners, np.int64)])
            ok = areas(self.corners) > 1e-9
            self.corners, self.owner = self.corners[ok], self.owner[ok]

    def finish(self) -> None:
        """Stitch, then thin out what neither shape, shading nor outlines need."""
        self.stitch()
        tolerance = Tolerance(tuple(_COS_SHADE_PAINT if m.slot else _COS_SHADE for m in self.materials))
        self.corners, self.owner = thin(self.corners, self.owner, tolerance)

    def open_edges(self) -> Array:
        """(E, 2, 3) edges of one triangle only, in its direction of travel, without those in the middle plane."""
        place = places(self.corners[..., :3].reshape(-1, 3)).reshape(-1, 3)
        start, end = place.reshape(-1), np.roll(place, -1, axis=1).reshape(-1)
        key = np.minimum(start, end) * (int(place.max()) + 1) + np.maximum(start, end)
        _, inverse, counts = np.unique(key, return_inverse=True, return_counts=True)
        a = self.corners[..., :3].reshape(-1, 3)
        b = np.roll(self.corners[..., :3], -1, axis=1).reshape(-1, 3)
        single = (counts[inverse.reshape(-1)] == 1) & (np.maximum(a[:, 1], b[:, 1]) > 1e-6)
        return np.stack([a[single], b[single]], axis=1)

    def lookup(self, view: View, points: ArrayLike) -> tuple[Array, Array]:
        """Where lines of sight through `points` first meet the skin, and the normals there.

        Args:
            view: SIDE, FRONT, REAR, TOP or BELOW.
            points: (N, 2) in the view's axes, metres.

        Returns:
            positions (N, 3) and unit normals (N, 3).

        Raises:
            ValueError: a line misses the skin: the outline lies beside the body.
        """
        wanted = np.asarray(points, dtype=np.float64)
        flat = self.corners[:, :, list(view.axes)]
        e1, e2 = flat[:, 1] - flat[:, 0], flat[:, 2] - flat[:, 0]
        det = e1[:, 0] * e2[:, 1] - e1[:, 1] * e2[:, 0]
        ok = np.abs(det) > 1e-12
        tri, flat, e1, e2, det = self.corners[ok], flat[ok], e1[ok], e2[ok], det[ok]
        out = np.empty((len(wanted), 6))
        for i, point in enumerate(wanted):
            rel = point - flat[:, 0]
            u = (rel[:, 0] * e2[:, 1] - rel[:, 1] * e2[:, 0]) / det
            v = (e1[:, 0] * rel[:, 1] - e1[:, 1] * rel[:, 0]) / det
            hit = np.flatnonzero((u > -1e-6) & (v > -1e-6) & (u + v < 1.0 + 1e-6))
            if not len(hit):
                raise ValueError(f"no skin behind {point.tolist()} in axes {view.axes}; move the outline")
            at = tri[hit, 0] + u[hit, None] * (tri[hit, 1] - tri[hit, 0]) + v[hit, None] * (tri[hit, 2] - tri[hit, 0])
            out[i] = at[np.argmax(at[:, :3] @ np.array(view.towards)), :6]
        return out[:, :3], out[:, 3:] / np.linalg.norm(out[:, 3:], axis=1, keepdims=True)

    def mesh(self) -> Mesh:
        """Both halves as one indexed mesh: corners that agree in everything are shared."""
        corners = np.concatenate([self.corners, _mirrored(self.corners)])
        owner = np.concatenate([self.owner, self.owner])
        corners[..., 3:6] /= np.linalg.norm(corners[..., 3:6], axis=2, keepdims=True)
        _, first, inverse = np.unique(
            np.round(corners.reshape(-1, 8), 5), axis=0, return_index=True, return_inverse=True
        )
        flat = corners.reshape(-1, 8)[first]
        faces = inverse.reshape(-1, 3)
        distinct = (faces[:, 0] != faces[:, 1]) & (faces[:, 1] != faces[:, 2]) & (faces[:, 2] != faces[:, 0])
        return Mesh(
            flat[:, :3].astype(np.float32),
            flat[:, 3:6].astype(np.float32),
            flat[:, 6:8].astype(np.float32),
            faces[distinct].astype(np.int32),
            owner[distinct].astype(np.int16),
            tuple(self.materials),
        )


def _mirrored(corners: Array) -> Array:
    out = corners[:, ::-1].copy()
    out[..., [1, 4]] *= -1.0
    return out
