"""Rocks that have come down from a face: angular, of a size and mass that stop a car."""

from __future__ import annotations

import math

import numpy as np

from simgen.errors import UserError
from simgen.models import geometry as g
from simgen.models.catalogue import register_model
from simgen.models.families._lofts import outer_box
from simgen.models.mesh import Material, Mesh, Shape
from simgen.models.model import Model, ModelPart
from simgen.rng import Stream

GNEISS = Material("gneiss", (0.30, 0.285, 0.265), (0.18, 0.17, 0.16), roughness=0.95, pattern="soil", contrast=0.8)
_DENSITY = 2700.0
"""kg/m3 of granite and gneiss."""


@register_model("rock")
def rock(size_m: float = 0.5, seed: float = 0) -> Model:
    """An angular block: the convex hull of points in a random ellipsoid, with flat fracture faces.

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
    from scipy.spatial import ConvexHull  # only when a rock is built: reading scenarios stays light

    stream = Stream(int(seed), 0, "rock")
    u = stream.array("points", 3 * 26).reshape(26, 3)
    z = 2.0 * u[:, 0] - 1.0
    ring = np.sqrt(1.0 - z * z)
    points = np.column_stack([ring * np.cos(math.tau * u[:, 1]), ring * np.sin(math.tau * u[:, 1]), z])
    axes = np.array([1.0, 0.62 + 0.3 * stream.uniform("wide"), 0.5 + 0.25 * stream.uniform("high")])
    points *= axes * (0.78 + 0.22 * u[:, 2:])
    points *= size_m / float((points.max(axis=0) - points.min(axis=0)).max())
    points -= 0.5 * (points.max(axis=0) + points.min(axis=0))
    points[:, 2] -= points[:, 2].min()
    hull = ConvexHull(points)
    triangles = points[hull.simplices]
    normal = np.cross(triangles[:, 1] - triangles[:, 0], triangles[:, 2] - triangles[:, 0])
    inwards = (normal * hull.equations[:, :3]).sum(axis=1) < 0.0
    triangles[inwards] = triangles[inwards][:, ::-1]
    mesh: Mesh = g.polygons(triangles, GNEISS)
    size, center = outer_box([mesh])
    # Centroid of the hull from the signed tetrahedra over its faces.
    signed = (triangles[:, 0] * np.cross(triangles[:, 1], triangles[:, 2])).sum(axis=1)
    middle = (signed[:, None] * triangles.sum(axis=1)).sum(axis=0) / (4.0 * signed.sum())
    return Model(
        name="rock",
        class_name="debris",
        parts=(ModelPart("body", mesh),),
        collision=(Shape("hull", points_m=points[hull.vertices].astype(np.float32)),),
        mass_kg=_DENSITY * float(hull.volume),
        size_m=size,
        box_center_m=center,
        center_of_mass_m=(float(middle[0]), float(middle[1]), float(middle[2])),
        displaced_volume_fraction=1.0,
        friction=0.75,
    )
