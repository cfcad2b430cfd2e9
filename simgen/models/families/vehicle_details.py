"""Small parts that are set on a skin: mirrors, handles, number plates, wipers, wheel wells."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from simgen.models.families.vehicle_materials import GLOSS_BLACK, PLATE_BAND, PLATE_MARK, WELL
from simgen.models.families.vehicle_skin import SIDE, Skin
from simgen.models.geometry import box, extrude, merge, mesh_of_quads, polygon, surface, transformed
from simgen.models.mesh import Material, Mesh
from simgen.models.palette import GLASS, INDICATOR_LENS, PAINT, TRIM

Array = NDArray[np.float64]


def rectangle(x0: float, x1: float, z0: float, z1: float) -> Array:
    """Corners of an upright rectangle in a view's axes, metres."""
    return np.array([[x0, z0], [x1, z0], [x1, z1], [x0, z1]])


def rounded(corners: ArrayLike, radius_m: float, steps: int = 1) -> Array:
    """A convex polygon with its corners cut round; `steps` chords a corner."""
    p = np.asarray(corners, dtype=np.float64)
    out = []
    for k in range(len(p)):
        before, here, after = p[k - 1], p[k], p[(k + 1) % len(p)]
        reach = min(radius_m, 0.48 * float(np.linalg.norm(before - here)), 0.48 * float(np.linalg.norm(after - here)))
        a = here + (before - here) / np.linalg.norm(before - here) * reach
        b = here + (after - here) / np.linalg.norm(after - here) * reach
        for t in np.linspace(0.0, 1.0, steps + 1):
            out.append((1 - t) ** 2 * a + 2 * t * (1 - t) * here + t**2 * b)
    return np.array(out)


def grown(outline: ArrayLike, by_m: float) -> Array:
    """An outline with its corners moved away from its middle by `by_m`: a dark border round a lamp."""
    p = np.asarray(outline, dtype=np.float64)
    out = p - p.mean(axis=0)
    grown_m: Array = p + by_m * out / np.linalg.norm(out, axis=1, keepdims=True)
    return grown_m


def strip(start: tuple[float, float], end: tuple[float, float], width_m: float) -> Array:
    """A thin rectangle along a line in a view's axes: a panel gap or a trim line."""
    a, b = np.array(start), np.array(end)
    along = (b - a) / np.linalg.norm(b - a)
    side = 0.5 * width_m * np.array([-along[1], along[0]])
    return np.array([a - side, b - side, b + side, a + side])


def arch(x_m: float, z_m: float, radius_m: float, chords: int = 12, floor_m: float = -0.2) -> Array:
    """Outline of a wheel arch: half a circle above the axle, straight down below it."""
    ang = np.linspace(0.0, math.pi, chords + 1)
    round_part = np.stack([x_m + radius_m * np.cos(ang), z_m + radius_m * np.sin(ang)], axis=-1)
    return np.concatenate([round_part, [[x_m - radius_m, floor_m], [x_m + radius_m, floor_m]]])


def wheel_well(skin: Skin, x_m: float, z_m: float, inner_y_m: float) -> Mesh:
    """The dark inside of an arch on the left, grown from the open edges that cutting it left in the skin.

    Every open edge is carried inwards to a wall, so that the well meets the body without a gap.

    Args:
        skin: the finished skin.
        x_m: where the wheel centre is.
        z_m: its height.
        inner_y_m: how far in the well reaches.
    """
    edges = skin.open_edges()
    edges = edges[np.abs(edges[:, :, 0] - x_m).max(axis=1) < 0.8]
    edges = edges[edges[:, :, 2].max(axis=1) < z_m + 0.65]  # not those of an open bed above
    inner = edges.copy()
    inner[:, :, 1] = inner_y_m
    roof = np.stack([edges[:, 1], edges[:, 0], inner[:, 0], inner[:, 1]], axis=1)
    roof = roof[np.abs(edges[:, :, 1] - inner_y_m).max(axis=1) > 1e-3]
    middle = np.broadcast_to([x_m, inner_y_m, z_m], (len(inner), 3))
    wall = np.stack([inner[:, 1], inner[:, 0], middle, middle], axis=1)
    return merge([_without_slivers(mesh_of_quads(quads, WELL)) for quads in (roof, wall)])


