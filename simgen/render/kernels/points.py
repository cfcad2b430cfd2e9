"""Samples -> shading points: every pixel centre, then one more for each further surface in an edge pixel."""

from __future__ import annotations

import numpy as np

from simgen.compiled import inline, kernel
from simgen.render.kernels.resolve import BLUE, GREEN, RED


@kernel
def number_surfaces(part, material, normal, materials, used, out):
    """What tells surfaces apart.

    Args:
        part, material: (T,) int32 of each triangle; normal: (T, 3) float32.
        materials: how many there are.
        used: (P * materials,) int32 scratch.
        out: (T + 1, 4) float32 output, see `geometry.surfaces`.
    """
    used[:] = 0
    for t in range(part.shape[0]):
        used[np.int64(part[t]) * materials + material[t]] = 1
    count = np.int32(0)
    for k in range(used.shape[0]):
        before = count
        count += used[k]
        used[k] = before
    out[0, :] = np.float32(-1.0)
    for t in range(part.shape[0]):
        out[t + 1, 0] = np.float32(used[np.int64(part[t]) * materials + material[t]])
        for c in range(3):
            out[t + 1, 1 + c] = normal[t, c]


@inline
def _same_surface(a, b, surface):
    """Whether two triangles (0 sky) can share one shading: same part, same material, nearly the same plane."""
    dot = surface[a, 1] * surface[b, 1] + surface[a, 2] * surface[b, 2] + surface[a, 3] * surface[b, 3]
    return (a == b) | ((surface[a, 0] == surface[b, 0]) & (dot > np.float32(0.94)))


@inline
def share_out(own, around, samples, surface, alike):
    """Group the samples of a pixel by surface.

    Args:
        own: int64, 1 + the triangle at the centre, 0 for nothing.
        around: (S,) whose lower 32 bits are the same of the samples; samples: S.
        surface: (T + 1, 4) float32, see `geometry.surfaces`.
        alike: (S,) int64 output: how many samples the first of each group stands for, itself included; 0 for others and
            for those on the surface of the centre.

    Returns:
        How many samples are on the surface of the centre.
    """
    done = 0  # bit mask of samples already grouped
    own_count = 0
    for s in range(samples):
        alike[s] = 0
        if _same_surface(own, np.int64(np.int32(around[s])), surface):
            own_count += 1
            done |= 1 << s
    for s in range(samples):
        if done & (1 << s):
            continue
        first = np.int64(np.int32(around[s]))
        for q in range(s, samples):
            if done & (1 << q):
                continue
            if _same_surface(first, np.int64(np.int32(around[q])), surface):
                alike[s] += 1
                done |= 1 << q
    return own_count


@kernel
def extra_points(center, samples_key, offset, surface, differing, weight, pixel, x, y, face, share):
    """Group the samples of each pixel by surface; the centre's group is shaded at the centre.

    Args:
        center: (H, W) int32 triangle at the pixel centres.
        samples_key: (H, >= W, S) int64 keys at the samples, see `raster`.
        offset: (S,) float64 x offsets.
        surface: (T + 1, 4) float32, see `geometry.surfaces`.
        differing: (W + 1 + S,) int64 scratch.
        weight: (H * W,) float32, ones on entry: share of the pixel that its centre point stands for.
        pixel, x, y, face, share: (capacity,) outputs of the extra points: flat pixel index, position in pixels,
            triangle (-1 sky) and share.

    Returns:
        The number of extra points found; beyond the capacity they are counted but not written.
    """
    height, width = center.shape
    samples = offset.shape[0]
    inv = np.float32(1.0) / np.float32(samples)
    alike = differing[width + 1 :]
    capacity = pixel.shape[0]
    found = 0
    for r in range(height):
        own_row = center[r]
        row = samples_key[r]
        count = 0
        for c in range(width):
            own = own_row[c] + np.int32(1)
            other = np.int32(0)
            for s in range(samples):
                other |= np.int32(row[c, s]) ^ own
            differing[count] = c
            count += int(other != np.int32(0))
        for e in range(count):
            c = differing[e]
            own_count = share_out(np.int64(own_row[c]) + 1, row[c], samples, surface, alike)
            if own_count == samples:
                continue
            weight[r * width + c] = np.float32(own_count) * inv
            for s in range(samples):
                if alike[s] == 0:
                    continue
                if found < capacity:
                    pixel[found] = r * width + c
                    x[found] = c + offset[s]
                    y[found] = r + (s + 0.5) / samples - 0.5
                    face[found] = np.int64(np.int32(row[c, s])) - 1
                    share[found] = np.float32(alike[s]) * inv
                found += 1
    return found


