"""Films of water on the ground: which points have one, what it does to their surface, and what it mirrors.

soak: film at the place -> puddles by the unevenness of the ground -> darker albedo, smoother surface
shine: picture of the mirrored world, averaged over the directions that the wet relief turns the eye's ray to

The average is that of `boxes`.
"""

from __future__ import annotations

import math

import numpy as np

from simgen.areas import inside
from simgen.compiled import inline, kernel
from simgen.conditions.water import N_WATER
from simgen.conditions.wetness import EASIER, ENTERING, TURNED_BACK
from simgen.render.kernels.boxes import CORE, SLOPE, WIDE, mean, within
from simgen.render.kernels.maths import smooth
from simgen.render.kernels.noise import noise
from simgen.render.kernels.resolve import AB, AG, AR, BLOCK, COAT, DISTANCE, F0, METAL, NX, NY, NZ, PX, PY, PZ, ROUGH
from simgen.render.kernels.sources import EYE_X, EYE_Y, EYE_Z
from simgen.render.kernels.water import fresnel
from simgen.render.noise import CHANNEL, CLOUD, FARTHEST, MEAN

PUDDLES = np.float32(0.6)
"""Share of the water that has run together in hollows; the rest covers the ground evenly."""
TEXELS_PER_M = np.float32(6.0)
"""Of the noise that is the unevenness of the ground: its longest waves are 21 m long."""
_SMOOTHEST = np.float32(0.12)  # roughness of a surface of water on the ground: little ripples
_WATER = np.float32(N_WATER)
DAMP_M = np.float32(1.0e-4)
"""A film that wets all grains."""
_EVEN_M = np.float32(3.0e-4)  # a film that leaves no dry spots between them
_UPRIGHT = np.float32(0.9)  # least vertical part of the normal of ground that water stays on
_WANDERS_M, _BENDS_PER_M = np.float32(0.5), np.float32(40.0)  # of the edge of an area, and texels of noise
_on_area = inline(inside)


@inline
def wetted(albedo):
    """As `simgen.conditions.wetness.wet_albedo`, float32."""
    one, turned = np.float32(1.0), np.float32(TURNED_BACK)
    dry = one - albedo
    back = one - dry * (albedo * np.float32(EASIER) + dry)
    return np.float32(ENTERING) * (one - turned) * back / (one - turned * back)


@inline
def _place(areas, first, x, y):
    """Which film lies at a point: 0, or one more than the number of the last area over it."""
    for k in range(first.shape[0] - 2, -1, -1):
        if _on_area(areas[first[k] : first[k + 1]], x, y):
            return k + 1
    return 0


@inline
def place_at(areas, first, x, y, pixel, quads):
    """As `_place`, but for an edge that wanders by some centimetres about that of its area, as that of a spill does.

    `pixel` is how many metres a pixel is wide there.
    """
    if first.shape[0] <= 1:
        return 0
    base, nearest, mean = np.float32(CLOUD * CHANNEL), np.float32(0.5 ** FARTHEST[CLOUD]), np.float32(MEAN[CLOUD])
    u, v, f = x * _BENDS_PER_M, y * _BENDS_PER_M, pixel * _BENDS_PER_M
    off_x = _WANDERS_M * (noise(quads, base, nearest, mean, u, v, f) - mean)
    off_y = _WANDERS_M * (noise(quads, base, nearest, mean, v, u + np.float32(99.0), f) - mean)
    return _place(areas, first, x + off_x, y + off_y)


