"""From the samples of a face to the pixels of a distorted picture: what each sees along its own ray."""

from __future__ import annotations

import math

import numpy as np

from simgen.compiled import inline, kernel
from simgen.held import taken
from simgen.render.kernels.distortion import FISHEYE, MODEL, bent, fisheye
from simgen.render.kernels.maths import exp32
from simgen.render.kernels.media import even_path
from simgen.render.kernels.points import share_out
from simgen.render.kernels.raster import NEAR_M
from simgen.render.kernels.setups import at_ray

_CHUNK = 128
_RX, _RY, _RZ, _FAR, _QX, _QY, _QZ, _U, _V, _SEEN = (k * _CHUNK for k in range(10))
LABEL_SCRATCH, FURTHER_SCRATCH = 10 * _CHUNK, _CHUNK + 1


@kernel
def meet_triangles(x, y, runs, held, camera, faces, back, intrinsics, part, depth, normal):
    """Depth and normal where rays meet the planes of their triangles.

    A ray is that of a pixel, whose triangle is that at the nearest sample: it may pass the triangle by a fraction of a
    pixel. The depth is kept within that of the triangle's corners.

    Args:
        x, y: (B,) float32 places in pixels.
        runs, held, camera, faces, back: see `setups.find_runs`; intrinsics: (4,) float64.
        part: (B,) int32 output, -1 for nothing.
        depth: (B,) float32 output, z-depth, inf for nothing.
        normal: (B, 3) float32 output, camera frame, unit, 0 for nothing.
    """
    setups = taken(held)
    ifx, ify, cx, cy = 1.0 / intrinsics[0], 1.0 / intrinsics[1], intrinsics[2], intrinsics[3]
    for r in range(runs):
        w = np.int64(setups.row[r])
        for n in range(setups.first[r], setups.first[r + 1]):
            if w < 0:
                part[n] = np.int32(-1)
                depth[n] = np.float32(np.inf)
                for k in range(3):
                    normal[n, k] = np.float32(0.0)
                continue
            part[n] = setups.part[w]
            dx, dy = (float(x[n]) - cx) * ifx, (float(y[n]) - cy) * ify
            inverse, nx, ny, nz = at_ray(setups.table, w, dx, dy)
            t = setups.triangle[w]
            z0, z1, z2 = camera[2, faces[t, 0]], camera[2, faces[t, 1]], camera[2, faces[t, 2]]
            nearest, farthest = float(max(min(z0, z1, z2), np.float32(NEAR_M))), float(max(z0, z1, z2))
            depth[n] = 1.0 / min(max(inverse, 1.0 / farthest), 1.0 / nearest)
            for k in range(3):
                normal[n, k] = back[0, k] * nx + back[1, k] * ny + back[2, k] * nz


@kernel
def meet_depths(x, y, sample, wide, seen, normal, back, intrinsics, fine, depth, turned):
    """Depth where rays meet the plane through the nearest sample of a depth map.

    Args:
        x, y: (N,) float32 places in pixels; sample: (N,) int32 flat index of the nearest sample.
        wide: columns of the map of samples; seen: its flat float32 z-depth, inf for nothing.
        normal: (N, 3) float32 world normal at the sample.
        back: (3, 4) float64 camera -> world.
        intrinsics, fine: (4,) float64 of the places and of the samples.
        depth, turned: outputs, see `meet_triangles`.
    """
    for n in range(sample.shape[0]):
        z = float(seen[sample[n]])
        if not z < 1e9:
            depth[n] = np.float32(np.inf)
            for k in range(3):
                turned[n, k] = np.float32(0.0)
            continue
        nx = back[0, 0] * normal[n, 0] + back[1, 0] * normal[n, 1] + back[2, 0] * normal[n, 2]
        ny = back[0, 1] * normal[n, 0] + back[1, 1] * normal[n, 1] + back[2, 1] * normal[n, 2]
        nz = back[0, 2] * normal[n, 0] + back[1, 2] * normal[n, 1] + back[2, 2] * normal[n, 2]
        row, column = sample[n] // wide, sample[n] % wide
        there = nx * (column - fine[2]) / fine[0] + ny * (row - fine[3]) / fine[1] + nz
        here = nx * (float(x[n]) - intrinsics[2]) / intrinsics[0] + ny * (float(y[n]) - intrinsics[3]) / intrinsics[1]
        here += nz
        # Edge-on, the plane says nothing about the depth beside the sample.
        ratio = there / here if here * there > 0.0 else 1.0
        depth[n] = z * min(max(ratio, 0.8), 1.25)
        turned[n, 0], turned[n, 1], turned[n, 2] = nx, ny, nz


@kernel
def take(pixel, sample, water_depth, water_depth_out):
    """Give every pixel what its sample has, as it is: flat maps of samples, and flat maps of the picture."""
    for n in range(pixel.shape[0]):
        water_depth_out[pixel[n]] = water_depth[sample[n]]


