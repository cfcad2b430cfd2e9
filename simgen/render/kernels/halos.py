"""Halos of lamps in the picture, round and smooth however near the lamp is.

Light that air scatters close to the direction of a lamp grows as 1 / h, h the distance at which the view ray passes the
lamp: rays of a coarse lattice cannot follow that. So within a window about a lamp's place in the picture its light is
left to a table of its own. h L hardly changes there: it is known for a few rays about the lamp and, along each, for a
few of the angles at which the lamp sees the point where the ray ends (see `glow`). A point of the picture looks that up
and divides by its own h.

The window falls smoothly from 1 at the lamp to 0 at its edge; the lattice has the rest (`glow.lattice_share`).
"""

from __future__ import annotations

import math

import numpy as np

from simgen.compiled import inline, kernel
from simgen.render.kernels.glow import (
    CELL,
    HALO,
    HALO_RADIUS,
    HALO_X,
    HALO_Y,
    arctan,
    phase,
    scatter,
    tangent,
)
from simgen.render.kernels.lamps import LAMP_CD, LAMP_POS, LAMP_SIZE2, LAMP_TINT
from simgen.render.kernels.maths import exp32
from simgen.render.kernels.media import way
from simgen.render.kernels.resolve import BLUE, GREEN, RED, SPARE

AROUND, OUTWARDS, ANGLES = 24, 8, 14
"""Rays about a lamp, at distances that grow as squares, and the angles along each, which grow as squares too."""
TABLE = (AROUND + 1) * OUTWARDS * (ANGLES + 1)
# Further columns of a place, see `glow`.
_CX, _CY, _CZ = 3, 4, 5  # place in the camera's frame, m
_TINT = 6
_SOFT2 = 9  # squared distance that keeps 1 / h finite, m2
_WIDEST, _NARROWEST = np.float32(6 * CELL), np.float32(3 * CELL)  # pixels
_PIXEL = 0.28  # 1 / h averages over a pixel to what it is at so much of its width
_NEAREST_M = 0.1
_CHUNK = 64
"""Points that are looked at together."""
# Scratch of a chunk.
_WEIGHT, _AT, _A, _B, _C = SPARE, SPARE + _CHUNK, SPARE + 2 * _CHUNK, SPARE + 3 * _CHUNK, SPARE + 4 * _CHUNK
_FINER = np.float32(0.5)  # steps along the angle, against those of the lattice


@inline
def _across(dx, dy):
    """Where a direction in the picture lies around a lamp, 0 to AROUND; even in dy / (|dx| + |dy|): no library call."""
    part = dy / max(abs(dx) + abs(dy), np.float32(1e-9))
    ahead = part if part >= np.float32(0.0) else part + np.float32(4.0)
    turn = ahead if dx >= np.float32(0.0) else np.float32(2.0) - part
    return min(turn * np.float32(AROUND / 4.0), np.float32(AROUND - 0.001))


@kernel
def halos(back, intrinsics, shape, table, air, least, maps, matrices, places, tables):
    """Fill the tables of the lamps whose halo a lattice cannot show.

    Args:
        back: (3, 4) float64 camera frame -> world.
        intrinsics: (4,) float64 fx, fy, cx, cy; shape: rows and columns of the picture.
        table, air, least, maps, matrices: as in `glow.fill`.
        places: (L, HALO) float32 output, a row a lamp.
        tables: (L, TABLE) float32 output: h L of a white lamp in cd/m, where there is a halo.

    Returns:
        How many there are.
    """
    one, zero = np.float32(1.0), np.float32(0.0)
    extinction, albedo, g = air[0], air[1], air[2]
    fx, fy, cx, cy = intrinsics[0], intrinsics[1], intrinsics[2], intrinsics[3]
    count = 0
    for n in range(table.shape[0]):
        lamp, place = table[n], places[n]
        for c in range(HALO):
            place[c] = zero
        dx, dy, dz = lamp[LAMP_POS] - back[0, 3], lamp[LAMP_POS + 1] - back[1, 3], lamp[LAMP_POS + 2] - back[2, 3]
        x = back[0, 0] * dx + back[1, 0] * dy + back[2, 0] * dz
        y = back[0, 1] * dx + back[1, 1] * dy + back[2, 1] * dz
        z = back[0, 2] * dx + back[1, 2] * dy + back[2, 2] * dz
        if z < _NEAREST_M:
            continue
        u, v = fx * x / z + cx, fy * y / z + cy
        away = np.float32(math.sqrt(x * x + y * y + z * z))
        # What the lattice is off by, at most, r pixels from the lamp: CELL^2 / 4 bright / r^3.
        bright = albedo * extinction * lamp[LAMP_CD] * np.float32(fx) / away * exp32(-extinction * away)
        bright *= max(min(phase(one, g), one), np.float32(0.25))
        cubed = np.float32(0.5 * CELL * CELL) * bright / np.float32(max(least, 1e-9))
        if cubed < np.float32(CELL) ** 3:
            continue
        radius = _NARROWEST
        while radius < _WIDEST and np.float32(0.3) * radius * radius * radius < cubed:
            radius += np.float32(CELL)
        if u < -radius or v < -radius or u > shape[1] + radius or v > shape[0] + radius:
            continue
        soft = _PIXEL * z / fx
        place[HALO_X], place[HALO_Y], place[HALO_RADIUS] = u, v, radius
        place[_CX], place[_CY], place[_CZ] = x, y, z
        place[_SOFT2] = np.float32(soft * soft) + lamp[LAMP_SIZE2]
        for c in range(3):
            place[_TINT + c] = lamp[LAMP_TINT + c]
        most = _fill(back, intrinsics, lamp, place, air, maps, matrices, tables[n])
        if most * np.float32(fx) / away < np.float32(least):  # it shines away from the eye
            place[HALO_RADIUS] = zero
        else:
            count += 1
    return count


