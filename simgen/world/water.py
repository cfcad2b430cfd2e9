"""Buoyancy, drag and current on bodies, by clipping their hulls with the water plane.

Volume, centroid and the area that faces the flow are exact for polyhedra: a clipped face is split into
triangles and each spans a tetrahedron with a point of the water plane, so the cap adds nothing. Spheres use
the closed form of the cap. Drag is 0.5 rho Cd A |u| u on the wetted area facing the motion through the water,
integrated implicitly so that it cannot overshoot however light the body. Added mass is not modelled: an
explicit one diverges for light bodies. So a box heaves with sqrt(rho g A / m), and not the slower
sqrt(rho g A / (m + m_a)) of a real one, and a light ball let go under water starts up faster than it should.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simgen.compiled import inline, kernel
from simgen.conditions.water import RHO_WATER
from simgen.world.frames import turn
from simgen.world.solids import Solid
from simgen.world.state import Motion, Pool, on_area

Array = NDArray[np.float64]

CD_SPHERE = 0.47
CD_BLUFF = 1.05
CD_VEHICLE = 1.1
CD_WHEEL = 0.6  # a wading wheel; a cylinder across the flow has 0.6 to 1.2, and the others stand in its lee
_G = 9.81
_LINEAR_DAMPING_PER_S = 0.3
_HEAVE_DAMPING_RATIO = 0.1  # waves radiated by a bobbing body
_ANGULAR_DAMPING_PER_S = 0.8
_CD_SPIN = 1.0


class Hulls(NamedTuple):
    """Buoyancy hulls of N bodies, packed; body k owns solids first[k] to first[k + 1].

    Attributes:
        first: (N + 1,) int64.
        vertex: (S + 1,) int64 start of each solid's vertices; face: (S + 1,) int64 start of its faces.
        vertices_m: (V, 3) in body frames; faces: (T, 3) int64, indices within the solid.
        center_m: (S, 3), radius_m: (S,) of spheres, 0 for polyhedra.
        drag_coefficient: (S,).
        share: (S,) share of each solid's volume that displaces water; 0 of what only drags.
        reach_m: (N,) radius of a sphere about the body's origin that holds its hull.
        volume_m3: (N,) of the whole hull; displaced_m3: (N,) of water that it displaces when it is under.
        mass_kg: (N,), inertia_kgm2: (N, 3) principal moments along the body axes.
        scratch: (14, 6) work space of the kernel.
    """

    first: NDArray[np.int64]
    vertex: NDArray[np.int64]
    face: NDArray[np.int64]
    vertices_m: Array
    faces: NDArray[np.int64]
    center_m: Array
    radius_m: Array
    drag_coefficient: Array
    share: Array
    reach_m: Array
    volume_m3: Array
    displaced_m3: Array
    mass_kg: Array
    inertia_kgm2: Array
    scratch: Array


class HullSpec(NamedTuple):
    """One body's hull before packing: its solids in some frame, and what they act on.

    Attributes:
        solids: what displaces water, `fraction` of its volume, and drags.
        fraction: see above.
        drag_coefficient: of the solids; None: by shape.
        T_body_model: (4, 4) from the frame of the solids to the body's.
        mass_kg, inertia_kgm2: of the body.
        dragged: further solids that drag (a vehicle's wheels), with the coefficient of a wheel.
    """

    solids: list[Solid]
    fraction: float
    drag_coefficient: float | None
    T_body_model: Array
    mass_kg: float
    inertia_kgm2: Array
    dragged: tuple[Solid, ...] = ()


def pack(specs: list[HullSpec]) -> Hulls:
    """Put hulls into flat arrays for the kernel, in body frames."""
    first, vertex, face = [0], [0], [0]
    vertices, faces, centers, radii, coefficients, shares, reach, volume = [], [], [], [], [], [], [], []
    for spec in specs:
        rotation, shift = spec.T_body_model[:3, :3], spec.T_body_model[:3, 3]
        farthest = 0.0
        for k, s in enumerate((*spec.solids, *spec.dragged)):
            displaces = k < len(spec.solids)
            points = turn(rotation, s.vertices_m) + shift
            vertices.append(points)
            faces.append(s.faces)
            centers.append(turn(rotation, s.center_m) + shift)
            radii.append(s.radius_m)
            bluff = CD_SPHERE if s.radius_m else CD_BLUFF
            whole = bluff if spec.drag_coefficient is None else spec.drag_coefficient
            coefficients.append(whole if displaces else CD_WHEEL)
            shares.append(spec.fraction if displaces else 0.0)
            vertex.append(vertex[-1] + len(points))
            face.append(face[-1] + len(s.faces))
            farthest = max(farthest, float(np.linalg.norm(points, axis=1).max()) + s.radius_m)
        first.append(len(radii))
        reach.append(farthest)
        volume.append(sum(s.volume_m3 for s in spec.solids))
    return Hulls(
        np.array(first, np.int64),
        np.array(vertex, np.int64),
        np.array(face, np.int64),
        np.concatenate(vertices) if vertices else np.zeros((0, 3)),
        np.concatenate(faces) if faces else np.zeros((0, 3), np.int64),
        np.array(centers).reshape(-1, 3),
        np.array(radii, np.float64),
        np.array(coefficients, np.float64),
        np.array(shares, np.float64),
        np.array(reach, np.float64),
        np.array(volume, np.float64),
        np.array(volume, np.float64) * np.array([s.fraction for s in specs], np.float64),
        np.array([s.mass_kg for s in specs], np.float64),
        np.array([s.inertia_kgm2 for s in specs], np.float64).reshape(-1, 3),
        np.zeros((14, 6)),
    )


@inline
def _wet_face(tri: Array, corner: Array, level_m: float, flow: Array, out: Array) -> None:
    """Clip a triangle by z <= level and add to `out`: volume, moments (3), area facing the flow, waterplane.

    Tetrahedra stand on the plane's point above the world origin of `tri`, whose x and y are 0.
    """
    count = 0
    for i in range(3):
        j = (i + 1) % 3
        zi, zj = tri[i, 2], tri[j, 2]
        if zi <= level_m:
            for k in range(3):
                corner[count, k] = tri[i, k]
            count += 1
        if (zi <= level_m) != (zj <= level_m):
            t = (level_m - zi) / (zj - zi)
            for k in range(3):
                corner[count, k] = tri[i, k] + t * (tri[j, k] - tri[i, k])
            count += 1
    for m in range(1, count - 1):
        ax, ay, az = corner[0, 0], corner[0, 1], corner[0, 2] - level_m
        bx, by, bz = corner[m, 0], corner[m, 1], corner[m, 2] - level_m
        cx, cy, cz = corner[m + 1, 0], corner[m + 1, 1], corner[m + 1, 2] - level_m
        volume = (ax * (by * cz - bz * cy) + ay * (bz * cx - bx * cz) + az * (bx * cy - by * cx)) / 6.0
        out[0] += volume
        out[1] += volume * (ax + bx + cx) / 4.0
        out[2] += volume * (ay + by + cy) / 4.0
        out[3] += volume * ((az + bz + cz) / 4.0 + level_m)
        ux, uy, uz = bx - ax, by - ay, bz - az
        vx, vy, vz = cx - ax, cy - ay, cz - az
        facing = (uy * vz - uz * vy) * flow[0] + (uz * vx - ux * vz) * flow[1] + (ux * vy - uy * vx) * flow[2]
        out[4] += max(0.0, 0.5 * facing)
        out[5] -= 0.5 * (ux * vy - uy * vx)


@inline
def _wet_sphere(center: Array, radius: float, level_m: float, out: Array) -> None:
    """Add a sphere's cap below the level to `out`, laid out as in `_wet_face`."""
    h = min(max(level_m - (center[2] - radius), 0.0), 2.0 * radius)
    if h <= 0.0:
        return
    volume = math.pi * h * h * (radius - h / 3.0)
    below = 0.75 * (2.0 * radius - h) ** 2 / (3.0 * radius - h)  # centroid of the cap under the centre
    out[0] += volume
    out[1] += volume * center[0]
    out[2] += volume * center[1]
    out[3] += volume * (center[2] - below)
    d = radius - h
    chord = math.sqrt(max(radius * radius - d * d, 0.0))
    out[5] += math.pi * chord * chord
    out[4] += radius * radius * math.acos(min(max(d / radius, -1.0), 1.0)) - d * chord


@inline
def _push_at(at: Array, push: Array, force_n: Array, torque_nm: Array) -> None:
    """Add a force at a point, given from the centre of mass."""
    for k in range(3):
        force_n[k] += push[k]
    torque_nm[0] += at[1] * push[2] - at[2] * push[1]
    torque_nm[1] += at[2] * push[0] - at[0] * push[2]
    torque_nm[2] += at[0] * push[1] - at[1] * push[0]


@kernel
def water_forces(
    hulls: Hulls,
    motion: Motion,
    pool: Pool,
    current_mps: Array,
    dt_s: float,
    force_n: Array,
    torque_nm: Array,
    submerged: Array,
    lift_n: Array,
) -> None:
    """Buoyancy and drag on each body about its centre of mass, world frame.

    Args:
        hulls: of the N bodies.
        motion: of the bodies.
        pool: the water; only bodies whose origin lies on its area feel it.
        current_mps: (3,) velocity of the water; upwards it is that of the surface.
        dt_s: tick, for the implicit drag.
        force_n: (N, 3) result.
        torque_nm: (N, 3) result.
        submerged: (N,) share of the hull's volume under water.
        lift_n: (N,) buoyancy alone.
    """
    total, part = hulls.scratch[0], hulls.scratch[1]
    flow, center, through = hulls.scratch[2], hulls.scratch[3], hulls.scratch[4]
    tri, corner = hulls.scratch[5:8], hulls.scratch[8:12]
    drag_at, push = hulls.scratch[12], hulls.scratch[13]
    for n in range(hulls.mass_kg.shape[0]):
        for k in range(3):
            force_n[n, k] = 0.0
            torque_nm[n, k] = 0.0
        submerged[n] = 0.0
        lift_n[n] = 0.0
        x = motion.position_m[n]
        if x[2] - hulls.reach_m[n] >= pool.level_m or not on_area(pool.area_m, x[0], x[1]):
            continue
        r = motion.rotation[n]
        speed = 0.0
        for k in range(3):
            through[k] = motion.velocity_mps[n, k] - current_mps[k]
            speed += through[k] * through[k]
        speed = math.sqrt(speed)
        for k in range(3):
            flow[k] = through[k] / speed if speed > 1e-9 else 0.0
        for k in range(6):
            total[k] = 0.0
            drag_at[k] = 0.0
        drag_area = 0.0
        level = pool.level_m - x[2]  # the kernel works relative to the centre of mass
        for s in range(hulls.first[n], hulls.first[n + 1]):
            for k in range(6):
                part[k] = 0.0
            if hulls.radius_m[s] > 0.0:
                for k in range(3):
                    center[k] = 0.0
                    for j in range(3):
                        center[k] += r[k, j] * hulls.center_m[s, j]
                _wet_sphere(center, hulls.radius_m[s], level, part)
            else:
                for t in range(hulls.face[s], hulls.face[s + 1]):
                    for i in range(3):
                        v = hulls.vertex[s] + hulls.faces[t, i]
                        for k in range(3):
                            tri[i, k] = 0.0
                            for j in range(3):
                                tri[i, k] += r[k, j] * hulls.vertices_m[v, j]
                    _wet_face(tri, corner, level, flow, part)
            if part[0] <= 1e-12:
                continue
            for k in range(6):
                total[k] += part[k] * hulls.share[s]
            area = part[4] * hulls.drag_coefficient[s]
            drag_area += area
            for k in range(3):
                drag_at[k] += area * part[1 + k] / part[0]
        if drag_area > 0.0:
            for k in range(3):
                drag_at[k] /= drag_area
        wet = 0.0
        heave = 0.0
        mass = hulls.mass_kg[n]
        if total[0] > 1e-12 * hulls.displaced_m3[n]:  # else nothing that displaces is wet: wheels wade
            wet = min(total[0] / hulls.displaced_m3[n], 1.0)
            lift_n[n] = RHO_WATER * _G * total[0]
            stiffness = RHO_WATER * _G * max(total[5], 0.0)
            heave = 2.0 * _HEAVE_DAMPING_RATIO * math.sqrt(stiffness / mass)
            for k in range(3):
                center[k] = total[1 + k] / total[0]
        submerged[n] = wet
        drag, damping = 0.5 * RHO_WATER * drag_area * speed / mass, _LINEAR_DAMPING_PER_S * wet
        slow = mass / (1.0 + (drag + damping) * dt_s)
        for k in range(3):
            push[k] = -slow * drag * through[k]
        _push_at(drag_at, push, force_n[n], torque_nm[n])
        if wet <= 0.0:
            continue
        for k in range(3):
            push[k] = -slow * damping * through[k]
        push[2] += lift_n[n] - mass * heave / (1.0 + heave * dt_s) * through[2]
        _push_at(center, push, force_n[n], torque_nm[n])
        om = motion.angular_radps[n]
        spin = math.sqrt(om[0] * om[0] + om[1] * om[1] + om[2] * om[2])
        size = hulls.volume_m3[n] ** (5.0 / 3.0)
        for i in range(3):  # about each principal axis, so that the bound holds for the smallest moment too
            inertia = hulls.inertia_kgm2[n, i]
            about = om[0] * r[0, i] + om[1] * r[1, i] + om[2] * r[2, i]
            rate = 0.5 * RHO_WATER * _CD_SPIN * size * wet * spin / inertia + _ANGULAR_DAMPING_PER_S * wet
            slow = inertia * rate / (1.0 + rate * dt_s) * about
            for k in range(3):
                torque_nm[n, k] -= slow * r[k, i]
