"""A thing from a user's own mesh file: placed on its feet, with a mass, a class and collision hulls."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from simgen.errors import UserError
from simgen.models.catalogue import register_model
from simgen.models.families._lofts import outer_box
from simgen.models.families._urdf import smoothed
from simgen.models.mesh import Material, Mesh, Shape
from simgen.models.mesh_store import MeshData, load
from simgen.models.model import Model, ModelPart
from simgen.models.taxonomy import classes

Floats = NDArray[np.float64]

_CREASE_RAD = math.radians(35.0)
_SMALLEST_M, _LARGEST_M = 0.01, 60.0
_MOST_PIECES = 32
_DENSITY_KG_PER_M3 = 400.0  # of what is partly hollow: furniture, appliances, wood
_COLLISIONS = ("hull", "pieces", "box")
# Rows turn a file's axes into x forward, y left, z up: an axis that is up takes the others with it in their order.
_UP = {"x": (1, 2, 0), "y": (2, 0, 1), "z": (0, 1, 2)}


@register_model("mesh")
def mesh(
    file: str,
    label: str = "debris",
    mass_kg: float = 0.0,
    scale: float = 1.0,
    up: str = "",
    turn_rad: float = 0.0,
    collision: str = "hull",
    friction: float = 0.6,
) -> Model:
    """A loose thing of a user's own: an OBJ, STL, glTF or URDF file beside the scenario.

    A URDF is one rigid body with its joints at zero. Colours are those of faces, vertices, materials and textures;
    transparency is not drawn.

    Args:
        file: path of the file, relative to the folder of the scenario and within it.
        label: semantic class of its labels, one whose things are counted ("debris", "box", "robot").
        mass_kg: its mass; without one that of a URDF, else that of its hull at 400 kg/m^3.
        scale: metres a unit of the file: 0.001 for millimetres.
        up: axis of the file that is up, "x", "y" or "z"; without one y of glTF and z of the others.
        turn_rad: turn about the vertical, so that its front looks along x.
        collision: "hull" is the convex hull of all, "pieces" one of each mesh of the file (or each collision element of
            a URDF), "box" its bounding box.
        friction: contact friction coefficient on ground of 1.

    Raises:
        UserError: a value is out of its range, the thing is smaller than 10 mm or larger than 60 m (look at `scale`),
            or the file was never read on this machine.
    """
    _check(label, mass_kg, scale, up, collision, friction)
    data = load(file)
    turn = _turn(up or ("y" if data.y_up else "z"), turn_rad) * scale
    corners = (data.corners.astype(np.float64)[:, :, None, :] * turn).sum(axis=-1)
    low, high = corners.min(axis=(0, 1)), corners.max(axis=(0, 1))
    _check_size(high - low, scale)
    origin = np.array([0.5 * (low[0] + high[0]), 0.5 * (low[1] + high[1]), low[2]])
    skin = _skin(corners - origin, data)
    size, center = outer_box([skin])
    cloud = (data.cloud.astype(np.float64)[:, None, :] * turn).sum(axis=-1) - origin
    shapes = _solids(collision, cloud, data, size, center)
    volume, middle = _bulk(cloud, size, center)
    if np.isfinite(data.center).all():
        middle = (data.center * turn).sum(axis=-1) - origin
    return Model(
        name="mesh",
        class_name=label,
        parts=(ModelPart("body", skin),),
        collision=shapes,
        mass_kg=mass_kg or data.mass_kg or _DENSITY_KG_PER_M3 * volume,
        size_m=size,
        box_center_m=center,
        center_of_mass_m=(float(middle[0]), float(middle[1]), float(middle[2])),
        friction=friction,
    )


def _check(label: str, mass_kg: float, scale: float, up: str, collision: str, friction: float) -> None:
    things = tuple(c.name for c in classes() if c.thing)
    if label not in things:
        raise UserError(f"mesh: no class of things is called {label!r}; expected one of {', '.join(things)}")
    if up not in ("", *_UP):
        raise UserError(f"mesh: up is {up!r}; expected x, y or z")
    if collision not in _COLLISIONS:
        raise UserError(f"mesh: collision is {collision!r}; expected one of {', '.join(_COLLISIONS)}")
    if not (1e-6 <= scale <= 1e6):
        raise UserError(f"mesh: scale is {scale:g}; expected 0.000001 to 1000000 metres a unit")
    if not 0.0 <= mass_kg <= 1e5:
        raise UserError(f"mesh: mass is {mass_kg:g} kg; expected up to 100000 kg")
    if not 0.0 <= friction <= 2.0:
        raise UserError(f"mesh: friction is {friction:g}; expected 0 to 2")


def _check_size(size_m: Floats, scale: float) -> None:
    longest = float(size_m.max())
    written = " x ".join(f"{v:.4g}" for v in size_m)
    if longest > _LARGEST_M:
        raise UserError(
            f"mesh: it is {written} m large; its file looks as if it were in millimetres: expected scale: "
            f"{scale * 0.001:g}"
        )
    if longest < _SMALLEST_M:
        raise UserError(f"mesh: it is {written} m large, less than 10 mm; expected a greater scale than {scale:g}")


def _turn(up: str, turn_rad: float) -> Floats:
    """(3, 3) rotation from a file's axes to the model frame."""
    c, s = math.cos(turn_rad), math.sin(turn_rad)
    axes = np.eye(3)[list(_UP[up])]
    return np.stack([c * axes[0] - s * axes[1], s * axes[0] + c * axes[1], axes[2]])