@inline
def _fill(back, intrinsics, lamp, place, air, maps, matrices, out):
    """Fill the table of a lamp; gives the greatest value."""
    one, zero = np.float32(1.0), np.float32(0.0)
    ex, ey, ez = np.float32(back[0, 3]), np.float32(back[1, 3]), np.float32(back[2, 3])
    lx, ly, lz = lamp[LAMP_POS] - ex, lamp[LAMP_POS + 1] - ey, lamp[LAMP_POS + 2] - ez
    strength = air[0] * air[1] * lamp[LAMP_CD]
    most = zero
    for around in range(AROUND):
        # The direction of which `_across` tells this place.
        turn = around * (4.0 / AROUND)
        side = turn if turn <= 1.0 else (2.0 - turn if turn <= 3.0 else turn - 4.0)
        along_x = (1.0 - abs(side)) * (1.0 if turn <= 1.0 or turn > 3.0 else -1.0)
        unit = 1.0 / math.sqrt(along_x * along_x + side * side)
        for k in range(OUTWARDS):
            r = max(place[HALO_RADIUS] * (k / (OUTWARDS - 1.0)) ** 2, 0.3)
            px = (place[HALO_X] + r * along_x * unit - intrinsics[2]) / intrinsics[0]
            py = (place[HALO_Y] + r * side * unit - intrinsics[3]) / intrinsics[1]
            norm = 1.0 / math.sqrt(px * px + py * py + 1.0)
            wx = np.float32((back[0, 0] * px + back[0, 1] * py + back[0, 2]) * norm)
            wy = np.float32((back[1, 0] * px + back[1, 1] * py + back[1, 2]) * norm)
            wz = np.float32((back[2, 0] * px + back[2, 1] * py + back[2, 2]) * norm)
            along, h = _passed(place, np.float32(px), np.float32(py))
            at = (around * OUTWARDS + k) * (ANGLES + 1)
            a, whole = -along / h, zero
            span = np.float32(0.5 * math.pi) - arctan(a)
            out[at] = zero
            for q in range(ANGLES):
                angle = span * np.float32((2 * q + 1) / (ANGLES * ANGLES))
                t = tangent(np.float32(0.5) * angle)
                t = (t + t) / (one - t * t)
                below = one - a * t
                b = (a + t) / below if below > np.float32(1e-5) and q < ANGLES - 1 else np.float32(1e5)
                whole += scatter(
                    lamp, a, b, angle, _FINER, along, h, lx, ly, lz, wx, wy, wz, ex, ey, ez, air, maps, matrices
                )
                out[at + q + 1] = strength * whole
                a = b
            most = max(most, strength * whole)
    first = AROUND * OUTWARDS * (ANGLES + 1)
    for k in range(OUTWARDS * (ANGLES + 1)):
        out[first + k] = out[k]
    return most


@inline
def _passed(place, px, py):
    """How far along the ray through (px, py, 1) a lamp is, and its distance h from the ray, which is never nought."""
    x, y, z = place[_CX], place[_CY], place[_CZ]
    inv = np.float32(1.0) / np.float32(math.sqrt(px * px + py * py + np.float32(1.0)))
    a, b, c = y - z * py, z * px - x, x * py - y * px  # the cross product keeps what is small
    h2 = (a * a + b * b + c * c) * inv * inv
    return (x * px + y * py + z) * inv, np.float32(math.sqrt(h2 + place[_SOFT2]))


