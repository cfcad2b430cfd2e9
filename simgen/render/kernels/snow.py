"""Snow that lies: how much of it is at each point, how much of the point that hides, and what it looks like.

tread: surface coordinates of roads -> how far wheels have worked on the snow at each point
lie: depth at the place -> less on slopes, under roofs and in wheel tracks -> covered share -> white and matt
blow: what drifts over the ground, in streamers along the wind

Where snow thins out, noise decides what it still hides, so that the covered area is that of the published law. Where
a pixel is larger than the waves of the noise, it takes the law's share itself: nothing shimmers.
"""

from __future__ import annotations

import math

import numpy as np

from simgen.compiled import inline, kernel
from simgen.render.kernels.film import place_at
from simgen.render.kernels.light import EYE_X, EYE_Y, EYE_Z
from simgen.render.kernels.maths import exp32, smooth
from simgen.render.kernels.noise import noise
from simgen.render.kernels.resolve import (
    AB,
    AG,
    AR,
    COAT,
    DISTANCE,
    F0,
    FU,
    FV,
    METAL,
    NX,
    NY,
    NZ,
    PX,
    PY,
    PZ,
    ROUGH,
    U,
    V,
)
from simgen.render.noise import CHANNEL, CLOUD, FARTHEST, MEAN

NOWHERE, LAND, ROAD, THING, FOLIAGE = 0, 1, 2, 3, 4
"""What snow may lie on: nothing, open ground, what wheels roll on, things, and leaves."""
PATCHES_PER_M, SLUSH_PER_M, TUFTS_PER_M = np.float32(24.0), np.float32(64.0), np.float32(110.0)
"""Texels of noise a metre: what breaks the edges of thin snow on things, on roads and between grass."""
DRIFTS_PER_M = np.float32(0.9)
"""The same of how unevenly snow lies on land."""
_ROAD_PATTERN, _COLUMNS, _LANE = 2, 25, 12  # of the table of materials, see `geometry.MATERIAL_COLUMNS`
MEAN_TRODDEN = np.float32(0.42)
"""How far wheels have worked on a lane of 3.5 m in the mean, and on paving without lanes."""
_HALF_TRACK_M = np.float32(0.78)
"""From the middle of a lane to the middle of a wheel track, as the polished tracks of `patterns` have it."""
_IN_TRACK_M, _OUT_OF_TRACK_M = np.float32(0.14), np.float32(0.60)  # vehicles do not keep exactly to one line
_STEEPEST = np.float32(0.45)  # upright part of the normal of the steepest thing that holds snow
_SHELTER_M = np.float32(1.0)  # a roof is this far above what it keeps free of snow
_FRESH = np.float32(0.880), np.float32(0.890), np.float32(0.900)
_PACKED = np.float32(0.475), np.float32(0.485), np.float32(0.495)  # pressed, wet and dirty
ALONG_PER_M = np.float32(8.0)
"""Texels of noise a metre along streamers of drifting snow."""
_ACROSS_PER_M, _MEAN_STREAMER = np.float32(40.0), np.float32(0.27)
_FLAT = np.float32(0.8)  # upright part of the normal of ground that snow drifts over
_BASE, _NEAREST, _MEAN = np.float32(CLOUD * CHANNEL), np.float32(0.5 ** FARTHEST[CLOUD]), np.float32(MEAN[CLOUD])


@inline
def _noise(quads, u, v, footprint):
    """The fractal noise at one texel position."""
    return noise(quads, _BASE, _NEAREST, _MEAN, u, v, footprint)


@kernel
def tread(face, begin, end, where, face_material, materials, quads, rec, trodden, drawn):
    """How far wheels have worked on the snow at the points `begin`..`end`, from 0 to 1.

    Args:
        face: (N,) int32 triangles; where: (T,) uint8; face_material: (T,) int32; materials: flat.
        quads: noise textures.
        rec: located points whose surface coordinates are still there.
        trodden: (BLOCK,) float32 output.
        drawn: (BLOCK,) float32 output: noise that is drawn out along lanes, as what wheels leave is; -1 beside them.
    """
    zero, half, one = np.float32(0.0), np.float32(0.5), np.float32(1.0)
    for k in range(begin, end):
        o = k - begin
        trodden[o] = zero
        drawn[o] = -one
        t = face[k]
        if t < 0 or where[t] != ROAD:
            continue
        at = np.int64(face_material[t]) * _COLUMNS
        if np.int64(materials[at + 10]) != _ROAD_PATTERN:
            trodden[o] = MEAN_TRODDEN
            continue
        lane, lanes = materials[at + _LANE], materials[at + _LANE + 1]
        fv = rec[FV + o]
        side = abs(rec[V + o]) / lane
        if side > lanes:  # the shoulder
            continue
        # Long along the road and narrow across it: what wheels leave and drag.
        along, across = np.float32(8.0), np.float32(48.0)
        n = _noise(quads, rec[U + o] * along, rec[V + o] * across, max(fv * across, rec[FU + o] * along))
        drawn[o] = n
        off = abs(abs((side - np.floor(side)) * lane - half * lane) - _HALF_TRACK_M)
        off += np.float32(0.30) * (n - half)
        soft = half * fv
        share = one - smooth(_IN_TRACK_M - soft, _OUT_OF_TRACK_M + soft, off)
        far = min(fv * np.float32(0.8), one)
        trodden[o] = share + (MEAN_TRODDEN - share) * far