def _without_slivers(mesh: Mesh) -> Mesh:
    """The mesh without faces of no area, and without the corners that only they used."""
    v, f = mesh.vertices_m.astype(np.float64), mesh.faces
    area = np.linalg.norm(np.cross(v[f[:, 1]] - v[f[:, 0]], v[f[:, 2]] - v[f[:, 0]]), axis=1)
    ok = area > 1e-7
    used, faces = np.unique(f[ok], return_inverse=True)
    return Mesh(
        mesh.vertices_m[used],
        mesh.normals[used],
        mesh.uv_m[used],
        faces.reshape(-1, 3).astype(np.int32),
        mesh.face_material[ok],
        mesh.materials,
    )


def mirrored(mesh: Mesh) -> Mesh:
    """The same on the other side of the middle plane."""
    return transformed(mesh, scale=(1.0, -1.0, 1.0))


def both_sides(left: Mesh) -> Mesh:
    """A left part and its mirror image."""
    return merge([left, mirrored(left)])


def door_mirror(
    foot_m: tuple[float, float, float],
    reach_m: float = 0.085,
    size_m: tuple[float, float, float] = (0.11, 0.21, 0.145),
    shell: Material = PAINT,
) -> Mesh:
    """A left door mirror: arm, shell with an indicator strip, and glass that faces back.

    Args:
        foot_m: where the arm leaves the door.
        reach_m: how far out the middle of the shell stands.
        size_m: depth, width and height of the shell.
        shell: its material.
    """
    x, y, z = foot_m
    depth, width, height = size_m
    lat = np.linspace(0.0, 0.5 * math.pi, 4)
    lon = np.linspace(0.0, 2.0 * math.pi, 13)
    # half of a squarish egg, blunt end to the rear
    ring_y = 0.5 * width * np.sign(np.cos(lon)) * np.abs(np.cos(lon)) ** 0.7
    ring_z = 0.5 * height * np.sign(np.sin(lon)) * np.abs(np.sin(lon)) ** 0.7
    centre = np.array([x, y + reach_m, z + 0.42 * height])
    net = np.stack(
        [
            centre
            + np.column_stack(
                [np.full(13, depth * math.sin(a)), ring_y * math.cos(a) ** 0.8, ring_z * math.cos(a) ** 0.8]
            )
            for a in lat
        ]
    )
    net[:, -1] = net[:, 0]
    cover = surface(net.swapaxes(0, 1), shell)
    back = net[0, :-1][::-1]
    rim = _facing_back(back, GLOSS_BLACK)
    glass = _facing_back(centre + (back - centre) * 0.84 - [0.005, 0, 0], GLASS)
    arm = box((0.06, reach_m, 0.035), TRIM, (x + 0.02, y + 0.4 * reach_m, z + 0.01))
    lamp = box((0.012, 0.08, 0.018), INDICATOR_LENS, (x + 0.82 * depth, centre[1] + 0.14 * width, centre[2] - 0.01))
    return merge([cover, rim, glass, arm, lamp])


def _facing_back(ring: Array, material: Material) -> Mesh:
    faces = np.stack([np.zeros(len(ring) - 2), np.arange(1, len(ring) - 1), np.arange(2, len(ring))], axis=-1)
    return Mesh(
        ring.astype(np.float32),
        np.tile([-1.0, 0.0, 0.0], (len(ring), 1)).astype(np.float32),
        ring[:, 1:].astype(np.float32),
        faces.astype(np.int32),
        np.zeros(len(faces), np.int16),
        (material,),
    )


