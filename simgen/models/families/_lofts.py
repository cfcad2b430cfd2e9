"""Organic surfaces: smooth curves, tubes of varying section along them, and where a thing's box lies."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from simgen.models import geometry as g
from simgen.models.mesh import Material, Mesh

Floats = NDArray[np.float64]


def curve(controls: ArrayLike, count: int) -> Floats:
    """A smooth curve through control rows (Catmull-Rom with chord-length parameters).

    Args:
        controls: (K, D) rows; the first three columns are a position in metres, the rest ride along (radii).
        count: rows of the result.

    Returns:
        (count, D) float64, evenly spaced in the parameter; the ends are the first and last control.
    """
    c = np.asarray(controls, dtype=np.float64)
    t = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(c[:, :3], axis=0), axis=1))])
    slope = np.gradient(c, t, axis=0)
    q = np.linspace(0.0, t[-1], count)
    k = np.clip(np.searchsorted(t, q, side="right") - 1, 0, len(t) - 2)
    h = (t[k + 1] - t[k])[:, None]
    s = (q[:, None] - t[k][:, None]) / h
    out: Floats = (
        (2 * s**3 - 3 * s**2 + 1) * c[k]
        + (s**3 - 2 * s**2 + s) * h * slope[k]
        + (3 * s**2 - 2 * s**3) * c[k + 1]
        + (s**3 - s**2) * h * slope[k + 1]
    )
    return out


def tube(
    path: ArrayLike,
    material: Material,
    *,
    side: Sequence[float],
    segments: int = 10,
    ends: tuple[str, str] = ("round", "round"),
    power: float = 2.0,
    dome_rows: int = 3,
) -> Mesh:
    """A closed tube of elliptical section along a path.

    Args:
        path: (N, 5) rows of x, y, z, radius along `side`, radius across it, metres.
        material: of everything.
        side: direction of the first radius; it is made perpendicular to the path.
        segments: round the section.
        ends: "round" (a dome), "flat" (a disc with a hard edge) or "open", at the start and at the end.
        power: exponent of the superellipse: 2 is an ellipse, more is squarer.
        dome_rows: rings of a dome.
    """
    p = np.asarray(path, dtype=np.float64)
    tangent = np.gradient(p[:, :3], axis=0)
    tangent /= np.linalg.norm(tangent, axis=1, keepdims=True)
    rows, tangents = _with_domes(p, tangent, ends, dome_rows)
    u = np.asarray(side, dtype=np.float64) - tangents * (tangents @ np.asarray(side, np.float64))[:, None]
    u /= np.linalg.norm(u, axis=1, keepdims=True)
    v = np.cross(tangents, u)
    angle = np.linspace(0.0, 2.0 * math.pi, segments + 1)
    cos, sin = np.cos(angle), np.sin(angle)
    squash = (np.abs(cos) ** power + np.abs(sin) ** power) ** (-1.0 / power)
    net = (
        rows[None, :, :3]
        + (cos * squash)[:, None, None] * (u * rows[:, 3:4])[None]
        + (sin * squash)[:, None, None] * (v * rows[:, 4:5])[None]
    )
    net[-1] = net[0]
    pieces = [g.surface(net, material)]
    if ends[0] == "flat":
        pieces.append(g.polygon(net[:-1, 0][::-1], material))
    if ends[1] == "flat":
        pieces.append(g.polygon(net[:-1, -1], material))
    return g.merge(pieces)


def _with_domes(p: Floats, tangent: Floats, ends: tuple[str, str], count: int) -> tuple[Floats, Floats]:
    lift = np.linspace(0.0, 0.5 * math.pi, count + 1)[1:]

    def dome(row: Floats, direction: Floats) -> Floats:
        reach = 0.5 * (row[3] + row[4])
        centres = row[:3] + np.outer(np.sin(lift) * reach, direction)
        shrink = np.cos(lift)
        shrink[-1] = 0.0
        return np.concatenate([centres, np.outer(shrink, row[3:5])], axis=1)

    rows, tangents = [p], [tangent]
    if ends[0] == "round":
        rows.insert(0, dome(p[0], -tangent[0])[::-1])
        tangents.insert(0, np.repeat(tangent[:1], count, axis=0))
    if ends[1] == "round":
        rows.append(dome(p[-1], tangent[-1]))
        tangents.append(np.repeat(tangent[-1:], count, axis=0))
    return np.concatenate(rows), np.concatenate(tangents)


def ellipsoid(center_m: Sequence[float], radii_m: Sequence[float], material: Material, segments: int = 8) -> Mesh:
    """An axis-aligned ellipsoid."""
    return g.transformed(g.sphere(1.0, material, segments), translation_m=center_m, scale=radii_m)


def mirrored_y(mesh: Mesh) -> Mesh:
    """The mesh and its mirror image in the plane y = 0, as one."""
    return g.merge([mesh, g.transformed(mesh, scale=(1.0, -1.0, 1.0))])


def painted(mesh: Mesh, mask: NDArray[np.bool_], material: Material) -> Mesh:
    """The mesh with the faces of `mask` (T,) in another material."""
    index = mesh.face_material.copy()
    index[mask] = len(mesh.materials)
    return replace(mesh, face_material=index, materials=(*mesh.materials, material))


def patches(mesh: Mesh) -> tuple[Floats, Floats]:
    """Position and normal of the quad that each face of a net belongs to, (T, 3) float64 each.

    The two triangles of a quad share its diagonal, their longest edge, and so get the same values: a mask
    over them paints whole quads.
    """
    corner = mesh.vertices_m[mesh.faces].astype(np.float64)
    normal = mesh.normals[mesh.faces].astype(np.float64)
    edge = np.linalg.norm(corner - np.roll(corner, -1, axis=1), axis=2)
    row, k = np.arange(len(corner)), edge.argmax(axis=1)
    j = (k + 1) % 3
    mean = normal[row, k] + normal[row, j]
    mean /= np.maximum(np.linalg.norm(mean, axis=1, keepdims=True), 1e-12)
    return 0.5 * (corner[row, k] + corner[row, j]), mean


def another_cut(mesh: Mesh, number: int) -> Mesh:
    """The mesh with its surface coordinates moved, so that equal pieces do not show equal grain."""
    return replace(mesh, uv_m=mesh.uv_m + np.array([1.37, 0.731], np.float32) * np.float32(number))


def on_ground(mesh: Mesh) -> Mesh:
    """The mesh moved so that its lowest vertex is at z = 0."""
    return g.transformed(mesh, translation_m=(0.0, 0.0, -float(mesh.vertices_m[:, 2].min())))


def outer_box(meshes: Sequence[Mesh]) -> tuple[tuple[float, float, float], tuple[float, float, float]]:
    """Size (length, width, height) and centre of the box round meshes in the model frame, metres."""
    lo = np.min([m.bounds_m[0] for m in meshes], axis=0).astype(np.float64)
    hi = np.max([m.bounds_m[1] for m in meshes], axis=0).astype(np.float64)
    s, c = hi - lo, 0.5 * (hi + lo)
    return (float(s[0]), float(s[1]), float(s[2])), (float(c[0]), float(c[1]), float(c[2]))


def between(start_m: ArrayLike, end_m: ArrayLike) -> tuple[tuple[float, float, float, float], float]:
    """Quaternion xyzw that turns +z to the direction from start to end, and the distance in metres."""
    d = np.asarray(end_m, np.float64) - np.asarray(start_m, np.float64)
    length = float(np.linalg.norm(d))
    x, y, z = d / length
    if z < -1.0 + 1e-9:
        return (1.0, 0.0, 0.0, 0.0), length
    q = np.array([-y, x, 0.0, 1.0 + z])
    q /= np.linalg.norm(q)
    return (float(q[0]), float(q[1]), float(q[2]), float(q[3])), length