@inline
def _retained(nz):
    """As `simgen.conditions.snow.retained_share` of a slope, from the upright part of its normal, float32."""
    x = min(max(nz, np.float32(0.0)), np.float32(1.0))
    # Abramowitz and Stegun 4.4.45, within 7e-5: no library call.
    series = np.float32(1.5707288) + x * (
        np.float32(-0.2121144) + x * (np.float32(0.0742610) - x * np.float32(0.0187293))
    )
    angle = np.float32(math.sqrt(np.float32(1.0) - x)) * series
    share = (np.float32(math.radians(60.0)) - angle) / np.float32(math.radians(30.0))
    return min(max(share, np.float32(0.0)), np.float32(1.0))


@inline
def covered(depth, rough):
    """As `simgen.conditions.snow.covered_share`, float32."""
    two = np.float32(2.0)
    return np.float32(1.0) - two / (exp32(two * depth / (np.float32(2.5) * rough)) + np.float32(1.0))


@inline
def sheltered(roofs, grid, x, y, z):
    """Whether a roof is over a point."""
    i, j = math.floor(float(x) * grid[0] + grid[1]), math.floor(grid[2] - float(y) * grid[0])
    if i < 0 or j < 0 or i >= roofs.shape[1] or j >= roofs.shape[0]:
        return False
    return roofs[j, i] > z + _SHELTER_M


@kernel
def lie(
    rec, count, face, bed, where, trodden, drawn, src, focal, deep, taken, areas, first, lying, roofs, grid, quantiles,
    quads, shine,
):  # fmt: skip
    """Lay snow on the points: white and matt as far as it hides what it lies on.

    Args:
        rec, count: located points with their material, (ROWS * BLOCK,).
        face: (count,) int32 what each is on.
        bed: (T,) float32 roughness length of each surface in metres; where: (T,) uint8 NOWHERE to FOLIAGE.
        trodden, drawn: (BLOCK,) float32 from `tread`.
        src: (SOURCES,) float32; focal: pixels.
        deep: float32 depth in metres on level land and things; taken: share that wheels take out of their tracks.
        areas, first: places of the ground with snow of their own, one after the other, and where each starts (P + 1).
        lying: (P + 1, 2) float32 depth on roads away from the places and on each, and how far it is packed, 0 or 1.
        roofs: (G, G) float32 height of what keeps snow off, -inf where there is nothing; grid: (3,) float64 cells a
            metre and cell coordinates of the world's origin.
        quantiles: (Q,) float32 of the noise at even shares.
        quads: noise textures.
        shine: (BLOCK,) float32 how far a film is closed, in place: under snow it mirrors nothing.
    """
    zero, half, one = np.float32(0.0), np.float32(0.5), np.float32(1.0)
    last = np.float32(quantiles.shape[0] - 1)
    for o in range(count):
        t = face[o]
        if t < 0 or where[t] == NOWHERE or rec[NZ + o] < (_STEEPEST if where[t] != FOLIAGE else zero):
            continue
        kind = where[t]
        x, y = rec[PX + o], rec[PY + o]
        depth, pressed = deep, zero
        if kind in (LAND, ROAD):
            place = place_at(areas, first, x, y, rec[DISTANCE + o] / np.float32(focal), quads)
            if kind == ROAD or place > 0:
                depth, pressed = lying[place, 0], lying[place, 1]
            elif lying[0, 1] > zero:
                depth, pressed = max(deep, lying[0, 0]), one
        if depth <= zero or sheltered(roofs, grid, x, y, rec[PZ + o]):
            continue
        vx, vy, vz = src[EYE_X] - x, src[EYE_Y] - y, src[EYE_Z] - rec[PZ + o]
        d = max(rec[DISTANCE + o], np.float32(1e-3))
        sine = max((vx * rec[NX + o] + vy * rec[NY + o] + vz * rec[NZ + o]) / d, np.float32(0.02))
        pixel = d / np.float32(focal) / np.float32(math.sqrt(sine))
        fine = _noise(quads, x * TUFTS_PER_M, y * TUFTS_PER_M, pixel * TUFTS_PER_M)
        broken, per_m = fine, TUFTS_PER_M
        if kind == LAND:
            drift = _noise(quads, y * DRIFTS_PER_M, x * DRIFTS_PER_M, pixel * DRIFTS_PER_M)
            depth *= np.float32(0.4) + np.float32(1.2) * drift
        else:
            per_m = SLUSH_PER_M if kind == ROAD else PATCHES_PER_M
            broken = drawn[o] if drawn[o] >= zero else _noise(quads, x * per_m, y * per_m, pixel * per_m)
        worn = zero
        if kind == ROAD:
            worn = taken * trodden[o]
            depth *= one - worn
        if kind == FOLIAGE:  # every twig of it holds some
            depth *= smooth(np.float32(0.05), np.float32(0.65), rec[NZ + o] + half * (broken - half))
        else:
            depth *= _retained(rec[NZ + o] + np.float32(0.16) * (broken - half))
        share = covered(depth, bed[t])
        if share <= np.float32(0.004):
            continue
        # The noise hides the share of the ground that lies below this level of it.
        at = min(share, one) * last
        i = min(np.int64(at), quantiles.shape[0] - 2)
        level = quantiles[i] + (quantiles[i + 1] - quantiles[i]) * (at - np.float32(i))
        edge = np.float32(0.03) if kind == THING else np.float32(0.07)  # slush, and blades of grass
        hidden = one - smooth(level - edge, level + edge, broken)
        hidden += (share - hidden) * min(pixel * per_m * np.float32(0.012), one)
        hidden = max(hidden, smooth(np.float32(0.97), one, share))
        pack = max(pressed, worn * smooth(zero, half, worn))
        grain = one + np.float32(0.14) * (fine - half) + (np.float32(0.06) + np.float32(0.22) * pack) * (broken - half)
        for c, fresh, packed in ((AR, _FRESH[0], _PACKED[0]), (AG, _FRESH[1], _PACKED[1]), (AB, _FRESH[2], _PACKED[2])):
            white = (fresh + (packed - fresh) * pack) * grain
            rec[c + o] += (white - rec[c + o]) * hidden
        rec[ROUGH + o] += (one - rec[ROUGH + o]) * hidden
        rec[F0 + o] += (np.float32(0.02) - rec[F0 + o]) * hidden
        rec[METAL + o] *= one - hidden
        rec[COAT + o] *= one - hidden
        shine[o] *= one - hidden
        if pixel * TUFTS_PER_M < np.float32(6.0):
            _heap(rec, o, hidden * min(depth * np.float32(33.0), one), fine, quads, pixel)