def roof_spoiler(roof_z: Callable[[Array, Array], Array], lip_x_m: tuple[float, float], half_m: float) -> Mesh:
    """A lip that carries the roof on over the rear window.

    Args:
        roof_z: height of the roof over (x, y).
        lip_x_m: (front, rear) end of the lip; the front lies on the roof.
        half_m: half its width at the front; it narrows by 4 cm to the rear.
    """
    front, rear = lip_x_m
    rows = []
    for share in np.linspace(-1.0, 1.0, 9):
        y = np.array([half_m, half_m - 0.04]) * share
        on_roof = float(roof_z(np.array(front), y[0]))
        lip = on_roof - 0.11 * (front - rear) - 0.10 * max(abs(share) - 0.8, 0.0)
        x_lip = rear + 0.05 * abs(share) ** 3
        rows.append(
            [
                [front, y[0], on_roof - 0.05],
                [x_lip, y[1], lip - 0.03],
                [x_lip, y[1], lip],
                [front, y[0], on_roof - 0.003],
            ]
        )
    net = np.array(rows)
    under, edge, top = (surface(net[:, k : k + 2].swapaxes(0, 1), PAINT) for k in range(3))
    ends = [polygon(net[-1], PAINT), polygon(net[0][::-1], PAINT)]
    return merge([under, edge, top, *ends])


def door_handle(skin: Skin, x_m: float, z_m: float, material: Material) -> Mesh:
    """A left pull handle standing 25 mm off the door."""
    at, normal = skin.lookup(SIDE, [[x_m, z_m]])
    outline = [(-0.10, -0.012), (0.095, -0.012), (0.10, 0.0), (0.09, 0.016), (-0.09, 0.016), (-0.105, 0.004)]
    bar = extrude(outline, -0.030, 0.028, material)
    tilt = math.atan2(normal[0, 2], normal[0, 1])
    c, s = math.cos(tilt), math.sin(tilt)
    rotation = np.array([[1.0, 0.0, 0.0], [0.0, c, -s], [0.0, s, c]])
    return transformed(bar, rotation=rotation, translation_m=at[0].tolist())


_GLYPHS = ("III", "I-I", "II", "=I", "I=", "I-", "II")


def number_plate(at_m: tuple[float, float, float], forward: int, material: Material, tilt_rad: float = 0.0) -> Mesh:
    """A 520 x 110 mm plate with dark marks.

    Args:
        at_m: its middle.
        forward: +1 faces forward, -1 faces back.
        material: its ground.
        tilt_rad: lean of its top away from the eye.
    """
    slab = box((0.012, 0.52, 0.11), material)
    pieces = [slab, _plate_rect(-0.26, -0.222, -0.055, 0.055, PLATE_BAND)]
    y = -0.205
    for k, glyph in enumerate(_GLYPHS):
        y += 0.018 if k in (2, 4) else 0.0
        for j, stroke in enumerate(glyph):
            y0 = y + 0.017 * j
            if stroke == "I":
                pieces.append(_plate_rect(y0, y0 + 0.011, -0.036, 0.036, PLATE_MARK))
            else:
                for z in (-0.030, 0.022) if stroke == "=" else (-0.004,):
                    pieces.append(_plate_rect(y0 - 0.006, y0 + 0.017, z, z + 0.010, PLATE_MARK))
        y += 0.052
    plate = merge(pieces)
    c, s = math.cos(tilt_rad), math.sin(tilt_rad)
    lean = np.array([[c, 0.0, -s], [0.0, 1.0, 0.0], [s, 0.0, c]])
    turn = np.diag([1.0, 1.0, 1.0]) if forward > 0 else np.diag([-1.0, -1.0, 1.0])
    return transformed(plate, rotation=turn @ lean, translation_m=at_m)


def _plate_rect(y0: float, y1: float, z0: float, z1: float, material: Material) -> Mesh:
    x = 0.0105
    return mesh_of_quads([[[x, y0, z0], [x, y1, z0], [x, y1, z1], [x, y0, z1]]], material)


def rod(start_m: ArrayLike, end_m: ArrayLike, width_m: float, material: Material) -> Mesh:
    """A square bar between two points: wiper arm, rail, stay."""
    a, b = np.asarray(start_m, dtype=np.float64), np.asarray(end_m, dtype=np.float64)
    along = b - a
    length = float(np.linalg.norm(along))
    x = along / length
    helper = np.array([0.0, 0.0, 1.0]) if abs(x[2]) < 0.9 else np.array([0.0, 1.0, 0.0])
    y = np.cross(helper, x)
    y /= np.linalg.norm(y)
    rotation = np.stack([x, y, np.cross(x, y)], axis=-1)
    return transformed(
        box((length, width_m, width_m), material), rotation=rotation, translation_m=(0.5 * (a + b)).tolist()
    )