@kernel
def wet_ground(depth, face, relief, back, intrinsics, areas, first, films, step, heights):
    """Heights of wet ground in view, at every `step`-th pixel of every `step`-th row.

    Args:
        depth, face: (H, W) float32 z-depth, int32 identity of the surface.
        relief: (T,) float32, see `soak`.
        back, intrinsics: of the view.
        areas, first, films: see `soak`.
        heights: (N,) float64 output.

    Returns:
        How many were found.
    """
    fx, fy, cx, cy = intrinsics[0], intrinsics[1], intrinsics[2], intrinsics[3]
    found = 0
    for r in range(step // 2, depth.shape[0], step):
        for c in range(step // 2, depth.shape[1], step):
            t = face[r, c]
            if t < 0 or relief[t] <= np.float32(0.0) or found >= heights.shape[0]:
                continue
            d = float(depth[r, c])
            qx, qy = (c - cx) / fx * d, (r - cy) / fy * d
            x = back[0, 0] * qx + back[0, 1] * qy + back[0, 2] * d + back[0, 3]
            y = back[1, 0] * qx + back[1, 1] * qy + back[1, 2] * d + back[1, 3]
            if films[_place(areas, first, x, y), 0] > np.float32(0.0):
                heights[found] = back[2, 0] * qx + back[2, 1] * qy + back[2, 2] * d + back[2, 3]
                found += 1
    return found


@kernel
def soak(rec, count, face, relief, src, focal, areas, first, films, uneven, quads, shine, index, depth):
    """Wet the ground: darken and smooth it as deep as its film is.

    Args:
        rec, count: located points with their material, (ROWS * BLOCK,).
        face: (count,) int32 what each is on.
        relief: (T,) float32 depth of the grains' relief in metres that a film has to fill; below 0 for ground that
            soaks water up, 0 for what is not ground.
        src: (SOURCES,) float32; focal: pixels.
        areas, first: places with films of their own, one after the other, and where each starts (P + 1).
        films: (P + 1, 3) float32 mean film in metres away from the areas and on each, the level of its puddles, and its
            refractive index.
        uneven: float32 metres of height between the lowest and the highest noise.
        quads: noise textures.
        shine: (BLOCK,) float32 output: how far the film is closed, 0 to 1.
        index: (BLOCK,) float32 output where it is: its refractive index.
        depth: (BLOCK,) float32 output: metres of water on the ground here, puddles included, or in it where it soaks.
    """
    zero, one = np.float32(0.0), np.float32(1.0)
    base, nearest, mean = np.float32(CLOUD * CHANNEL), np.float32(0.5 ** FARTHEST[CLOUD]), np.float32(MEAN[CLOUD])
    for o in range(count):
        shine[o] = zero
        depth[o] = zero
        t = face[o]
        if t < 0 or relief[t] == zero or rec[NZ + o] < _UPRIGHT:
            continue
        x, y = rec[PX + o], rec[PY + o]
        place = place_at(areas, first, x, y, rec[DISTANCE + o] / np.float32(focal), quads)
        film = films[place, 0]
        if film <= zero:
            continue
        damp = min(film / DAMP_M, one)
        for c in (AR, AG, AB):
            albedo = rec[c + o]
            rec[c + o] = albedo + (wetted(albedo) - albedo) * damp
        n = films[place, 2]
        liquid = one if n == _WATER else zero  # ice is no water
        depth[o] = film * liquid
        if relief[t] < zero:
            continue
        sine = max((src[EYE_Z] - rec[PZ + o]) / max(rec[DISTANCE + o], np.float32(1e-3)), np.float32(0.01))
        across = rec[DISTANCE + o] / np.float32(focal) * TEXELS_PER_M
        footprint = across / np.float32(math.sqrt(sine))
        height = uneven * noise(quads, base, nearest, mean, x * TEXELS_PER_M, y * TEXELS_PER_M, footprint)
        local = (one - PUDDLES) * film + max(films[place, 1] - height, zero)
        depth[o] = local * liquid
        closed = smooth(zero, relief[t], local)
        even = smooth(zero, _EVEN_M, film)
        rough = min(rec[ROUGH + o], np.float32(0.5))
        rough += (_SMOOTHEST - rough) * closed
        rec[ROUGH + o] += (rough - rec[ROUGH + o]) * even
        straight = np.float32(0.02) if n == _WATER else (n - one) * (n - one) / ((n + one) * (n + one))
        rec[F0 + o] += (straight - rec[F0 + o]) * even
        rec[METAL + o] = zero
        rec[COAT + o] *= one - even
        shine[o] = even
        index[o] = n


@kernel
def mirror(rec, count, src, shine, index, slope_x, slope_y, sums, level, back, intrinsics, px, py, out):
    """Lay what the films mirror over the lit ground, in place, and take the gloss of those points.

    Args:
        rec, count, src: as in the light stage; shine, index: from `soak`; slope_x, slope_y: of `rings.pucker`.
        sums: (H + 1, W + 1, 3) float64 from `boxes.sum_areas`, of the world turned upside down at `level`, in pixels
            twice as large as those of the view.
        level: height of the mirror. Ground too far from it to show the same keeps its gloss.
        back, intrinsics: of the view.
        px, py: (count,) where in the picture the points are.
        out: (3 * BLOCK,) radiance.
    """
    zero, one = np.float32(0.0), np.float32(1.0)
    focal = 0.5 * intrinsics[1]
    cx, cy = intrinsics[2], intrinsics[3]
    rows, columns = sums.shape[0] - 1.0, sums.shape[1] - 1.0
    tilt = back[2, 1]
    for o in range(count):
        if shine[o] <= zero:
            continue
        d = max(rec[DISTANCE + o], np.float32(1e-3))
        off = abs(rec[PZ + o] - np.float32(level)) / d
        same = one - smooth(np.float32(0.01), np.float32(0.04), off)
        if same <= zero:
            continue
        vx, vy, vz = src[EYE_X] - rec[PX + o], src[EYE_Y] - rec[PY + o], src[EYE_Z] - rec[PZ + o]
        cosine = max((vx * rec[NX + o] + vy * rec[NY + o] + vz * rec[NZ + o]) / d, np.float32(0.005))
        slope = SLOPE * rec[ROUGH + o] * rec[ROUGH + o]
        k = fresnel(np.float32(math.sqrt(cosine * cosine + slope * slope)), index[o]) * shine[o] * same
        # Half the height and width of the streak, in rows and columns of the mirror's picture.
        tall = 2.0 * slope * focal
        wide = WIDE * tall * cosine
        u, v = (px[o] + 0.5) * 0.5, (py[o] + 0.5) * 0.5
        if slope_x[o] != zero or slope_y[o] != zero:
            sight = max(math.sqrt(vx * vx + vy * vy), np.float32(1e-3))
            u += 2.0 * focal * cosine * (slope_y[o] * vx - slope_x[o] * vy) / sight
            v += 2.0 * focal * (slope_x[o] * vx + slope_y[o] * vy) / sight
        # Nothing is mirrored from below the horizon.
        if tilt < -1e-3:
            skyline = cy - intrinsics[1] * (back[2, 0] * (px[o] - cx) / intrinsics[0] + back[2, 2]) / tilt
            skyline = (skyline + 0.5) * 0.5
        else:
            skyline = 0.0
        top, bottom = within(v, tall, skyline, rows)
        core_top, core_bottom = within(v, CORE * tall, skyline, rows)
        left, right = within(u, wide, 0.0, columns)
        core_left, core_right = within(u, CORE * wide, 0.0, columns)
        for c in range(3):
            seen = mean(sums, top, bottom, left, right, c)
            core = mean(sums, core_top, core_bottom, core_left, core_right, c)
            at = c * BLOCK + o
            out[at] = out[at] * (one - k) + np.float32(0.5 * (seen + core)) * k
        gloss = max(one - rec[ROUGH + o] * np.float32(1.7), zero)
        rec[ROUGH + o] = (one - (one - same) * gloss) * np.float32(1.0 / 1.7)