@inline
def _heap(rec, o, strength, fine, quads, pixel):
    """Turn the normal of a snowy point as its small heaps do: up to 1 cm high, and a few centimetres wide."""
    x, y, step = rec[PX + o] * TUFTS_PER_M, rec[PY + o] * TUFTS_PER_M, np.float32(1.5)
    steep = np.float32(0.01) * TUFTS_PER_M / step * strength
    nx = rec[NX + o] - steep * (_noise(quads, x + step, y, pixel * TUFTS_PER_M) - fine)
    ny = rec[NY + o] - steep * (_noise(quads, x, y + step, pixel * TUFTS_PER_M) - fine)
    nz = rec[NZ + o]
    unit = np.float32(1.0) / np.float32(math.sqrt(nx * nx + ny * ny + nz * nz))
    rec[NX + o] = nx * unit
    rec[NY + o] = ny * unit
    rec[NZ + o] = nz * unit


@kernel
def blow(rec, count, face, where, src, focal, drift, roofs, grid, quads, shine):
    """Let drifting snow hide the ground that it streams over, the more the flatter one looks at it.

    Args:
        rec, count, face, where, src, focal, roofs, grid, quads, shine: as of `lie`.
        drift: (4,) float32 optical depth of the streamers from above; direction of the wind (x, y); metres that they
            have gone along it.
    """
    zero, one = np.float32(0.0), np.float32(1.0)
    for o in range(count):
        t = face[o]
        if t < 0 or rec[NZ + o] < _FLAT or (where[t] != LAND and where[t] != ROAD):
            continue
        x, y = rec[PX + o], rec[PY + o]
        if sheltered(roofs, grid, x, y, rec[PZ + o]):
            continue
        d = max(rec[DISTANCE + o], np.float32(1e-3))
        sine = max((src[EYE_Z] - rec[PZ + o]) / d, np.float32(0.01))
        pixel = d / np.float32(focal) / np.float32(math.sqrt(sine))
        along, across = x * drift[1] + y * drift[2] - drift[3], y * drift[1] - x * drift[2]
        n = _noise(quads, along * ALONG_PER_M, across * _ACROSS_PER_M, pixel * _ACROSS_PER_M)
        streamer = smooth(np.float32(0.48), np.float32(0.80), n)
        far = min(pixel * np.float32(0.4), one)
        streamer += (_MEAN_STREAMER - streamer) * far
        hidden = one - exp32(-drift[0] * streamer / sine)
        for c, white in ((AR, _FRESH[0]), (AG, _FRESH[1]), (AB, _FRESH[2])):
            rec[c + o] += (white - rec[c + o]) * hidden
        rec[ROUGH + o] += (one - rec[ROUGH + o]) * hidden
        rec[F0 + o] *= one - hidden
        rec[COAT + o] *= one - hidden
        rec[METAL + o] = zero
        shine[o] *= one - hidden
