"""Photons -> picture: the compiled loop of the camera."""

from __future__ import annotations

import math

import numpy as np

from simgen.compiled import inline, kernel


@inline
def _hash(x):
    """32-bit finaliser (lowbias32): a well mixed word from a counter."""
    x = np.uint32(x ^ np.uint32(x >> np.uint32(16)))
    x = np.uint32(x * np.uint32(0x7FEB352D))
    x = np.uint32(x ^ np.uint32(x >> np.uint32(15)))
    x = np.uint32(x * np.uint32(0x846CA68B))
    return np.uint32(x ^ np.uint32(x >> np.uint32(16)))


@inline
def _pairs(x):
    """Sums of the four bytes of a word by twos, one in each half of a word."""
    even = np.uint32(0x00FF00FF)
    return np.uint32(np.uint32(x & even) + np.uint32(np.uint32(x >> np.uint32(8)) & even))


@inline
def _gauss(x):
    """A standard normal deviate from a well mixed word: sum of eight 8-bit uniforms (Irwin-Hall), unit variance.

    It comes in steps of 1/209, far below what the noise of any camera leaves to see, and reaches 4.9.
    """
    # Every step is cast: numba widens sums of 32 bits to 64, and half as many fit a vector.
    pairs = np.uint32(_pairs(x) + _pairs(_hash(np.uint32(x + np.uint32(0x9E3779B9)))))
    total = np.int32(np.uint32(np.uint32(pairs & np.uint32(0xFFFF)) + np.uint32(pairs >> np.uint32(16))))
    # Mean 4 x 255, variance 8 x (256^2 - 1) / 12.
    return (np.float32(total) - np.float32(1020.0)) * np.float32(1.0 / math.sqrt(43690.0))


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
def meter(radiance, weights, step, darkest, grid, ranked):
    """What automatic exposure measures on every `step`-th pixel in both directions.

    The brightest fiftieth (lamps, the sun's disc) does not count.

    Args:
        radiance: (H, W, 3) float32 cd/m2.
        weights: share of each channel in the luminance of the picture.
        step: pixels.
        darkest: what darker pixels count as.
        grid, ranked: (N,) float64 scratch, as many as there are pixels.

    Returns:
        Mean of the luminance's logarithm, mean luminance, and what the brightest 7 % and 2 % of the rest exceed.
    """
    columns = (radiance.shape[1] + step - 1) // step
    for k in range(grid.shape[0]):
        p = radiance[k // columns * step, k % columns * step]
        grid[k] = weights[0] * p[0] + weights[1] * p[1] + weights[2] * p[2]
    count = max(1, int(0.98 * grid.shape[0]))
    # Sums run in the order of the picture, whatever order the selection leaves: their last bits depend on it.
    for k in range(grid.shape[0]):
        ranked[k] = grid[k]
    cut = _select(ranked, count - 1)
    bright = _select(ranked[:count], int(0.93 * (count - 1)))
    brightest = _select(ranked[:count], int(0.98 * (count - 1)))
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
    return logarithms / count, (total + left * cut) / count, bright, brightest


@kernel
def deviates(key, out):
    """Fill `out` (N,) float32 with standard normal deviates: element i depends on (key, i) alone."""
    for i in range(out.shape[0]):
        out[i] = _gauss(_hash(np.uint32(np.uint32(key) ^ _hash(np.uint32(i)))))


@kernel
def expose(radiance, response, offset, settings, key, first, electrons):
    """Collect electrons: photon and dark noise, read noise, fixed pattern (EMVA 1288 linear model).

    What the dark current adds on average is taken off again, as cameras do by their optically black pixels.

    Args:
        radiance: (N,) float32 flat, three channels interleaved, cd/m2.
        response: (N,) float32 sensitivity of each element over their mean; of length 0: all are 1.
        offset: (N,) float32 dark signal of each element in electrons; of length 0 with `response`: all are 0.
        settings: (4,) float32: mean electrons a cd/m2 in the exposure; mean dark electrons in it; read noise in
            electrons; electrons at saturation of the picture, at this gain.
        key: uint32 of the frame; first: index of the first element in it. The noise of element i of the frame
            depends on (key, i) alone.
        electrons: (N,) float32 output as a share of saturation; may be negative by noise.
    """
    electrons_per_radiance, dark = settings[0], settings[1]
    inv = np.float32(1.0) / settings[3]
    variance = settings[2] * settings[2] + dark
    uneven = response.shape[0] > 0
    for i in range(radiance.shape[0]):
        mean = max(radiance[i], np.float32(0.0)) * electrons_per_radiance
        if uneven:
            mean *= response[i]
        word = _hash(np.uint32(np.uint32(key) ^ _hash(np.uint32(first + i))))
        noise = _gauss(word) * np.float32(math.sqrt(mean + variance))
        collected = mean + noise
        if uneven:
            collected += offset[i]
        electrons[i] = collected * inv


@kernel
def quantise(share, table, steps, out):
    """Conversion and tone curve: `table` (3, T) uint8 a channel, over T steps of the converter from 0 to saturation.

    Args:
        share: (N,) float32 of whole pixels; table: see above, T at most 65,536.
        steps: (N,) uint16 scratch; out: (N,) uint8 output.
    """
    top = np.float32(table.shape[1] - 1)
    for i in range(share.shape[0]):
        v = min(max(share[i], np.float32(0.0)), np.float32(1.0))
        steps[i] = np.int32(v * top + np.float32(0.5))
    red, green, blue = table[0], table[1], table[2]
    # Look-ups by unsigned numbers, without a check of signs, apart from the arithmetic, which runs eight at a time.
    one, two = np.uint64(1), np.uint64(2)
    for k in range(share.shape[0] // 3):
        at = np.uint64(3 * k)
        out[at] = red[steps[at]]
        out[at + one] = green[steps[at + one]]
        out[at + two] = blue[steps[at + two]]


@kernel
def develop(radiance, response, offset, settings, key, table, share, steps, out):
    """`expose`, then `quantise`, a stretch at a time: what passes between them stays in the processor's cache.

    Args:
        radiance, response, offset, settings, key, table, out: as there.
        share, steps: float32 and uint16 scratch, each as long as a stretch of whole pixels.
    """
    uneven = response.shape[0] > 0
    for begin in range(0, radiance.shape[0], share.shape[0]):
        end = min(begin + share.shape[0], radiance.shape[0])
        part = share[: end - begin]
        pattern = response[begin:end] if uneven else response
        dark = offset[begin:end] if uneven else offset
        expose(radiance[begin:end], pattern, dark, settings, key, begin, part)
        quantise(part, table, steps[: end - begin], out[begin:end])
