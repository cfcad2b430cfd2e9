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
from simgen.render.kernels.maths import exp32, smooth
from simgen.render.kernels.noise import ADDRESS, blend, noise, place
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
    SPARE,
    U,
    V,
)
from simgen.render.kernels.sources import EYE_X, EYE_Y, EYE_Z
from simgen.render.noise import CHANNEL, CLOUD, FARTHEST, MEAN

NOWHERE, LAND, ROAD, THING, FOLIAGE = 0, 1, 2, 3, 4
"""What snow may lie on: nothing, open ground, what wheels roll on, things, and leaves."""
PATCHES_PER_M, SLUSH_PER_M, BLADES_PER_M = np.float32(24.0), np.float32(64.0), np.float32(410.0)
"""Texels of noise a metre: what breaks the edges of thin snow on things, on roads and between grass."""
TUFTS_PER_M = np.float32(110.0)
"""The same of the small heaps that it lies in."""
DRIFTS_PER_M = np.float32(0.9)
"""The same of how unevenly snow lies on land."""
_ROAD_PATTERN, _COLUMNS, _LANE = 2, 25, 12  # of the table of materials, see `material_table.MATERIAL_COLUMNS`
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
_WAVE_M, _WAVES_PER_M = np.float32(0.5), np.float32(0.177)
_CHUNK = 64
"""Points that are looked at together: arithmetic runs in vectorised loops, look-ups in loops of their own."""
_STEP = 1.5  # texels between the places whose difference is a slope
_FINE, _BROKEN, _DRIFT, _EAST, _NORTH = 0, 1, 2, 3, 4
_NOISES = 5
# Scratch of a chunk: of each noise the address of its word, then the word, and weights; of each point the rest.
_WORDS, _RIGHTS, _BELOWS = SPARE, SPARE + _NOISES * _CHUNK, SPARE + 2 * _NOISES * _CHUNK
_KIND, _DEPTH, _PRESSED, _BED, _PIXEL, _HIDDEN, _LEVEL = (SPARE + (3 * _NOISES + k) * _CHUNK for k in range(7))
_BASE, _NEAREST, _MEAN = np.float32(CLOUD * CHANNEL), np.float32(0.5 ** FARTHEST[CLOUD]), np.float32(MEAN[CLOUD])


@inline
def _noise(quads, u, v, footprint):
    """The fractal noise at one texel position."""
    return noise(quads, _BASE, _NEAREST, _MEAN, u, v, footprint)


@kernel
def tread(face, where, face_material, materials, quads, rec, trodden, drawn):
    """How far wheels have worked on the snow at the points of a block, from 0 to 1.

    Args:
        face: (B,) int32 triangles; where: (T,) uint8; face_material: (T,) int32; materials: flat.
        quads: noise textures.
        rec: located points whose surface coordinates are still there.
        trodden: (BLOCK,) float32 output.
        drawn: (BLOCK,) float32 output: noise that is drawn out along lanes, as what wheels leave is; -1 beside them.
    """
    zero, half, one = np.float32(0.0), np.float32(0.5), np.float32(1.0)
    for o in range(face.shape[0]):
        trodden[o] = zero
        drawn[o] = -one
        t = face[o]
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
    for begin in range(0, count, _CHUNK):
        part, points = rec[begin:], min(count - begin, _CHUNK)
        faces, worked, streaks, film = face[begin:], trodden[begin:], drawn[begin:], shine[begin:]
        found = _falls(part, points, faces, bed, where, focal, deep, areas, first, lying, roofs, grid, quads)
        if found == 0:
            continue
        _places(part, points, src, focal)
        for o in range(points):
            if part[_DEPTH + o] > np.float32(0.0):
                for n in range(_NOISES):
                    at = _WORDS + n * _CHUNK + o
                    part[at] = np.int32(quads[np.float32(part[at]).view(np.int32) & ADDRESS]).view(np.float32)
        _thin(part, points, worked, streaks, taken, np.float32(quantiles.shape[0] - 1))
        for o in range(points):
            at = part[_LEVEL + o]
            i = min(np.int64(at), quantiles.shape[0] - 2)
            part[_LEVEL + o] = quantiles[i] + (quantiles[i + 1] - quantiles[i]) * (at - np.float32(i))
        _whiten(part, points, film)


