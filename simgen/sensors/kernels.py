"""Photons -> picture: the compiled loop of the camera."""

from __future__ import annotations

import math

import numpy as np

from simgen.compiled import inline, kernel


@inline
def _hash(x):
    """32-bit finaliser (lowbias32): a well mixed word from a counter."""
    x ^= x >> np.uint32(16)
    x = np.uint32(x * np.uint32(0x7FEB352D))
    x ^= x >> np.uint32(15)
    x = np.uint32(x * np.uint32(0x846CA68B))
    x ^= x >> np.uint32(16)
    return x


@inline
def _gauss(x):
    """A standard normal deviate from a counter: sum of eight 16-bit uniforms (Irwin-Hall), unit variance."""
    total = np.float32(0.0)
    for _ in range(4):
        x = _hash(np.uint32(x + np.uint32(0x9E3779B9)))
        total += np.float32(np.int32(x & np.uint32(0xFFFF))) + np.float32(np.int32(x >> np.uint32(16)))
    # Mean 4 x 65535, variance 8 x (65536^2 - 1) / 12.
    return (total - np.float32(262140.0)) * np.float32(1.8688e-05)


@inline
def _select(values, k):
    """The value that would stand at `k` if `values` were sorted; those before it are no larger afterwards (Hoare)."""
    first, last = 0, values.shape[0] - 1
    while first < last:
        pivot = values[(first + last) // 2]
        i, j = first, last
        while i <= j:
            while values[i] < pivot:
                i += 1
            while values[j] > pivot:
                j -= 1
            if i <= j:
                values[i], values[j] = values[j], values[i]
                i += 1
                j -= 1
        if k <= j:
            last = j
        elif k >= i:
            first = i
        else:
            break
    return values[k]


@kernel
def meter(radiance, step, darkest, grid, ranked):
    """What automatic exposure measures on every `step`-th pixel in both directions.

    The brightest fiftieth (lamps, the sun's disc) does not count.

    Args:
        radiance: (H, W, 3) float32 cd/m2.
        step: pixels.
        darkest: what darker pixels count as.
        grid, ranked: (N,) float64 scratch, as many as there are pixels.

    Returns:
        Mean of the luminance's logarithm, mean luminance, and what the brightest 7 % of the rest exceed.
    """
    columns = (radiance.shape[1] + step - 1) // step
    for k in range(grid.shape[0]):
        p = radiance[k // columns * step, k % columns * step]
        grid[k] = 0.2126 * p[0] + 0.7152 * p[1] + 0.0722 * p[2]
    count = max(1, int(0.98 * grid.shape[0]))
    # Sums run in the order of the picture, whatever order the selection leaves: their last bits depend on it.
    for k in range(grid.shape[0]):
        ranked[k] = grid[k]
    cut = _select(ranked, count - 1)
    bright = _select(ranked[:count], int(0.93 * (count - 1)))
    logarithms, total, left = 0.0, 0.0, count
    product, factors = 1.0, 0
    for k in range(grid.shape[0]):
        if grid[k] < cut:
            total += grid[k]
            left -= 1
            product *= max(grid[k], darkest)  # one logarithm for many: up to 1e19 each, none overflows
            factors += 1
            if factors == 16:
                logarithms += math.log(product)
                product, factors = 1.0, 0
    logarithms += math.log(product) + left * math.log(max(cut, darkest))
    return logarithms / count, (total + left * cut) / count, bright


@kernel
def expose(radiance, electrons_per_radiance, read_noise, full_well, key, first, electrons):
    """Collect electrons: photon noise, read noise, saturation (EMVA 1288 linear model).

    Args:
        radiance: (N,) float32 flat, three channels interleaved, cd/m2.
        electrons_per_radiance: mean electrons a cd/m2 in the exposure.
        read_noise: electrons, standard deviation.
        full_well: electrons at saturation of the picture, at this gain.
        key: uint32 of the frame; first: index of the first element in it. The noise of element i of the frame
            depends on (key, i) alone.
        electrons: (N,) float32 output as a share of full_well; may be negative by noise.
    """
    inv = np.float32(1.0) / full_well
    read2 = read_noise * read_noise
    for i in range(radiance.shape[0]):
        mean = max(radiance[i], np.float32(0.0)) * electrons_per_radiance
        noise = _gauss(np.uint32(key) ^ _hash(np.uint32(first) + np.uint32(i))) * np.float32(math.sqrt(mean + read2))
        electrons[i] = (mean + noise) * inv


@kernel
def quantise(share, table, out):
    """Tone curve and quantisation to 8 bits: `table` (T,) uint8 over 0..1 of the saturation."""
    top = np.float32(table.shape[0] - 1)
    for i in range(share.shape[0]):
        v = min(max(share[i], np.float32(0.0)), np.float32(1.0))
        out[i] = table[int(v * top + np.float32(0.5))]


@kernel
def develop(radiance, electrons_per_radiance, read_noise, full_well, key, table, share, out):
    """`expose`, then `quantise`, a stretch at a time: what passes between them stays in the processor's cache.

    Args:
        radiance, electrons_per_radiance, read_noise, full_well, key, table, out: as there.
        share: float32 scratch, as long as a stretch.
    """
    for begin in range(0, radiance.shape[0], share.shape[0]):
        end = min(begin + share.shape[0], radiance.shape[0])
        part = share[: end - begin]
        expose(radiance[begin:end], electrons_per_radiance, read_noise, full_well, key, begin, part)
        quantise(part, table, out[begin:end])