def _skin(corners_m: Floats, data: MeshData) -> Mesh:
    """The visible mesh, smooth where faces of one finish meet under `_CREASE_RAD`."""
    good, place, normals = smoothed(corners_m, _CREASE_RAD)
    uv = data.uv[good].reshape(-1, 2)
    apart = np.column_stack([place, np.round(normals * 1e4), np.round(uv * 16.0)])
    _, first, index = np.unique(apart, axis=0, return_index=True, return_inverse=True)
    materials = tuple(
        Material(
            f"own {k}",
            (float(r), float(g), float(b)),
            roughness=max(float(rough), 0.05),
            metallic=float(metal),
            pattern="plain" if texture < 0 else "texture",
            texture=None if texture < 0 else data.textures[texture],
        )
        for k, ((r, g, b, rough, metal), texture) in enumerate(zip(data.finishes, data.texture_of, strict=True))
    )
    flat = corners_m[good].reshape(-1, 3)[first].astype(np.float32)
    return Mesh(
        vertices_m=flat,
        normals=normals[first].astype(np.float32),
        uv_m=np.ascontiguousarray(uv[first] if data.textures else flat[:, :2]),
        faces=index.reshape(-1, 3).astype(np.int32),
        face_material=data.finish_of[good],
        materials=materials,
    )


def _solids(
    collision: str,
    cloud: Floats,
    data: MeshData,
    size: tuple[float, float, float],
    center: tuple[float, float, float],
) -> tuple[Shape, ...]:
    box = Shape("box", center, size_m=size)
    if collision == "box":
        return (box,)
    if collision == "hull":
        return (_hull(cloud),)
    count = int(data.piece_of.max()) + 1
    if count > _MOST_PIECES:
        raise UserError(f"mesh: the file has {count} pieces, more than {_MOST_PIECES}; expected collision: hull")
    return tuple(_hull(cloud[data.piece_of == k]) for k in range(count))


def _hull(points: Floats) -> Shape:
    """The convex hull of points; where they are flat, the box around them with the least thickness."""
    low, high = points.min(axis=0), points.max(axis=0)
    flat = np.linalg.matrix_rank(points - points[0], tol=1e-3 * float((high - low).max())) < 3
    if len(points) < 4 or flat:
        size = np.maximum(high - low, 0.005)
        middle = 0.5 * (low + high)
        return Shape("box", _triple(middle), size_m=_triple(size))
    return Shape("hull", points_m=points.astype(np.float32))


def _bulk(cloud: Floats, size: tuple[float, float, float], center: tuple[float, float, float]) -> tuple[float, Floats]:
    """Volume in m^3 of the hull around everything and its middle (3,); those of the box where it is flat."""
    if _hull(cloud).kind == "box":
        return math.prod(max(v, 0.005) for v in size), np.asarray(center)
    from scipy.spatial import ConvexHull  # only when it is built: reading scenarios stays light

    hull = ConvexHull(cloud)
    a, b, c = (cloud[hull.simplices[:, k]] - cloud.mean(axis=0) for k in range(3))
    volume = np.abs((a * np.cross(b, c)).sum(axis=1))
    out: Floats = (volume[:, None] * (a + b + c) / 4.0).sum(axis=0) / volume.sum() + cloud.mean(axis=0)
    return float(hull.volume), out


def _triple(v: Floats) -> tuple[float, float, float]:
    return float(v[0]), float(v[1]), float(v[2])