@inline
def _falls(part, points, face, bed, where, focal, deep, areas, first, lying, roofs, grid, quads):
    """Write what snow falls on, how deep it is on the level and how far pressed; returns on how many points."""
    found = 0
    for o in range(points):
        part[_DEPTH + o] = np.float32(0.0)
        part[_PRESSED + o] = np.float32(0.0)
        part[_KIND + o] = np.float32(NOWHERE)
        part[_BED + o] = np.float32(1.0)
        t = face[o]
        if t < 0 or where[t] == NOWHERE or part[NZ + o] < (_STEEPEST if where[t] != FOLIAGE else np.float32(0.0)):
            continue
        kind = where[t]
        x, y = part[PX + o], part[PY + o]
        depth, pressed = deep, np.float32(0.0)
        if kind in (LAND, ROAD):
            place = place_at(areas, first, x, y, part[DISTANCE + o] / np.float32(focal), quads)
            if kind == ROAD or place > 0:
                depth, pressed = lying[place, 0], lying[place, 1]
            elif lying[0, 1] > np.float32(0.0):
                depth, pressed = max(deep, lying[0, 0]), np.float32(1.0)
        if depth <= np.float32(0.0) or sheltered(roofs, grid, x, y, part[PZ + o]):
            continue
        part[_DEPTH + o] = depth
        part[_PRESSED + o] = pressed
        part[_KIND + o] = np.float32(kind)
        part[_BED + o] = bed[t]
        found += 1
    return found


@inline
def _places(part, points, src, focal):
    """Write how many metres a pixel covers, and where in the textures its noises are."""
    for o in range(points):
        x, y = part[PX + o], part[PY + o]
        vx, vy, vz = src[EYE_X] - x, src[EYE_Y] - y, src[EYE_Z] - part[PZ + o]
        d = max(part[DISTANCE + o], np.float32(1e-3))
        sine = max((vx * part[NX + o] + vy * part[NY + o] + vz * part[NZ + o]) / d, np.float32(0.02))
        part[_PIXEL + o] = d / np.float32(focal) / np.float32(math.sqrt(sine))
    step = np.float32(_STEP)
    for o in range(points):
        x, y, fine = part[PX + o] * TUFTS_PER_M, part[PY + o] * TUFTS_PER_M, part[_PIXEL + o] * TUFTS_PER_M
        _look(part, o, _FINE, x, y, fine)
        _look(part, o, _EAST, x + step, y, fine)
        _look(part, o, _NORTH, x, y + step, fine)
    for o in range(points):
        x, y, pixel, per_m = part[PX + o], part[PY + o], part[_PIXEL + o], _per_m(part[_KIND + o])
        # Slow waves shift the tile of noise, so that its copies differ.
        u, v = x + _WAVE_M * _wave(_WAVES_PER_M * y), y + _WAVE_M * _wave(_WAVES_PER_M * x)
        _look(part, o, _BROKEN, u * per_m, v * per_m, pixel * per_m)
        _look(part, o, _DRIFT, y * DRIFTS_PER_M, x * DRIFTS_PER_M, pixel * DRIFTS_PER_M)


@inline
def _per_m(kind):
    """Texels a metre of the noise that breaks the edge of snow on a kind of thing."""
    on_road = SLUSH_PER_M if kind == np.float32(ROAD) else PATCHES_PER_M
    return BLADES_PER_M if kind == np.float32(LAND) else on_road


@inline
def _wave(turns):
    """A wave between -1 and 1 of parabolas, with a period of one."""
    t = turns - np.float32(math.floor(turns))
    side = np.float32(4.0) * t - np.float32(1.0) if t < np.float32(0.5) else np.float32(3.0) - np.float32(4.0) * t
    return side * (np.float32(2.0) - abs(side))


