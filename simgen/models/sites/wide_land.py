"""The land around roads of any shape: triangles between their outline and the horizon, and the height grid."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from simgen.errors import SimgenError
from simgen.models.geometry import smooth_normals
from simgen.models.mesh import Material, Mesh
from simgen.models.site import HeightGrid, SitePart

Floats = NDArray[np.float64]
Relief = Callable[[Floats, Floats], Floats]
"""Heights (P,) of the land at x, y (P,)."""
Cover = Callable[[Floats, Floats], NDArray[np.int64]]
"""Material indices (T,) of triangles by their middles' x, y (T,)."""

_SPACING_M = ((0.0, 1), (26.0, 2), (90.0, 4), (220.0, 8))
"""Distance from the outline from which points of the lattice are kept only every so many."""


def land_points(
    outline: Floats, box: tuple[float, float, float, float], cell_m: float, holes: Sequence[Floats]
) -> Floats:
    """Points of a lattice, coarser with the distance from the outline and none inside it or close to it, (P, 2).

    Args:
        outline: (K, 2) all points of the outlines.
        box: x_min, x_max, y_min, y_max of the land; its border is lined with points.
        cell_m: spacing near the outline.
        holes: closed polygons (K, 2) without land inside.
    """
    from scipy.spatial import cKDTree  # only when it is built: reading scenarios stays light

    x0, x1, y0, y1 = box
    nx, ny = 8 * round((x1 - x0) / (8.0 * cell_m)), 8 * round((y1 - y0) / (8.0 * cell_m))
    i, j = (g.ravel() for g in np.meshgrid(np.arange(nx + 1), np.arange(ny + 1), indexing="ij"))
    # The coarsest sub-lattice is measured first; only its neighbourhoods of the outline need the finer ones.
    xy = np.column_stack([x0 + (x1 - x0) * i / nx, y0 + (y1 - y0) * j / ny])
    away = cKDTree(outline).query(xy, distance_upper_bound=_SPACING_M[-1][0])[0]
    step = np.ones(len(i), np.int64)
    for distance, every in _SPACING_M:
        step[away > distance] = every
    keep = (i % step == 0) & (j % step == 0) & (away > 0.8 * cell_m)
    close = keep & (away < 60.0)
    for hole in holes:
        inside = np.zeros(len(i), np.bool_)
        inside[close] = contains(hole, xy[close])
        keep &= ~inside
    out: Floats = xy[keep]
    return out


def contains(polygon: Floats, points: Floats) -> NDArray[np.bool_]:
    """(P,) whether points (P, 2) lie inside a closed polygon (K, 2), by the parity of crossings."""
    order = np.argsort(points[:, 1], kind="stable")
    x, y = points[order].T
    a, b = polygon, np.roll(polygon, -1, axis=0)
    first = np.searchsorted(y, np.minimum(a[:, 1], b[:, 1]))
    end = np.searchsorted(y, np.maximum(a[:, 1], b[:, 1]))
    odd = np.zeros(len(points), np.bool_)
    for k in np.flatnonzero(first < end):  # only the points level with an edge can have it beside them
        level = slice(first[k], end[k])
        run = (y[level] - a[k, 1]) * (b[k, 0] - a[k, 0]) / (b[k, 1] - a[k, 1])
        odd[level] ^= x[level] < a[k, 0] + run
    out = np.empty(len(points), np.bool_)
    out[order] = odd
    return out


def land_mesh(
    rims: Sequence[Floats], points: Floats, relief: Relief, cover: Cover, materials: Sequence[Material]
) -> Mesh:
    """Triangles between outlines and scattered points: Delaunay's, so that the outlines are edges of it.

    Args:
        rims: closed outlines (K, 3) with their heights; what lies inside them is left out.
        points: (P, 2) further points, none nearer to an outline than half the length of its edges.
        relief: heights of the further points.
        cover: which material where.
        materials: of the triangles.

    Returns:
        A mesh whose faces look up, with smooth normals and uv_m = (x, y).

    Raises:
        SimgenError: an edge of an outline is not an edge of the triangulation, so the ground would have a crack.
    """
    from scipy.spatial import Delaunay  # only when it is built: reading scenarios stays light

    rim = np.concatenate(list(rims))
    xyz = np.concatenate([rim, np.column_stack([points, relief(points[:, 0], points[:, 1])])])
    origin = xyz[:, :2].mean(axis=0)
    face = Delaunay(xyz[:, :2] - origin).simplices.astype(np.int64)
    p = xyz[face]
    e1, e2 = p[:, 1, :2] - p[:, 0, :2], p[:, 2, :2] - p[:, 0, :2]
    twice = e1[:, 0] * e2[:, 1] - e1[:, 1] * e2[:, 0]
    face[twice < 0.0] = face[twice < 0.0][:, ::-1]
    keep = np.abs(twice) > 1e-6
    only_rim = keep & (face < len(rim)).all(axis=1)
    middle = xyz[face[only_rim], :2].mean(axis=1)
    inside = np.zeros(len(middle), np.bool_)
    for outline in rims:
        inside |= contains(outline[:, :2], middle)
    keep[np.flatnonzero(only_rim)[inside]] = False
    face = face[keep]
    _check_edges(face, rims, len(xyz))
    centroid = xyz[face, :2].mean(axis=1)
    return Mesh(
        xyz.astype(np.float32),
        smooth_normals(xyz, face).astype(np.float32),
        xyz[:, :2].astype(np.float32),
        face.astype(np.int32),
        cover(centroid[:, 0], centroid[:, 1]).astype(np.int16),
        tuple(materials),
    )


