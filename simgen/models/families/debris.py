"""Debris on the road: a lost tyre and a fallen branch."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np

from simgen.errors import UserError
from simgen.models import geometry as g
from simgen.models.catalogue import register_model
from simgen.models.families._lofts import Floats, another_cut, between, curve, on_ground, outer_box, tube
from simgen.models.mesh import Material, Mesh, Shape
from simgen.models.model import Model, ModelPart, Yielding
from simgen.models.palette import BARK, LEAVES, RUBBER
from simgen.rng import Stream

TYRE_LINER = Material("tyre inside", (0.030, 0.029, 0.028), roughness=0.8)
SPLINTER = Material("broken wood", (0.42, 0.31, 0.19), roughness=0.9)

_TYRE_DENSITY = 1150.0
_GREEN_WOOD_DENSITY = 700.0


@register_model("tyre")
def tyre(radius_m: float = 0.316, width_m: float = 0.205) -> Model:
    """A worn car tyre without its rim, lying on its side (205/55 R16 by default).

    Args:
        radius_m: outer radius, 0.2 to 0.7.
        width_m: section width, 0.1 to 0.45 and less than the radius.

    Raises:
        UserError: a measure is outside its range.
    """
    if not 0.2 <= radius_m <= 0.7 or not 0.1 <= width_m <= min(0.45, radius_m):
        raise UserError(
            "tyre: radius_m must be 0.2 to 0.7 and width_m 0.1 to min(0.45, radius_m), "
            f"not {radius_m:g} and {width_m:g}"
        )
    r, hw = radius_m, 0.5 * width_m
    rim = r - 0.55 * width_m
    wall = g.lathe(_tyre_wall(r, rim, hw), RUBBER, 40, caps=False)
    liner = g.lathe(
        [
            (rim, hw * 0.72),
            (rim + 0.02, hw * 0.76),
            (r - 0.045, hw * 0.84),
            (r - 0.022, hw * 0.5),
            (r - 0.02, 0.0),
            (r - 0.022, -hw * 0.5),
            (r - 0.045, -hw * 0.84),
            (rim + 0.02, -hw * 0.76),
            (rim, -hw * 0.72),
        ],
        TYRE_LINER,
        40,
        caps=False,
    )
    mesh = g.transformed(g.merge([wall, liner, *_tread(r, hw)]), translation_m=(0.0, 0.0, hw))
    size, center = outer_box([mesh])
    mass = 9.0 * (r / 0.316) ** 2 * (hw / 0.1025)
    return Model(
        name="tyre",
        class_name="debris",
        parts=(ModelPart("body", mesh),),
        collision=(Shape("cylinder", (0.0, 0.0, hw), size_m=(r, r, 2.0 * hw)),),
        mass_kg=mass,
        size_m=size,
        box_center_m=center,
        center_of_mass_m=(0.0, 0.0, hw),
        displaced_volume_fraction=mass / _TYRE_DENSITY / (math.pi * r * r * 2.0 * hw),
        friction=0.9,
        yielding=Yielding(strength_n=15e3, restitution=0.3),
    )


def _tyre_wall(r: float, rim: float, hw: float) -> Floats:
    """Outer outline from the lower bead over the tread to the upper bead: radius and height."""
    upper = [
        (r - 0.006, 0.0),
        (r - 0.006, hw * 0.60),
        (r - 0.010, hw * 0.76),
        (r - 0.022, hw * 0.88),
        (r - 0.040, hw * 0.955),
        (0.55 * r + 0.45 * rim, hw),
        (0.25 * r + 0.75 * rim, hw * 0.96),
        (rim + 0.016, hw * 0.90),
        (rim + 0.012, hw * 0.84),
        (rim, hw * 0.80),
        (rim, hw * 0.72),
    ]
    return np.array([(a, -z) for a, z in upper[:0:-1]] + upper)


def _tread(r: float, hw: float) -> list[Mesh]:
    """Three ribs with hard edges, and shoulder blocks with gaps between them."""
    ribs = []
    for z0, z1 in ((-0.42, -0.16), (-0.10, 0.10), (0.16, 0.42)):
        ring = (
            [(r - 0.008, z0 * hw), (r, z0 * hw)],
            [(r, z0 * hw), (r, z1 * hw)],
            [(r, z1 * hw), (r - 0.008, z1 * hw)],
        )
        ribs += [g.lathe(part, RUBBER, 40, caps=False) for part in ring]
    count = 36
    span = 2.0 * math.pi * r / count * 0.62
    outline = [
        (r - 0.024, 0.86),
        (r - 0.012, 0.86),
        (r - 0.0015, 0.72),
        (r - 0.0015, 0.50),
        (r - 0.010, 0.50),
    ]
    block = g.extrude([(a, -z * hw) for a, z in outline], -0.5 * span, 0.5 * span, RUBBER)
    pair = g.merge([block, g.transformed(block, scale=(1.0, 1.0, -1.0), rotation=g.rotation_z(math.pi / count))])
    return ribs + [g.transformed(pair, rotation=g.rotation_z(a)) for a in np.arange(count) * (2.0 * math.pi / count)]


# --- branch -----------------------------------------------------------------------------------------------


@register_model("branch")
def branch(length_m: float = 2.6, seed: int = 0) -> Model:
    """A fallen branch lying along x: a crooked limb, forking twigs and the last leaves.

    Args:
        length_m: from the broken end to the tip of the limb, 1 to 5.
        seed: whole number; another seed is another branch.

    Raises:
        UserError: the length is outside its range.
    """
    if not 1.0 <= length_m <= 5.0:
        raise UserError(f"branch: length_m must be 1 to 5, not {length_m:g}")
    stream = Stream(seed, 0, "models.branch")
    limb = _limb(length_m, stream.child("limb"))
    pieces = [tube(limb, BARK, side=(0.0, 0.0, 1.0), segments=10, ends=("open", "round"), dome_rows=2)]
    pieces.append(_broken_end(limb))
    for k in range(8):
        pieces += _twig(limb, k, length_m, stream.child(f"twig{k}"))
    mesh = on_ground(g.merge(pieces))
    middle = outer_box([mesh])[1]
    shift = (-middle[0], -middle[1], 0.0)
    mesh = g.transformed(mesh, translation_m=shift)
    limb = limb + np.array([*shift, 0.0, 0.0])
    size, center = outer_box([mesh])
    shapes, volume, com = _limb_shapes(limb, 5)
    return Model(
        name="branch",
        class_name="debris",
        parts=(ModelPart("body", mesh),),
        collision=shapes,
        mass_kg=_GREEN_WOOD_DENSITY * volume,
        size_m=size,
        box_center_m=center,
        center_of_mass_m=com,
        friction=0.7,
        yielding=Yielding(strength_n=8e3),
    )


def _limb(length: float, stream: Stream) -> Floats:
    """The limb from its broken end to its tip: (28, 5) rows of position and radius, resting on z = 0."""
    count = 7
    u = stream.array("bend", 2 * count)
    t = np.linspace(0.0, 1.0, count)
    radius = 0.021 * length * (1.0 - 0.86 * t**0.8)
    y = np.cumsum((u[:count] - 0.5) * 0.16 * length)
    z = radius * 1.05 + 0.035 * length * u[count:] * np.sin(math.pi * t) ** 2
    return curve(np.column_stack([t * length, y - y[0], z, radius, radius]), 28)


def _broken_end(limb: Floats) -> Mesh:
    """A jagged splintered face that closes the thick end."""
    start, r = limb[0, :3], float(limb[0, 3])
    count = 10
    angle = np.linspace(0.0, 2.0 * math.pi, count + 1)[:-1]
    inward = limb[1, :3] - start
    inward /= np.linalg.norm(inward)
    side = np.cross(inward, [0.0, 0.0, 1.0])
    up = np.cross(side, inward)
    ring = start + r * (np.cos(angle)[:, None] * up + np.sin(angle)[:, None] * -side)
    inner = start + 0.45 * r * (np.cos(angle)[:, None] * up + np.sin(angle)[:, None] * -side)
    inner -= np.outer(r * (0.4 + 1.1 * (np.arange(count) % 3) / 2.0), inward)
    heart = start - 0.2 * r * inward
    faces = []
    for k in range(count):
        j = (k + 1) % count
        faces.append(g.polygon([ring[k], ring[j], inner[k]], SPLINTER))
        faces.append(g.polygon([ring[j], inner[j], inner[k]], SPLINTER))
        faces.append(g.polygon([inner[k], inner[j], heart], SPLINTER))
    return g.merge(faces)


def _twig(limb: Floats, k: int, length: float, stream: Stream) -> list[Mesh]:
    """A twig that leaves the limb sideways or up, a fork of it, and leaves at the tips."""
    u = stream.array("shape", 8)
    start = limb[int(len(limb) * (0.22 + 0.095 * k + 0.03 * u[0]))]
    reach = length * (0.30 - 0.020 * k) * (0.75 + 0.5 * u[1])
    around = (0.15 + 0.35 * u[2]) * math.pi * (1.0 if k % 2 else -1.0)
    ahead = 0.55 + 0.5 * u[3]
    direction = np.array([math.cos(ahead), math.sin(ahead) * math.sin(around), math.sin(ahead) * math.cos(around)])
    path = _grown(start[:3], direction, reach, 0.55 * float(start[3]), 0.10 * reach * (u[4] - 0.5))
    fork_dir = direction + np.array([0.2, -0.9 * np.sign(around) * (0.4 + u[5]), 0.3 * u[6]])
    fork = _grown(path[4, :3], fork_dir, 0.5 * reach, 0.7 * float(path[4, 3]), 0.08 * reach * (u[7] - 0.5))
    twigs = [tube(p, BARK, side=(0.0, 0.0, 1.0), segments=6, dome_rows=1) for p in (path, fork)]
    meshes = [another_cut(t, 2 * k + i) for i, t in enumerate(twigs)]
    if k >= 3:
        meshes += [_leaves(p, stream.child(name)) for p, name in ((path, "a"), (fork, "b"))]
    return meshes


def _grown(start: Floats, direction: Floats, reach: float, radius: float, sag: float) -> Floats:
    """A bent twig of (9, 5) rows that does not dip below the ground."""
    d = direction / np.linalg.norm(direction)
    bend = np.cross(d, [0.0, 0.0, 1.0])
    t = np.array([0.0, 0.35, 0.7, 1.0])
    points = start + np.outer(t * reach, d) + np.outer(sag * np.sin(math.pi * 1.3 * t), bend)
    r = radius * (1.0 - 0.75 * t)
    points[:, 2] = np.maximum(points[:, 2], r + 0.004)
    return curve(np.column_stack([points, r, r]), 9)


def _leaves(path: Floats, stream: Stream) -> Mesh:
    """Leaves along the outer half of a twig: each a flat closed tetrahedron, so that both sides show."""
    count = 16
    u = stream.array("leaf", 5 * count).reshape(5, count)
    faces = []
    for k in range(count):
        at = path[int(4 + 4.99 * u[0, k]), :3]
        yaw, pitch = 2.0 * math.pi * u[1, k], 0.9 * (u[2, k] - 0.35)
        size = 0.085 + 0.055 * u[3, k]
        along = np.array([math.cos(yaw) * math.cos(pitch), math.sin(yaw) * math.cos(pitch), math.sin(pitch)])
        across = np.cross([0.0, 0.0, 1.0], along)
        across /= np.linalg.norm(across)
        up = np.cross(along, across)
        base, tip = at + 0.15 * size * along, at + 1.15 * size * along
        mid = at + 0.55 * size * along + size * (0.04 + 0.10 * u[4, k]) * up
        corners = np.array([base, mid - 0.28 * size * across, tip, mid + 0.28 * size * across])
        corners[:, 2] += max(0.0, 0.004 - float(corners[:, 2].min()))
        base, right, tip, left = corners
        for side in ((base, right, left), (tip, left, right), (base, tip, right), (tip, base, left)):
            faces.append(another_cut(g.polygon(side, LEAVES), k))
    return g.merge(faces)


def _limb_shapes(limb: Floats, count: int) -> tuple[tuple[Shape, ...], float, tuple[float, float, float]]:
    """Cylinders end to end along the limb, their volume in m3 and its centroid."""
    knots = np.linspace(0, len(limb) - 1, count + 1).round().astype(int)
    shapes, volume, moment = [], 0.0, np.zeros(3)
    for i, j in pairwise(knots):
        a, b = limb[i], limb[j]
        radius = float(limb[i : j + 1, 3].mean())
        quat, length = between(a[:3], b[:3])
        center = 0.5 * (a[:3] + b[:3])
        center[2] = max(center[2], radius)
        shapes.append(
            Shape(
                "cylinder",
                (float(center[0]), float(center[1]), float(center[2])),
                quat,
                (radius, radius, length),
            )
        )
        part = math.pi * radius**2 * length
        volume += part
        moment += part * center
    com = moment / volume
    return tuple(shapes), volume, (float(com[0]), float(com[1]), float(com[2]))
