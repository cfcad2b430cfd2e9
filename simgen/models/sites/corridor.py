"""The strip along an alignment: pavement with crown and superelevation, verges and slopes, in bands across."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from simgen.models.geometry import smooth_normals
from simgen.models.mesh import Material, Mesh
from simgen.models.site import Lane
from simgen.models.sites.alignment import Alignment, Floats

Drape = Callable[[Floats, float], Floats]
"""Height above the edge of the pavement at stations (M,) and metres outside of the edge; right and left differ."""


@dataclass(frozen=True)
class Band:
    """A strip between two lines along the road.

    Attributes:
        part: name of the site part it belongs to.
        class_name: of that part.
        material: of its triangles.
        to_m: metres left of the centre line of its left border.
    """

    part: str
    class_name: str
    material: Material
    to_m: float


@dataclass(frozen=True, eq=False)
class Corridor:
    """Bands from right to left along an alignment, with the heights of everything on them.

    Attributes:
        line: the centre line.
        half_m: half the width of the pavement.
        crown: fall of both halves outwards on a straight, m/m.
        lean: (N,) cross slope at the alignment's stations where it is superelevated, m/m; positive leans to the
            left (left side low), as a left bend asks for.
        from_m: metres left of the centre line of the rightmost border (negative).
        bands: from right to left.
        right, left: heights beyond the pavement's edges.
        rows_m: (M,) stations of the mesh.
    """

    line: Alignment
    half_m: float
    crown: float
    lean: Floats
    from_m: float
    bands: tuple[Band, ...]
    right: Drape
    left: Drape
    rows_m: Floats

    @property
    def borders_m(self) -> Floats:
        """(B + 1,) metres left of the centre line of all borders, from right to left."""
        return np.array([self.from_m] + [b.to_m for b in self.bands])

    def height_m(self, s_m: Floats, d_m: float) -> Floats:
        """(M,) height at stations, `d_m` left of the centre line."""
        s = np.asarray(s_m, dtype=np.float64)
        on = min(max(d_m, -self.half_m), self.half_m)
        lean = np.interp(s, self.line.s_m, self.lean)
        share = np.minimum(np.abs(lean) / self.crown, 1.0)
        z: Floats = self.line.height_m(s) - (1.0 - share) * self.crown * abs(on) - lean * on
        if d_m > self.half_m:
            z = z + self.left(s, d_m - self.half_m)
        elif d_m < -self.half_m:
            z = z + self.right(s, -self.half_m - d_m)
        return z

    def net(self) -> Floats:
        """(M, B + 1, 3) points of the mesh: rows along, borders from right to left."""
        columns = []
        for d in self.borders_m:
            xy = self.line.plan(self.rows_m, np.full(len(self.rows_m), d))
            columns.append(np.column_stack([xy, self.height_m(self.rows_m, float(d))]))
        return np.stack(columns, axis=1)

    def meshes(self) -> dict[tuple[str, str], Mesh]:
        """One mesh for each part, by (part name, class name).

        Faces look up, normals are smooth across bands. uv_m is (metres along, metres left of the centre line); beyond
        the pavement the second is counted along the slope, so that a pattern does not stretch on a rock face.
        """
        net = self.net()
        m, n = net.shape[:2]
        flat = net.reshape(-1, 3)
        index = np.arange(m * n).reshape(m, n)
        a, b, c, d = index[:-1, :-1], index[1:, :-1], index[1:, 1:], index[:-1, 1:]
        cells = np.stack([a, b, c, a, c, d], axis=-1).reshape(m - 1, n - 1, 2, 3)
        normals = smooth_normals(flat, cells.reshape(-1, 3))
        uv = np.stack(np.broadcast_arrays(self.rows_m[:, None], self._across_m(net)), axis=-1).reshape(-1, 2)
        out = {}
        for key in dict.fromkeys((band.part, band.class_name) for band in self.bands):
            chosen = [k for k, band in enumerate(self.bands) if (band.part, band.class_name) == key]
            materials = list(dict.fromkeys(self.bands[k].material for k in chosen))
            faces = np.concatenate([cells[:, k].reshape(-1, 3) for k in chosen])
            of = [np.full(2 * (m - 1), materials.index(self.bands[k].material), np.int16) for k in chosen]
            used, compact = np.unique(faces, return_inverse=True)
            out[key] = Mesh(
                flat[used].astype(np.float32),
                normals[used].astype(np.float32),
                uv[used].astype(np.float32),
                compact.reshape(-1, 3).astype(np.int32),
                np.concatenate(of),
                tuple(materials),
            )
        return out

    def _across_m(self, net: Floats) -> Floats:
        """(M, B + 1) metres left of the centre line, along the slope beyond the pavement."""
        d = self.borders_m
        step = np.hypot(np.diff(d)[None, :], np.diff(net[:, :, 2], axis=1))
        step = np.where(np.abs(d[1:] + d[:-1])[None, :] < 2.0 * self.half_m, np.diff(d)[None, :], step)
        run = np.concatenate([np.zeros((len(net), 1)), np.cumsum(step, axis=1)], axis=1)
        at = int(np.argmin(np.abs(d)))
        out: Floats = run - run[:, at : at + 1] + d[at]
        return out

    def rim(self) -> Floats:
        """(K, 3) outline of the strip, counter-clockwise from above, each point once."""
        net = self.net()
        return np.concatenate([net[:, 0], net[-1, 1:-1], net[::-1, -1], net[0, -2:0:-1]])

    def lane(self, from_s_m: float, to_s_m: float, d_m: float, width_m: float) -> Lane:
        """A lane at `d_m` left of the centre line, from one station to the other, which may lie behind."""
        count = int(np.ceil(abs(to_s_m - from_s_m))) + 1
        s = np.linspace(from_s_m, to_s_m, count)
        return Lane(np.column_stack([self.line.plan(s, np.full(count, d_m)), self.height_m(s, d_m)]), width_m)

    def outline(self, from_s_m: float, to_s_m: float, from_d_m: float, to_d_m: float) -> Floats:
        """(K, 2) polygon between two stations and two offsets, counter-clockwise from above."""
        s = np.linspace(from_s_m, to_s_m, max(2, int(np.ceil(abs(to_s_m - from_s_m) / 3.0)) + 1))
        low, high = self.line.plan(s, np.full(len(s), from_d_m)), self.line.plan(s, np.full(len(s), to_d_m))
        return np.concatenate([low, high[::-1]])

    def carriageway(self, from_s_m: float, to_s_m: float, half_width_m: float) -> Floats:
        """(P, 3) points at the middles of equal cells of about 1 m x 0.5 m on the carriageway."""
        ns, nd = max(1, round(to_s_m - from_s_m)), max(2, round(4.0 * half_width_m))
        s = from_s_m + (to_s_m - from_s_m) * (np.arange(ns) + 0.5) / ns
        rows = []
        for d in half_width_m * (2.0 * (np.arange(nd) + 0.5) / nd - 1.0):
            rows.append(np.column_stack([self.line.plan(s, np.full(ns, d)), self.height_m(s, float(d))]))
        return np.concatenate(rows)


def knots(points: Sequence[tuple[float, float]]) -> Drape:
    """A drape that is the same everywhere along: linear between (metres outside the edge, height)."""
    out_m = np.array([0.0] + [p[0] for p in points])
    up_m = np.array([0.0] + [p[1] for p in points])

    def drape(s_m: Floats, away_m: float) -> Floats:
        return np.full(len(s_m), float(np.interp(away_m, out_m, up_m)))

    return drape
