"""The nearest transparent layer: the free surface of a flood.

The surface is a horizontal plane over a rectangle or a polygon; the ground decides the shoreline, because where the
ground is nearer to the eye than the plane there is no water to see. Light that reaches the eye from there:

    (1 - F) * (bottom * T + body * (1 - T)) + F * mirror

F is the exact Fresnel reflectance at the rippled surface, T the Beer-Lambert transmittance of the water along
the refracted path (and down to the bottom), `body` the water's own diffuse glow (its suspended matter lit
like a matt surface), `mirror` the scene rendered once more with the world turned upside down at the plane.
"""

from __future__ import annotations

import math

import numpy as np

from simgen.areas import inside
from simgen.compiled import inline, kernel
from simgen.render.kernels.boxes import CORE, SLOPE, WIDE, mean, within
from simgen.render.kernels.maths import exp32
from simgen.render.kernels.noise import noise
from simgen.render.kernels.resolve import (
    AB,
    AG,
    AR,
    BLOCK,
    DISTANCE,
    F0,
    NX,
    NY,
    NZ,
    PX,
    PY,
    PZ,
    ROUGH,
    SKY,
    SPARE,
    Z,
)  # fmt: skip
from simgen.render.kernels.sources import EYE_X, EYE_Y, EYE_Z
from simgen.render.noise import CHANNEL, CLOUD, FARTHEST, MEAN

# Entries of the array that describes the water, float32.
LEVEL = 0
ATTENUATION = 1
BODY_R, BODY_G, BODY_B = 2, 3, 4
DRIFT_X, DRIFT_Y = 5, 6
RIPPLE = 7
AREA = 8  # the rest is where the water is: see `simgen.areas.row_of`

_N = np.float32(1.333)
_on_area = inline(inside)


@inline
def fresnel(cos_incidence, n=_N):
    """Exact unpolarised reflectance of a surface of index `n`, by default of water, float32."""
    c = min(max(cos_incidence, np.float32(0.0)), np.float32(1.0))
    ct = np.float32(math.sqrt(np.float32(1.0) - (np.float32(1.0) - c * c) / (n * n)))
    rs = (c - n * ct) / (c + n * ct)
    rp = (n * c - ct) / (n * c + ct)
    return np.float32(0.5) * (rs * rs + rp * rp)


@inline
def _hit(rec, o, src, water):
    """Distance along the ray to the water surface and the unit ray; 0 where there is none before the point."""
    ex, ey, ez = src[EYE_X], src[EYE_Y], src[EYE_Z]
    if rec[Z + o] < np.float32(1e9):
        inv = np.float32(1.0) / max(rec[DISTANCE + o], np.float32(1e-6))
        dx, dy, dz = (rec[PX + o] - ex) * inv, (rec[PY + o] - ey) * inv, (rec[PZ + o] - ez) * inv
    else:
        dx, dy, dz = rec[PX + o], rec[PY + o], rec[PZ + o]
    above = ez - water[LEVEL]
    if above <= np.float32(0.0) or dz >= np.float32(-1e-6):
        return np.float32(0.0), dx, dy, dz
    t = above / -dz
    x = ex + t * dx
    y = ey + t * dy
    if t < rec[DISTANCE + o] and _on_area(water[AREA:], x, y):
        return t, dx, dy, dz
    return np.float32(0.0), dx, dy, dz


@inline
def _through(rec, o, water, t, dz):
    """Transmittance of the water from surface to bottom and for the light on its way down to it."""
    if not (rec[Z + o] < np.float32(1e9)):
        return np.float32(0.0)
    path = rec[DISTANCE + o] - t
    depth = path * -dz
    sine2 = (np.float32(1.0) - dz * dz) / (_N * _N)
    refracted = depth / np.float32(math.sqrt(np.float32(1.0) - sine2))
    return exp32(-water[ATTENUATION] * (refracted + depth))