@kernel
def further_points(
    pixel, triangle, nearest, spot_x, spot_y, seen, surface, scratch, weight, out, x, y, face, share
):  # fmt: skip
    """Group the samples in each pixel of a lens by surface, as `points.extra_points` does.

    Args:
        pixel: (N,) int32 flat indices; triangle: (N,) int32 in their middles, -1 for nothing.
        nearest: (N, S) int32 samples of S places in each pixel; spot_x, spot_y: (N, S) float32 where in the face.
        seen: flat int32 triangles of the samples.
        surface: (T + 1, 4) float32, see `geometry.surfaces`.
        scratch: (2 S + FURTHER_SCRATCH,) int64.
        weight: (H * W,) float32, ones on entry: share of the pixel that its middle stands for.
        out, x, y, face, share: (capacity,) outputs of the points: flat pixel index, position in pixels of the face,
            triangle (-1 sky) and share.

    Returns:
        The number of points found; beyond the capacity they are counted but not written.
    """
    samples = nearest.shape[1]
    inv = np.float32(1.0) / np.float32(samples)
    around, alike, differing = scratch[:samples], scratch[samples : 2 * samples], scratch[2 * samples :]
    found = 0
    for first in range(0, pixel.shape[0], _CHUNK):
        count = 0
        for n in range(first, min(first + _CHUNK, pixel.shape[0])):
            own, other = triangle[n], np.int32(0)
            for s in range(samples):
                other |= seen[np.uint32(nearest[n, s])] ^ own
            differing[count] = n
            count += int(other != np.int32(0))
        for e in range(count):
            n = differing[e]
            for s in range(samples):
                around[s] = seen[np.uint32(nearest[n, s])] + np.int32(1)
            own_count = share_out(np.int64(triangle[n]) + 1, around, samples, surface, alike)
            if own_count == samples:
                continue
            weight[pixel[n]] = np.float32(own_count) * inv
            for s in range(samples):
                if alike[s] == 0:
                    continue
                if found < out.shape[0]:
                    out[found] = pixel[n]
                    x[found], y[found] = spot_x[n, s], spot_y[n, s]
                    face[found] = around[s] - 1
                    share[found] = np.float32(alike[s]) * inv
                found += 1
    return found


@kernel
def labels(
    pixel, sample, x, y, face_depth, face_normal, part, identity, lens, intrinsics, turn, up, above, is_water, air,
    hidden, to_previous, width, scratch, instance, semantic, depth, distance, transmittance, normal, flow,
):  # fmt: skip
    """The labels of the pixels that look through one face.

    Pixels are taken in chunks: rays and distances -> identity, depth -> air -> normals -> the place before -> flow.
    All but the gathers run in vectors.

    Args:
        pixel, sample: (N,) int32 flat indices, ascending, and what each looks at.
        x, y: (N,) float32 where they look, in pixels of the face.
        face_depth, face_normal: (N,) and (N, 3) float32 z-depth and normal in the frame of the face.
        part: (N,) int32 part that the surface belongs to, -1 for what is fixed in the world.
        identity: (P + 2, 2) uint16 instance and class of each part, of nothing, and of water.
        lens: of the picture, see `distortion`; intrinsics: (4,) float64 of the face.
        turn: (3, 3) float64 camera frame -> the face's.
        up: (3,) float64 world up in the camera frame; above: height of the eye over the water.
        is_water: flat uint8 map of the samples, where the labels describe the water surface; empty without water.
        air: (4,) float32 extinction at the eye in 1/m, depth of the layer above it, and `thinning` and `per_height` of
            `media.even_path`.
        hidden: flat float32 share of light that puffs before the samples let through; empty without puffs.
        to_previous: (P + 1, 3, 4) float64, see `resolve.normals_and_flow`.
        width: of the picture.
        scratch: (LABEL_SCRATCH,) float64.
        instance, semantic, depth: (H * W,) uint16, uint8, float32 outputs.
        distance, transmittance: (H * W,) float32 outputs, or empty where nobody asks.
        normal, flow: (H * W, 3) and (H * W, 2) float32 outputs, or (0, ...) where nobody asks.
    """
    parts = to_previous.shape[0] - 1
    row, begin = 0, 0
    for first in range(0, pixel.shape[0], _CHUNK):
        count = min(pixel.shape[0] - first, _CHUNK)
        _directions(x[first:], y[first:], face_depth[first:], count, intrinsics, turn, scratch)
        if is_water.shape[0] > 0:
            for o in range(count):
                if is_water[sample[first + o]] != 0:  # the sample met the water: this ray meets the same plane
                    rise = up[0] * scratch[_RX + o] + up[1] * scratch[_RY + o] + up[2] * scratch[_RZ + o]
                    scratch[_FAR + o] = above / max(-rise, 1e-9)
        for o in range(count):
            i, k = pixel[first + o], part[first + o]
            who = k if k >= 0 else parts
            if is_water.shape[0] > 0 and is_water[sample[first + o]] != 0:
                who = parts + 1
            instance[i], semantic[i] = identity[who, 0], identity[who, 1]
            depth[i] = scratch[_FAR + o] * scratch[_RZ + o]
        if distance.shape[0] > 0:
            _clear(count, up, air, scratch)
            for o in range(count):
                i = pixel[first + o]
                distance[i] = scratch[_FAR + o]
                share = hidden[sample[first + o]] if hidden.shape[0] > 0 else np.float32(1.0)
                transmittance[i] = np.float32(scratch[_U + o]) * share
        if normal.shape[0] == 0:
            continue
        for o in range(count):
            n, i = first + o, pixel[first + o]
            wet = is_water.shape[0] > 0 and is_water[sample[n]] != 0
            for k in range(3):
                turned = (
                    turn[0, k] * face_normal[n, 0] + turn[1, k] * face_normal[n, 1] + turn[2, k] * face_normal[n, 2]
                )
                normal[i, k] = up[k] if wet else turned
            _move(to_previous[parts if wet or part[n] < 0 else part[n]], o, scratch)
        _project(lens, count, scratch)
        for o in range(count):
            i = pixel[first + o]
            while i >= begin + width:
                row += 1
                begin += width
            followed = scratch[_SEEN + o] > 0.0
            flow[i, 0] = scratch[_U + o] - (i - begin) if followed else np.nan
            flow[i, 1] = scratch[_V + o] - row if followed else np.nan


