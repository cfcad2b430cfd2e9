"""Light on its way through what lies on a glass: the compiled loops of drops and dirt."""

from __future__ import annotations

import math

import numpy as np

from simgen.compiled import inline, kernel

BLOTCH = 12
"""Uniform draws that place a blotch: x, y, size, and three times x, y, size of what sticks to it."""


@inline
def _disc(x, y, r, covered):
    """Cover the pixel centres within a disc; gives how many were clear."""
    height, width = covered.shape
    fresh = 0
    for row in range(max(math.ceil(y - r), 0), min(math.floor(y + r), height - 1) + 1):
        half = math.sqrt(max(r * r - (row - y) * (row - y), 0.0))
        for column in range(max(math.ceil(x - half), 0), min(math.floor(x + half), width - 1) + 1):
            fresh += int(covered[row, column] == np.float32(0.0))
            covered[row, column] = np.float32(1.0)
    return fresh


@kernel
def blotches(draws, least, most, wanted, covered):
    """Cover a picture with blotches, one after the other, until `wanted` pixels are covered.

    Their sizes r are as frequent as 1 / r^2; each is a disc with three smaller ones at its edge.

    Args:
        draws: (N, BLOTCH) float64 in 0..1.
        least, most: radii in pixels.
        wanted: how many pixels are still to be covered.
        covered: (H, W) float32, 0 or 1, in and out.

    Returns:
        How many were covered.
    """
    height, width = covered.shape
    done = 0
    for n in range(draws.shape[0]):
        if done >= wanted:
            break
        r = 1.0 / (1.0 / least - draws[n, 2] * (1.0 / least - 1.0 / most))
        x, y = draws[n, 0] * (width + 2.0 * r) - r, draws[n, 1] * (height + 2.0 * r) - r
        done += _disc(x, y, r, covered)
        for k in range(3, BLOTCH, 3):
            dx, dy = 2.0 * draws[n, k] - 1.0, 2.0 * draws[n, k + 1] - 1.0
            done += _disc(x + dx * r, y + dy * r, (0.25 + 0.5 * draws[n, k + 2]) * r, covered)
    return done


@kernel
def out_of_focus(sharp, radius, sums, blurred):
    """The mean of `sharp` (H, W) float32 over the disc of `radius` pixels about each pixel; borders are repeated.

    `sums` (H, W + 1) float64 is scratch, `blurred` (H, W) float32 output.
    """
    height, width = sharp.shape
    for y in range(height):
        sums[y, 0] = 0.0
        for x in range(width):
            sums[y, x + 1] = sums[y, x] + sharp[y, x]
    reach = math.floor(radius)
    for y in range(height):
        for x in range(width):
            total, area = 0.0, 0
            for dy in range(-reach, reach + 1):
                half = math.floor(math.sqrt(radius * radius - dy * dy))
                row = min(max(y + dy, 0), height - 1)
                left, right = x - half, x + half + 1
                total += sums[row, min(right, width)] - sums[row, max(left, 0)]
                total += max(-left, 0) * sharp[row, 0] + max(right - width, 0) * sharp[row, width - 1]
                area += right - left
            blurred[y, x] = total / area