@kernel
def water_labels(depth, back, eye, intrinsics, water, water_class, instance, semantic, is_water, water_depth):
    """Let labels describe the water surface where it is more than half opaque.

    Args:
        depth: (H, W) float32 z-depth of the opaque layer, inf for none; becomes that of the water.
        back, eye: (3, 4), (3,) float64 camera -> world.
        intrinsics: (4,) float64.
        water: (AREA + R,) float32.
        water_class: semantic id of water.
        instance, semantic: (H, W) labels, in and out.
        is_water: (H, W) uint8 output.
        water_depth: (H, W) float32 output: vertical depth of the water seen at any opacity; 0 where none.
    """
    fx, fy, cx, cy = intrinsics[0], intrinsics[1], intrinsics[2], intrinsics[3]
    height, width = depth.shape
    above = eye[2] - water[LEVEL]
    for r in range(height):
        qy = (r - cy) / fy
        for c in range(width):
            is_water[r, c] = 0
            water_depth[r, c] = np.float32(0.0)
            qx = (c - cx) / fx
            wz = back[2, 0] * qx + back[2, 1] * qy + back[2, 2]
            if above <= 0.0 or wz >= -1e-9:
                continue
            z = above / -wz  # z-depth of the surface: the ray is scaled to unit depth
            if not z < depth[r, c]:
                continue
            x = eye[0] + z * (back[0, 0] * qx + back[0, 1] * qy + back[0, 2])
            y = eye[1] + z * (back[1, 0] * qx + back[1, 1] * qy + back[1, 2])
            if not _on_area(water[AREA:], x, y):
                continue
            length = math.sqrt(1.0 + qx * qx + qy * qy)
            sine = -wz / length
            through = np.float32(0.0)
            if depth[r, c] < np.float32(1e9):
                below = (depth[r, c] - z) * -wz
                water_depth[r, c] = below
                refracted = below / math.sqrt(1.0 - (1.0 - sine * sine) / (1.333 * 1.333))
                through = exp32(np.float32(-water[ATTENUATION] * (refracted + below)))
            if np.float32(1.0) - (np.float32(1.0) - fresnel(np.float32(sine))) * through > np.float32(0.5):
                is_water[r, c] = 1
                depth[r, c] = z
                instance[r, c] = 0
                semantic[r, c] = water_class


@kernel
def water_layer(rec, count, src, water, index, distance):
    """Find the points that look at water.

    Args:
        rec, count, src: as in the light stage; (ROWS * BLOCK,).
        water: (AREA + R,) float32.
        index: (BLOCK,) int32 output: the points with a water layer, packed.
        distance: (BLOCK,) float32 output: ray distance of the surface, 0 where there is none.

    Returns:
        How many points have a water layer.
    """
    found = 0
    for o in range(count):
        t, _, _, _ = _hit(rec, o, src, water)
        distance[o] = t
        if t > np.float32(0.0):
            index[found] = o
            found += 1
    return found