@inline
def _directions(x, y, face_depth, count, intrinsics, turn, scratch):
    """Write the rays of a chunk, unit vectors of the camera frame, and how far they go; inf for nothing."""
    ifx, ify, cx, cy = 1.0 / intrinsics[0], 1.0 / intrinsics[1], intrinsics[2], intrinsics[3]
    t00, t01, t02 = turn[0, 0], turn[0, 1], turn[0, 2]
    t10, t11, t12 = turn[1, 0], turn[1, 1], turn[1, 2]
    t20, t21, t22 = turn[2, 0], turn[2, 1], turn[2, 2]
    for o in range(count):
        a, b = (float(x[o]) - cx) * ifx, (float(y[o]) - cy) * ify
        length = math.sqrt(1.0 + a * a + b * b)
        inverse = 1.0 / length
        scratch[_RX + o] = (t00 * a + t10 * b + t20) * inverse
        scratch[_RY + o] = (t01 * a + t11 * b + t21) * inverse
        scratch[_RZ + o] = (t02 * a + t12 * b + t22) * inverse
        scratch[_FAR + o] = float(face_depth[o]) * length


@inline
def _clear(count, up, air, scratch):
    """Write the transmittance of the air along each ray of a chunk into _U, as `media.air_labels` has it."""
    for o in range(count):
        rise = np.float32(up[0] * scratch[_RX + o] + up[1] * scratch[_RY + o] + up[2] * scratch[_RZ + o])
        far = np.float32(scratch[_FAR + o])
        solid = far < np.float32(1e9)
        path = far if solid else air[1] / max(rise, np.float32(1e-6))
        if air[3] > np.float32(0.0):
            path = even_path(path, rise, solid, air[2], air[3])
        scratch[_U + o] = exp32(-air[0] * path)


@inline
def _move(m, o, scratch):
    """Turn the end of a ray into where it was before, up to a factor; what is infinitely distant is only turned."""
    rx, ry, rz, far = scratch[_RX + o], scratch[_RY + o], scratch[_RZ + o], scratch[_FAR + o]
    shift = 1.0 / far if far < 1e9 else 0.0
    scratch[_QX + o] = m[0, 0] * rx + m[0, 1] * ry + m[0, 2] * rz + m[0, 3] * shift
    scratch[_QY + o] = m[1, 0] * rx + m[1, 1] * ry + m[1, 2] * rz + m[1, 3] * shift
    scratch[_QZ + o] = m[2, 0] * rx + m[2, 1] * ry + m[2, 2] * rz + m[2, 3] * shift


@inline
def _project(lens, count, scratch):
    """Write where the points of a chunk come to lie and whether the lens sees them, by `distortion`'s formulas."""
    if lens[MODEL] == FISHEYE:
        for o in range(count):
            u, v, seen = fisheye(lens, scratch[_QX + o], scratch[_QY + o], scratch[_QZ + o])
            scratch[_U + o], scratch[_V + o], scratch[_SEEN + o] = u, v, 1.0 if seen else 0.0
    else:
        for o in range(count):
            u, v, seen = bent(lens, scratch[_QX + o], scratch[_QY + o], scratch[_QZ + o])
            scratch[_U + o], scratch[_V + o], scratch[_SEEN + o] = u, v, 1.0 if seen else 0.0