@kernel
def add_halos(x, y, rec, count, src, intrinsics, places, tables, out):
    """Add to the radiance of points the halos of lamps before them.

    Args:
        x, y: (count,) float32 pixels.
        rec, count, src, out: as in `media.air`.
        intrinsics: (4,) float64.
        places, tables: of `halos`.
    """
    zero = np.float32(0.0)
    cx, cy = np.float32(intrinsics[2]), np.float32(intrinsics[3])
    inv_fx, inv_fy = np.float32(1.0 / intrinsics[0]), np.float32(1.0 / intrinsics[1])
    outer, inner, next_one = np.uint32(OUTWARDS * (ANGLES + 1)), np.uint32(ANGLES + 1), np.uint32(1)
    for n in range(places.shape[0]):
        place, table = places[n], tables[n]
        if place[HALO_RADIUS] <= zero:
            continue
        red, green, blue = place[_TINT], place[_TINT + 1], place[_TINT + 2]
        for begin in range(0, count, _CHUNK):
            points = min(count - begin, _CHUNK)
            part, light, px, py = rec[begin:], out[begin:], x[begin : begin + points], y[begin : begin + points]
            if _weigh(part, px, py, place) == 0:
                continue
            _place(part, px, py, place, cx, cy, inv_fx, inv_fy, src)
            for o in range(points):
                weight = part[_WEIGHT + o]
                if weight <= zero:
                    continue
                k = np.uint32(np.int32(part[_AT + o]))
                a, b, c = part[_A + o], part[_B + o], part[_C + o]
                k1, k2 = k + inner, k + outer
                k3 = k1 + outer
                v0 = table[k] + c * (table[k + next_one] - table[k])
                v1 = table[k1] + c * (table[k1 + next_one] - table[k1])
                v2 = table[k2] + c * (table[k2 + next_one] - table[k2])
                v3 = table[k3] + c * (table[k3 + next_one] - table[k3])
                v0 += b * (v1 - v0)
                v2 += b * (v3 - v2)
                part[_WEIGHT + o] = weight * (v0 + a * (v2 - v0))
            for o in range(points):
                value = part[_WEIGHT + o]
                light[RED + o] += value * red
                light[GREEN + o] += value * green
                light[BLUE + o] += value * blue


@inline
def _weigh(part, px, py, place):
    """Write what the table's values count at points, but for 1 / h. Returns how many points there are in the window."""
    u, v, inv_radius2 = place[HALO_X], place[HALO_Y], np.float32(1.0) / (place[HALO_RADIUS] * place[HALO_RADIUS])
    found = np.int32(0)
    for o in range(px.shape[0]):
        dx, dy = px[o] - u, py[o] - v
        inside = max(np.float32(1.0) - (dx * dx + dy * dy) * inv_radius2, np.float32(0.0))
        part[_WEIGHT + o] = inside * inside
        found = np.int32(found + np.int32(inside > np.float32(0.0)))
    return found


@inline
def _place(part, px, py, place, cx, cy, inv_fx, inv_fy, src):
    """Write where in the table points look up: index of the first value and how far on towards the next of each kind.

    Also divides their weights by h.
    """
    zero, one = np.float32(0.0), np.float32(1.0)
    u, v, inv_radius = place[HALO_X], place[HALO_Y], one / place[HALO_RADIUS]
    most, below = np.float32(OUTWARDS - 1), np.float32(0.9999)
    outer, inner = np.float32(OUTWARDS * (ANGLES + 1)), np.float32(ANGLES + 1)
    for o in range(px.shape[0]):
        dx, dy = px[o] - u, py[o] - v
        along, h = _passed(place, (px[o] - cx) * inv_fx, (py[o] - cy) * inv_fy)
        inv_h = one / h
        d, _ = way(part, o, src)
        start = arctan(-along * inv_h)
        angle = arctan((d - along) * inv_h) - start
        f = _across(dx, dy)
        r = min(np.float32(math.sqrt(np.float32(math.sqrt(dx * dx + dy * dy)) * inv_radius)), below) * most
        t = max(angle / (np.float32(0.5 * math.pi) - start), zero)
        t = min(np.float32(math.sqrt(t)), below) * np.float32(ANGLES)
        i, j, k = np.floor(f), np.floor(r), np.floor(t)
        part[_AT + o] = i * outer + j * inner + k
        part[_A + o] = f - i
        part[_B + o] = r - j
        part[_C + o] = (t * t - k * k) / (k + k + one)  # even in the angle
        part[_WEIGHT + o] *= inv_h