@kernel
def water_records(rec, index, found, src, water, quads, body):
    """Records of the water surface as a matt body, so that every light stage works on it unchanged.

    Args:
        rec: (ROWS * BLOCK,) records of the opaque layer.
        index, found: from `water_layer`.
        body: (ROWS * BLOCK,) float32 output, `found` columns; its normal carries the ripples.
    """
    for k in range(found):
        o = index[k]
        t, dx, dy, dz = _hit(rec, o, src, water)
        for r in range(SPARE // BLOCK):
            body[r * BLOCK + k] = np.float32(0.0)
        x = src[EYE_X] + t * dx
        y = src[EYE_Y] + t * dy
        body[Z + k] = np.float32(1.0)
        body[DISTANCE + k] = t
        body[PX + k] = x
        body[PY + k] = y
        body[PZ + k] = water[LEVEL]
        slope_x, slope_y = _slope(water, quads, x, y, t, -dz)
        inv = np.float32(1.0) / np.float32(math.sqrt(np.float32(1.0) + slope_x * slope_x + slope_y * slope_y))
        body[NX + k] = -slope_x * inv
        body[NY + k] = -slope_y * inv
        body[NZ + k] = inv
        body[AR + k] = water[BODY_R]
        body[AG + k] = water[BODY_G]
        body[AB + k] = water[BODY_B]
        body[ROUGH + k] = np.float32(0.12)
        body[F0 + k] = np.float32(0.02)
        body[SKY + k] = np.float32(1.0)


@inline
def _slope(water, quads, x, y, distance, sine):
    """Slope of the ripples: two drifting noise fields, faded where they are smaller than a pixel."""
    base, nearest, mean = np.float32(CLOUD * CHANNEL), np.float32(0.5 ** FARTHEST[CLOUD]), np.float32(MEAN[CLOUD])
    strength = water[RIPPLE]
    footprint = distance * np.float32(0.0018) / max(sine, np.float32(0.05))
    sx = np.float32(0.0)
    sy = np.float32(0.0)
    for q in range(2):
        scale = np.float32(11.0) if q == 0 else np.float32(37.0)
        speed = np.float32(1.0) if q == 0 else np.float32(0.6)
        u = (x - speed * water[DRIFT_X]) * scale
        v = (y - speed * water[DRIFT_Y]) * scale
        step = np.float32(1.5)
        f = footprint * scale
        n0 = noise(quads, base, nearest, mean, u, v, f)
        n1 = noise(quads, base, nearest, mean, u + step, v, f)
        n2 = noise(quads, base, nearest, mean, u, v + step, f)
        sx += (n1 - n0) * strength
        sy += (n2 - n0) * strength
    return sx, sy


@kernel
def compose(
    rec,
    index,
    found,
    src,
    water,
    body,
    body_radiance,
    mirror,
    sums,
    mirror_scale,
    right,
    forward,
    focal,
    px,
    py,
    out,
):
    """Put the water over the opaque radiance, in place, and move the points to the surface for the air stage.

    Args:
        body, body_radiance: (ROWS * BLOCK,) and (3 * BLOCK,) of the water as a lit body.
        mirror: (HM, WM, 3) radiance of the mirrored view; mirror_scale: its pixels a picture pixel.
        sums: (HM + 1, WM + 1, 3) float64 of `boxes.sum_areas`, by which it is blurred as rough as the water is; of one
            element where it is not.
        right, forward: (3,) float64 world directions of the camera's x axis and of its heading on the ground.
        focal: pixels; px, py: (BLOCK,) picture positions of the points.
        out: (3 * BLOCK,) radiance, in and out.
    """
    one = np.float32(1.0)
    zero = np.float32(0.0)
    h, w = mirror.shape[0], mirror.shape[1]
    for k in range(found):
        o = index[k]
        t, dx, dy, dz = _hit(rec, o, src, water)
        through = _through(rec, o, water, t, dz)
        nx, ny, nz = body[NX + k], body[NY + k], body[NZ + k]
        cosine = max(-(dx * nx + dy * ny + dz * nz), np.float32(0.02))
        f = fresnel(cosine)
        # A ripple of slope s turns the mirrored ray by 2 s: shift the look-up by as many pixels.
        shift_x = np.float32(-2.0) * np.float32(focal) * (nx * np.float32(right[0]) + ny * np.float32(right[1]))
        shift_y = np.float32(2.0) * np.float32(focal) * (nx * np.float32(forward[0]) + ny * np.float32(forward[1]))
        u = (px[o] + shift_x + np.float32(0.5)) * np.float32(mirror_scale) - np.float32(0.5)
        v = (py[o] + shift_y + np.float32(0.5)) * np.float32(mirror_scale) - np.float32(0.5)
        u = min(max(u, zero), np.float32(w) - np.float32(1.001))
        v = min(max(v, zero), np.float32(h) - np.float32(1.001))
        i = int(u)
        j = int(v)
        a = u - np.float32(i)
        b = v - np.float32(j)
        i1 = min(i + 1, w - 1)
        j1 = min(j + 1, h - 1)
        rough = sums.shape[0] > 1
        if rough:
            tall = 2.0 * SLOPE * body[ROUGH + k] * body[ROUGH + k] * focal * mirror_scale
            wide = WIDE * tall * cosine
            rows, columns = float(h), float(w)
            top_row, bottom_row = within(v + 0.5, tall, 0.0, rows)
            left, right_column = within(u + 0.5, wide, 0.0, columns)
            core_top, core_bottom = within(v + 0.5, CORE * tall, 0.0, rows)
            core_left, core_right = within(u + 0.5, CORE * wide, 0.0, columns)
        for c in range(3):
            top = mirror[j, i, c] + (mirror[j, i1, c] - mirror[j, i, c]) * a
            low = mirror[j1, i, c] + (mirror[j1, i1, c] - mirror[j1, i, c]) * a
            seen = top + (low - top) * b
            if rough:
                tail = mean(sums, top_row, bottom_row, left, right_column, c)
                core = mean(sums, core_top, core_bottom, core_left, core_right, c)
                seen = np.float32(0.5 * (tail + core))
            below = out[c * BLOCK + o] * through + body_radiance[c * BLOCK + k] * (one - through)
            out[c * BLOCK + o] = (one - f) * below + f * seen
        rec[DISTANCE + o] = t
        rec[PX + o] = body[PX + k]
        rec[PY + o] = body[PY + k]
        rec[PZ + o] = water[LEVEL]
        rec[Z + o] = one


@kernel
def skip_air_before(rec, count, src, level):
    """Shorten the distances of a mirrored view to what lies behind the mirror: its air alone is added there."""
    for o in range(count):
        if not (rec[Z + o] < np.float32(1e9)):
            continue
        inv = np.float32(1.0) / max(rec[DISTANCE + o], np.float32(1e-6))
        dz = (rec[PZ + o] - src[EYE_Z]) * inv
        if dz > np.float32(1e-5):
            first = (level - src[EYE_Z]) / dz
            rec[DISTANCE + o] = max(rec[DISTANCE + o] - first, np.float32(0.0))
