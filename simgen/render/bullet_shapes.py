"""Meshes of a cast as PyBullet's visual shapes take them: by colour, in pieces, with backs, as lists or STL."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simgen.models import Mesh
from simgen.models.finish import Finish, shown
from simgen.snapshot import CastPart

CHUNK = 40_000
"""Triangles a visual shape: at most 120,000 vertices and indices."""


class Lent:
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


def faces_by_color(part: CastPart, finishes: Mapping[str, Finish]) -> list[tuple[tuple[float, ...], NDArray[np.int32]]]:
    """Faces of a part by the colour they show: material albedo, or the tint of its slot, in the scene's finishes."""
    tint = dict(part.tint)
    groups: dict[tuple[float, ...], list[int]] = {}
    for index, material in enumerate(part.mesh.materials):
        color = shown(material, tint, finishes).albedo
        groups.setdefault(tuple(float(c) for c in color), []).append(index)
    out: list[tuple[tuple[float, ...], NDArray[np.int32]]] = []
    for shade, materials in groups.items():
        faces = part.mesh.faces[np.isin(part.mesh.face_material, materials)]
        if len(faces) > 0:
            out.append((shade, faces))
    return out


def chunks_of(
    mesh: Mesh, faces: NDArray[np.int32], one_sided: bool
) -> Iterator[tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.int64]]]:
    """Vertices, normals and faces of pieces that PyBullet accepts; backs as well unless one-sided."""
    sides = (1.0,) if one_sided else (1.0, -1.0)
    for start in range(0, len(faces), CHUNK):
        for sign in sides:
            used, local = np.unique(faces[start : start + CHUNK], return_inverse=True)
            local = local.reshape(-1, 3)
            normals = mesh.normals[used] * np.float32(sign)
            yield mesh.vertices_m[used], normals, local if sign > 0 else local[:, ::-1]


def stl_bytes(corners_m: NDArray[np.float32]) -> bytes:
    """A binary STL file of triangles (N, 3, 3)."""
    rows = np.zeros(len(corners_m), [("normal", "<f4", 3), ("corners", "<f4", (3, 3)), ("unused", "<u2")])
    rows["corners"] = corners_m
    return bytes(80) + np.uint32(len(rows)).tobytes() + rows.tobytes()


def srgb_code(linear: float) -> float:
    """IEC 61966-2-1 code value, 0 to 1, of a linear reflectance."""
    c = min(max(linear, 0.0), 1.0)
    return 12.92 * c if c <= 0.0031308 else 1.055 * c ** (1.0 / 2.4) - 0.055