@inline
def _look(part, o, n, u, v, footprint):
    """Write where the noise n of a point is in the textures."""
    address, a, b = place(_BASE, _NEAREST, u, v, footprint)
    part[_WORDS + n * _CHUNK + o] = np.int32(address).view(np.float32)
    part[_RIGHTS + n * _CHUNK + o] = a
    part[_BELOWS + n * _CHUNK + o] = b


@inline
def _seen(part, o, n):
    """The noise n of a point, once its word has been fetched."""
    word = np.float32(part[_WORDS + n * _CHUNK + o]).view(np.int32)
    return blend(word, part[_RIGHTS + n * _CHUNK + o], part[_BELOWS + n * _CHUNK + o], _MEAN)


@inline
def _thin(part, points, trodden, drawn, taken, last):
    """Write the depth that stays on slopes and in tracks, the share of the ground that it hides, and the noises.

    The noise hides the share of the ground that lies below some level of it: which, `quantiles` knows.
    """
    zero, half, one = np.float32(0.0), np.float32(0.5), np.float32(1.0)
    for o in range(points):
        kind, depth = part[_KIND + o], part[_DEPTH + o]
        on_road, on_land, foliage = kind == np.float32(ROAD), kind == np.float32(LAND), kind == np.float32(FOLIAGE)
        along = drawn[o]
        own = _seen(part, o, _BROKEN)
        broken = own if on_land or along < zero else along
        drift = np.float32(0.4) + np.float32(1.2) * _seen(part, o, _DRIFT)
        worn = taken * trodden[o] if on_road else zero
        depth = depth * (drift if on_land else one) * (one - worn)
        nz = part[NZ + o]
        held = smooth(np.float32(0.05), np.float32(0.65), nz + half * (broken - half))  # every twig of it holds some
        kept = _retained(nz + np.float32(0.16) * (broken - half))
        depth *= held if foliage else kept
        share = covered(depth, part[_BED + o])
        share = share if share > np.float32(0.004) else zero
        part[_DEPTH + o] = depth
        part[_HIDDEN + o] = share
        part[_LEVEL + o] = min(share, one) * last
        pressed = part[_PRESSED + o]
        part[_PRESSED + o] = max(pressed, worn * smooth(zero, half, worn))
        part[_BED + o] = broken


@inline
def _whiten(part, points, shine):
    """Hide what lies under the snow, and heap it up."""
    zero, half, one = np.float32(0.0), np.float32(0.5), np.float32(1.0)
    for o in range(points):
        kind, share, level, broken = part[_KIND + o], part[_HIDDEN + o], part[_LEVEL + o], part[_BED + o]
        fine, pixel, pack = _seen(part, o, _FINE), part[_PIXEL + o], part[_PRESSED + o]
        edge = np.float32(0.03) if kind == np.float32(THING) else np.float32(0.07)  # slush, and blades of grass
        hidden = one - smooth(level - edge, level + edge, broken)
        waves = np.float32(0.05) if kind == np.float32(LAND) else np.float32(0.012)  # blades stand closer than patches
        hidden += (share - hidden) * min(pixel * _per_m(kind) * waves, one)
        hidden = max(hidden, smooth(np.float32(0.97), one, share))
        hidden = hidden if share > zero else zero
        grain = one + np.float32(0.14) * (fine - half) + (np.float32(0.06) + np.float32(0.22) * pack) * (broken - half)
        for c, fresh, packed in ((AR, _FRESH[0], _PACKED[0]), (AG, _FRESH[1], _PACKED[1]), (AB, _FRESH[2], _PACKED[2])):
            white = (fresh + (packed - fresh) * pack) * grain
            part[c + o] += (white - part[c + o]) * hidden
        part[ROUGH + o] += (one - part[ROUGH + o]) * hidden
        part[F0 + o] += (np.float32(0.02) - part[F0 + o]) * hidden
        part[METAL + o] *= one - hidden
        part[COAT + o] *= one - hidden
        shine[o] *= one - hidden
        near = one if pixel * TUFTS_PER_M < np.float32(6.0) else zero
        part[_HIDDEN + o] = near * hidden * min(part[_DEPTH + o] * np.float32(33.0), one)
    for o in range(points):
        # Small heaps turn the normal: up to 1 cm high, and a few centimetres wide.
        fine, steep = _seen(part, o, _FINE), np.float32(0.01 / _STEP) * TUFTS_PER_M * part[_HIDDEN + o]
        nx = part[NX + o] - steep * (_seen(part, o, _EAST) - fine)
        ny = part[NY + o] - steep * (_seen(part, o, _NORTH) - fine)
        nz = part[NZ + o]
        unit = one / np.float32(math.sqrt(nx * nx + ny * ny + nz * nz))
        part[NX + o] = nx * unit if steep > zero else part[NX + o]
        part[NY + o] = ny * unit if steep > zero else part[NY + o]
        part[NZ + o] = nz * unit if steep > zero else nz