@kernel
def add_drop(x0, y0, radius, bend, profile, pupil, scene, fine, step, layer):
    """Lay one drop over the layer of drops.

    Each point of the pupil sees its own place of the drop, and through it the scene in another direction: a drop of
    water with a flat back is a lens, which turns light by the more the farther from its middle it passes.

    Args:
        x0, y0: middle of the drop, pixels; radius: of its edge.
        bend: pixels by which the scene is displaced for each unit of `profile`.
        profile: (Q, 2) float32 at even distances from the middle to the edge: how much light is turned, and the share
            of it that gets through.
        pupil: (S, 2) float32 points of the pupil, in pixels of defocus.
        scene: (h, w, 3) float32 radiance, of pixels `fine` times as large as the picture's.
        fine: float.
        step: pixels from one point of the layer to the next; the first lies at pixel 0.
        layer: (rows, columns, 4) float32 radiance that comes through drops, and their share of the light; in and out.
    """
    rows, columns = layer.shape[0], layer.shape[1]
    spread = np.float32(0.0)
    for s in range(pupil.shape[0]):
        spread = max(spread, abs(pupil[s, 0]), abs(pupil[s, 1]))
    reach = radius + float(spread)
    last_x, last_y = np.float32(scene.shape[1] - 1), np.float32(scene.shape[0] - 1)
    zero, one, half = np.float32(0.0), np.float32(1.0), np.float32(0.5)
    inverse, share = np.float32(1.0 / fine), np.float32(1.0 / pupil.shape[0])
    steps = np.float32((profile.shape[0] - 1) / radius)
    edge2 = np.float32(radius * radius)
    moved = np.float32(bend)
    first_row, last_row = max(math.ceil((y0 - reach) / step), 0), min(math.floor((y0 + reach) / step), rows - 1)
    first, last = max(math.ceil((x0 - reach) / step), 0), min(math.floor((x0 + reach) / step), columns - 1)
    for row in range(first_row, last_row + 1):
        y = np.float32(row * step)
        for column in range(first, last + 1):
            x = np.float32(column * step)
            red, green, blue, cover = zero, zero, zero, zero
            for s in range(pupil.shape[0]):
                dx, dy = x + pupil[s, 0] - np.float32(x0), y + pupil[s, 1] - np.float32(y0)
                h2 = dx * dx + dy * dy
                if h2 >= edge2:
                    continue
                q = np.int64(np.float32(math.sqrt(h2)) * steps + half)
                turned = profile[q, 0] * moved
                u = min(max((x - dx * turned + half) * inverse - half, zero), last_x)
                v = min(max((y - dy * turned + half) * inverse - half, zero), last_y)
                i, j = np.int64(u), np.int64(v)
                fx, fy = u - np.float32(i), v - np.float32(j)
                i1, j1 = min(i + 1, scene.shape[1] - 1), min(j + 1, scene.shape[0] - 1)
                through = profile[q, 1]
                a, b = (one - fx) * (one - fy) * through, fx * (one - fy) * through
                c, d = (one - fx) * fy * through, fx * fy * through
                red += a * scene[j, i, 0] + b * scene[j, i1, 0] + c * scene[j1, i, 0] + d * scene[j1, i1, 0]
                green += a * scene[j, i, 1] + b * scene[j, i1, 1] + c * scene[j1, i, 1] + d * scene[j1, i1, 1]
                blue += a * scene[j, i, 2] + b * scene[j, i1, 2] + c * scene[j1, i, 2] + d * scene[j1, i1, 2]
                cover += one
            if cover > zero:
                left = one - cover * share
                layer[row, column, 0] = layer[row, column, 0] * left + red * share
                layer[row, column, 1] = layer[row, column, 1] * left + green * share
                layer[row, column, 2] = layer[row, column, 2] * left + blue * share
                layer[row, column, 3] = one - (one - layer[row, column, 3]) * left


@kernel
def compose(radiance, layer, step, dirt, opacity, dull, out, share):
    """A picture through drops and dirt.

    Args:
        radiance: (H, W, 3) float32 before the glass.
        layer, step: see `add_drop`; between its points it is bilinear.
        dirt: (H, W) float32 share of the light that dirt covers, or (0, 0).
        opacity: share of the light on dirt that does not go straight through.
        dull: (3,) float32 radiance of dirt.
        out: (H, W, 3) float32 output; share: (H, W) float32 output of the light that comes through drops or dirt.
    """
    height, width = radiance.shape[0], radiance.shape[1]
    one, zero = np.float32(1.0), np.float32(0.0)
    inverse = np.float32(1.0 / step)
    for y in range(height):
        v = np.float32(y) * inverse
        j = min(np.int64(v), layer.shape[0] - 2)
        fy = v - np.float32(j)
        for x in range(width):
            u = np.float32(x) * inverse
            i = min(np.int64(u), layer.shape[1] - 2)
            fx = u - np.float32(i)
            a, b, c, d = (one - fx) * (one - fy), fx * (one - fy), (one - fx) * fy, fx * fy
            drops = a * layer[j, i, 3] + b * layer[j, i + 1, 3] + c * layer[j + 1, i, 3] + d * layer[j + 1, i + 1, 3]
            soiled = dirt[y, x] if dirt.shape[0] > 0 else zero
            clear, left = one - drops, one - opacity * soiled
            for k in range(3):
                wet = a * layer[j, i, k] + b * layer[j, i + 1, k] + c * layer[j + 1, i, k] + d * layer[j + 1, i + 1, k]
                out[y, x, k] = (radiance[y, x, k] * clear + wet) * left + dull[k] * (one - left)
            share[y, x] = one - clear * (one - soiled)