@kernel
def centers(begin, width, x, y):
    """Column and row, (B,) float32 each, of the pixels from the flat index `begin` on in a picture of a width."""
    o = np.int64(0)
    while o < x.shape[0]:
        row = (begin + o) // width
        column = begin + o - row * width
        count = min(width - column, x.shape[0] - o)
        xs, ys, first, same = x[o : o + count], y[o : o + count], np.int32(column), np.float32(np.int32(row))
        for k in range(count):
            xs[k] = np.float32(first + np.int32(k))
        for k in range(count):
            ys[k] = same
        o += count


@kernel
def fill(radiance, weight, image):
    """Write the block's points into successive pixels: `image = weight * radiance`.

    Args:
        radiance: (3 * BLOCK,) of the block.
        weight: (B,) float32 of these points, or (0,) if all are of full weight; image: (B, 3) float32 output.
    """
    if weight.shape[0] == 0:
        for o in range(image.shape[0]):
            image[o, 0] = radiance[RED + o]
            image[o, 1] = radiance[GREEN + o]
            image[o, 2] = radiance[BLUE + o]
        return
    for o in range(image.shape[0]):
        w = weight[o]
        image[o, 0] = radiance[RED + o] * w
        image[o, 1] = radiance[GREEN + o] * w
        image[o, 2] = radiance[BLUE + o] * w


@kernel
def scatter(radiance, weight, order, image):
    """Write the block's points, which are in another order, into successive pixels; otherwise as `fill`.

    Args:
        order: (B,) int32 which of the pixels each point is.
        Others as in `fill`.
    """
    weighted = weight.shape[0] > 0
    for o in range(order.shape[0]):
        i = np.uint64(order[o])
        w = weight[i] if weighted else np.float32(1.0)
        image[i, 0] = radiance[RED + o] * w
        image[i, 1] = radiance[GREEN + o] * w
        image[i, 2] = radiance[BLUE + o] * w


@kernel
def store(radiance, count, weight, pixel, image):
    """Write the block's points into the picture: `image[pixel] = weight * radiance`.

    Args:
        radiance: (3 * BLOCK,) of the block; count: points in it.
        weight, pixel: (B,) float32 and int32 of these points.
        image: (N, 3) float32 output.
    """
    for o in range(count):
        i = pixel[o]
        w = weight[o]
        image[i, 0] = radiance[RED + o] * w
        image[i, 1] = radiance[GREEN + o] * w
        image[i, 2] = radiance[BLUE + o] * w


@kernel
def add(radiance, count, weight, pixel, image):
    """Add the block's points to the picture: `image[pixel] += weight * radiance`; arguments as in `store`."""
    for o in range(count):
        i = pixel[o]
        w = weight[o]
        image[i, 0] += radiance[RED + o] * w
        image[i, 1] += radiance[GREEN + o] * w
        image[i, 2] += radiance[BLUE + o] * w


@kernel
def unpack(keys, face_instance, face_class, triangle, depth, instance, semantic):
    """Triangle, depth and identity straight from the visibility buffer: the cheapest set of labels.

    Args:
        keys: (H, W) int64, see `raster`.
        face_instance, face_class: (T,) uint16 and uint8.
        triangle, depth, instance, semantic: (H, W) int32, float32, uint16, uint8 outputs; -1, inf, 0, 0 for nothing.
    """
    height, width = keys.shape
    for r in range(height):
        for c in range(width):
            key = keys[r, c]
            triangle[r, c] = np.int32(key) - np.int32(1)
            depth[r, c] = np.float32(1.0) / np.int32(key >> 32).view(np.float32)
    for r in range(height):
        for c in range(width):
            t = triangle[r, c]
            instance[r, c] = face_instance[t] if t >= 0 else 0
            semantic[r, c] = face_class[t] if t >= 0 else 0


@kernel
def triangles(keys, triangle):
    """The triangle alone from each key: (N,) int64, see `raster`, to (N,) int32, -1 for nothing."""
    for n in range(keys.shape[0]):
        triangle[n] = np.int32(keys[n]) - np.int32(1)