@kernel
def blow(rec, count, face, where, src, focal, drift, roofs, grid, quads, shine):
    """Let drifting snow hide the ground that it streams over, the more the flatter one looks at it.

    Args:
        rec, count, face, where, src, focal, roofs, grid, quads, shine: as of `lie`.
        drift: (4,) float32 optical depth of the streamers from above; direction of the wind (x, y); metres that they
            have gone along it.
    """
    zero, one = np.float32(0.0), np.float32(1.0)
    for begin in range(0, count, _CHUNK):
        part, points, film = rec[begin:], min(count - begin, _CHUNK), shine[begin:]
        found = np.int32(0)
        for o in range(points):
            t = face[begin + o]
            ground = t >= 0 and part[NZ + o] >= _FLAT and (where[t] == LAND or where[t] == ROAD)
            if ground and not sheltered(roofs, grid, part[PX + o], part[PY + o], part[PZ + o]):
                part[_DEPTH + o] = drift[0]
                found += np.int32(1)
            else:
                part[_DEPTH + o] = zero
        if found == 0:
            continue
        for o in range(points):
            x, y, d = part[PX + o], part[PY + o], max(part[DISTANCE + o], np.float32(1e-3))
            sine = max((src[EYE_Z] - part[PZ + o]) / d, np.float32(0.01))
            pixel = d / np.float32(focal) / np.float32(math.sqrt(sine))
            along, across = x * drift[1] + y * drift[2] - drift[3], y * drift[1] - x * drift[2]
            part[_PIXEL + o] = pixel
            part[_LEVEL + o] = sine
            _look(part, o, _FINE, along * ALONG_PER_M, across * _ACROSS_PER_M, pixel * _ACROSS_PER_M)
        for o in range(points):
            if part[_DEPTH + o] > zero:
                at = _WORDS + o
                part[at] = np.int32(quads[np.float32(part[at]).view(np.int32) & ADDRESS]).view(np.float32)
        for o in range(points):
            streamer = smooth(np.float32(0.48), np.float32(0.80), _seen(part, o, _FINE))
            streamer += (_MEAN_STREAMER - streamer) * min(part[_PIXEL + o] * np.float32(0.4), one)
            depth = part[_DEPTH + o]
            hidden = one - exp32(-depth * streamer / part[_LEVEL + o])
            for c, white in ((AR, _FRESH[0]), (AG, _FRESH[1]), (AB, _FRESH[2])):
                part[c + o] += (white - part[c + o]) * hidden
            part[ROUGH + o] += (one - part[ROUGH + o]) * hidden
            part[F0 + o] *= one - hidden
            part[COAT + o] *= one - hidden
            part[METAL + o] = part[METAL + o] if depth <= zero else zero
            film[o] *= one - hidden