def _check_edges(face: NDArray[np.int64], rims: Sequence[Floats], count: int) -> None:
    edges = np.sort(np.concatenate([face[:, [0, 1]], face[:, [1, 2]], face[:, [2, 0]]]), axis=1)
    known = np.unique(edges[:, 0] * count + edges[:, 1])
    start = 0
    for outline in rims:
        k = start + np.arange(len(outline))
        ends = np.sort(np.column_stack([k, np.append(k[1:], k[0])]), axis=1)
        lost = ~np.isin(ends[:, 0] * count + ends[:, 1], known)
        if lost.any():
            at = outline[int(np.flatnonzero(lost)[0])]
            raise SimgenError(
                f"the land does not join the outline at x = {at[0]:.2f} m, y = {at[1]:.2f} m: an edge of it is no edge "
                "of the triangulation; keep the points of the land further away from it"
            )
        start += len(outline)


def grid_of(parts: Sequence[SitePart], box: tuple[float, float, float, float], cell_m: float) -> HeightGrid:
    """The heights of the uppermost ground triangles at the samples of a grid; exact at every sample.

    Args:
        parts: of the site; those that collide as meshes are the ground.
        box: x_min, x_max, y_min, y_max to cover, all of it over the ground.
        cell_m: spacing.

    Raises:
        SimgenError: a sample has no ground.
    """
    x0, x1, y0, y1 = box
    nx, ny = int(np.ceil((x1 - x0) / cell_m)) + 1, int(np.ceil((y1 - y0) / cell_m)) + 1
    z = np.full(nx * ny, -np.inf)
    for part in parts:
        if part.collision != "mesh":
            continue
        tri = part.mesh.vertices_m.astype(np.float64)[part.mesh.faces]
        u, v = (tri[:, :, 0] - x0) / cell_m, (tri[:, :, 1] - y0) / cell_m
        i0 = np.clip(np.ceil(u.min(1) - 1e-6), 0, nx).astype(np.int64)
        i1 = np.clip(np.floor(u.max(1) + 1e-6), -1, nx - 1).astype(np.int64)
        j0 = np.clip(np.ceil(v.min(1) - 1e-6), 0, ny).astype(np.int64)
        j1 = np.clip(np.floor(v.max(1) + 1e-6), -1, ny - 1).astype(np.int64)
        wide, high = np.maximum(i1 - i0 + 1, 0), np.maximum(j1 - j0 + 1, 0)
        count = wide * high
        t = np.repeat(np.arange(len(tri)), count)
        nth = np.arange(len(t)) - np.repeat(np.cumsum(count) - count, count)
        i, j = i0[t] + nth // np.maximum(high[t], 1), j0[t] + nth % np.maximum(high[t], 1)
        au, av = u[t, 1] - u[t, 0], v[t, 1] - v[t, 0]
        bu, bv = u[t, 2] - u[t, 0], v[t, 2] - v[t, 0]
        det = au * bv - av * bu
        flat = np.abs(det) < 1e-9
        det = np.where(flat, 1.0, det)
        ru, rv = i - u[t, 0], j - v[t, 0]
        a, b = (ru * bv - rv * bu) / det, (au * rv - av * ru) / det
        on = ~flat & (a >= -1e-6) & (b >= -1e-6) & (a + b <= 1.0 + 1e-6)
        up = tri[t, 0, 2] + a * (tri[t, 1, 2] - tri[t, 0, 2]) + b * (tri[t, 2, 2] - tri[t, 0, 2])
        np.maximum.at(z, (i * ny + j)[on], up[on])
    if not np.isfinite(z).all():
        k = int(np.argmin(np.isfinite(z)))
        raise SimgenError(f"no ground under x = {x0 + cell_m * (k // ny):.1f} m, y = {y0 + cell_m * (k % ny):.1f} m")
    return HeightGrid(x0, y0, cell_m, cell_m, z.reshape(nx, ny))
