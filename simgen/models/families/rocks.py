"""Rocks that have come down from a face: angular, of a size and mass that stop a car."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from simgen.errors import UserError
from simgen.models import geometry as g
from simgen.models.catalogue import register_model
from simgen.models.families._lofts import outer_box
from simgen.models.icosphere import icosphere
from simgen.models.mesh import Material, Mesh, Shape
from simgen.models.model import Model, ModelPart
from simgen.rng import Stream

GNEISS = Material("gneiss", (0.30, 0.285, 0.265), (0.18, 0.17, 0.16), roughness=0.95, pattern="soil", contrast=0.8)
_DENSITY = 2700.0
"""kg/m3 of granite and gneiss."""
_FACES = 15
_SHARPNESS = 24.0  # of the edges; the larger, the less worn

Floats = NDArray[np.float64]


@register_model("rock")
def rock(size_m: float = 0.5, seed: float = 0) -> Model:
    """An angular block in a random ellipsoid: flat fracture faces, worn edges, a rough surface.

    Args:
        size_m: longest extent, 0.1 to 2.5.
        seed: of its shape, a whole number from 0.

    Raises:
        UserError: the size or the seed is outside its range.
    """
    if not 0.1 <= size_m <= 2.5:
        raise UserError(f"rock: size_m must be 0.1 to 2.5, not {size_m:g}")
    if seed < 0 or seed != int(seed):
        raise UserError(f"rock: seed must be a whole number from 0, not {seed:g}")
    stream = Stream(int(seed), 0, "rock")
    unit, faces = icosphere(3)
    points = unit * _radii(unit, stream)[:, None]
    points *= size_m / float((points.max(axis=0) - points.min(axis=0)).max())
    points -= 0.5 * (points.max(axis=0) + points.min(axis=0))
    points[:, 2] -= points[:, 2].min()
    mesh = Mesh(
        points.astype(np.float32),
        g.smooth_normals(points, faces).astype(np.float32),
        np.stack([points[:, 0] + 0.6 * points[:, 1], points[:, 2] + 0.8 * points[:, 1]], axis=-1).astype(np.float32),
        faces.astype(np.int32),
        np.zeros(len(faces), np.int16),
        (GNEISS,),
    )
    size, center = outer_box([mesh])
    # The points that stand out furthest in 162 directions: what lies beyond their hull is some hundredth of the size.
    outer = points[np.unique((points @ icosphere(2)[0].T).argmax(axis=0))]
    triangles = points[faces]
    # Volume and centroid from the signed tetrahedra over the faces.
    signed = (triangles[:, 0] * np.cross(triangles[:, 1], triangles[:, 2])).sum(axis=1)
    middle = (signed[:, None] * triangles.sum(axis=1)).sum(axis=0) / (4.0 * signed.sum())
    return Model(
        name="rock",
        class_name="debris",
        parts=(ModelPart("body", mesh),),
        collision=(Shape("hull", points_m=outer.astype(np.float32)),),
        mass_kg=_DENSITY * float(signed.sum()) / 6.0,
        size_m=size,
        box_center_m=center,
        center_of_mass_m=(float(middle[0]), float(middle[1]), float(middle[2])),
        displaced_volume_fraction=1.0,
        friction=0.75,
    )


def _radii(unit: Floats, stream: Stream) -> Floats:
    """Distances from the middle (N,) of a block's surface in directions (N, 3).

    Flat fracture faces at drawn distances meet in edges that the way down has rounded, a p-norm of what they cut off;
    on them lie hollows of ever smaller size.
    """
    u = stream.array("faces", 4 * _FACES).reshape(4, _FACES)
    z = 1.0 - 2.0 * (np.arange(_FACES) + 0.2 + 0.6 * u[0]) / _FACES
    azimuth = np.arange(_FACES) * math.pi * (3.0 - math.sqrt(5.0)) + 1.3 * u[1]
    ring = np.sqrt(1.0 - z * z)
    normal = np.stack([ring * np.cos(azimuth), ring * np.sin(azimuth), z], axis=-1)
    away = 0.74 + 0.4 * u[2]
    axes = np.array([1.0, 0.62 + 0.3 * stream.uniform("wide"), 0.5 + 0.25 * stream.uniform("high")])
    # A face of the stretched block: its normal is stretched inversely.
    cut = np.maximum(unit @ (normal / axes).T / away, 0.0)
    radii: Floats = (cut**_SHARPNESS).sum(axis=1) ** (-1.0 / _SHARPNESS)
    for octave in range(4):
        w = stream.array(f"waves{octave}", 4 * 5).reshape(4, 5)
        waves = (2.0 * w[:3] - 1.0) * 3.2 * 1.9**octave
        ridged = np.abs(np.sin(unit @ waves + math.tau * w[3])).mean(axis=1)
        radii *= 1.0 - 0.10 * 0.62**octave * (1.0 - ridged)
    return radii
