"""The noise layers that procedural patterns are made of: their table, and one layer of a run of records."""

from __future__ import annotations

import numpy as np

from simgen.compiled import inline
from simgen.models import PATTERNS
from simgen.render.kernels.noise import ADDRESS, blend, place
from simgen.render.kernels.resolve import AB, AR, F0, FU, FV, METAL, U, V
from simgen.render.noise import AGGREGATE, CHANNEL, CLOUD, CRACK, FARTHEST, GRAIN, MEAN, STONES

GAIN = AR
"""Row of a run's gain, where the albedo will be."""
_WORD, _RIGHT, _BELOW = AB, F0, METAL  # of a look-up, until these rows get their values

# Noise layers of each pattern: channel, texels a metre along u and v, how many texels the filter takes per metre
# of the footprint's mean and of its short side, and how strongly the noise changes the gain.
_LAYERS = {
    # patches, stones, cracks
    "asphalt": ((CLOUD, 9, 9, 9, 0, 0.9), (AGGREGATE, 60, 60, 60, 0, 1.7), (CRACK, 37, 37, 37, 0, -1.1)),
    "crossing": ((CLOUD, 9, 9, 9, 0, 0.9), (AGGREGATE, 60, 60, 60, 0, 1.7), (CRACK, 37, 37, 37, 0, -1.1)),
    "road": ((CLOUD, 9, 9, 9, 0, 0.9), (AGGREGATE, 60, 60, 60, 0, 1.7), (CRACK, 37, 37, 37, 0, -1.1)),
    # Fields of colour, tufts, blades. Blades stand up: foreshortening does not average them away, so the filter
    # takes less than the footprint.
    "grass": ((CLOUD, 6, 6, 6, 0, 0), (CLOUD, 47, 47, 0, 19, 1.6), (AGGREGATE, 38, 24, 0, 15, 1.9)),
    # fields, clods
    "soil": ((CLOUD, 13, 13, 13, 0, 0.9), (CLOUD, 90, 90, 90, 0, 1.3)),
    "gravel": ((CLOUD, 9, 9, 9, 0, 0.6), (STONES, 190, 190, 190, 0, 1.7)),
    # stains, clouds, grain
    "concrete": ((CLOUD, 14, 14, 14, 0, 0.9), (CLOUD, 47, 47, 47, 0, 0.5), (GRAIN, 120, 120, 120, 0, 0.35)),
    # stains, grain, scuffs
    "floor": ((CLOUD, 14, 14, 14, 0, 0.9), (AGGREGATE, 60, 60, 60, 0, 0.6), (CRACK, 23, 23, 23, 0, -0.45)),
    "brick": ((CLOUD, 16, 16, 16, 0, 0.5),),
    "facade": ((CLOUD, 15, 15, 15, 0, 0.5),),
    "corrugated": ((CLOUD, 11, 11, 11, 0, 0), (CLOUD, 60, 3, 60, 0, 0)),  # stains, streaks
    "paint": ((CLOUD, 30, 30, 30, 0, 0.08),),  # a hint of dust
    "cloth": ((CLOUD, 55, 22, 55, 0, 1.2), (GRAIN, 400, 400, 0, 400, 0.4)),  # folds, weave
    "rubber": ((CLOUD, 70, 70, 70, 0, 0),),  # dust
    "wood": ((CLOUD, 20, 260, 100, 60, 0), (GRAIN, 4, 60, 60, 0, 0.5)),  # grain along u, growth rings
    "cardboard": ((CLOUD, 120, 25, 120, 0, 0.3), (CLOUD, 40, 40, 40, 0, 0.6)),  # fibre, scuffs
    "fur": ((GRAIN, 70, 22, 0, 60, 0.8), (CLOUD, 30, 30, 30, 0, 0.8), (GRAIN, 400, 90, 0, 300, 0.8)),  # tufts, hair
    "bark": ((CLOUD, 160, 22, 160, 0, 1.3), (STONES, 130, 26, 130, 0, 0.9)),  # ridges along v, plates
    "leaves": ((CLOUD, 38, 38, 0, 38, 1.8), (GRAIN, 19, 19, 0, 19, 1.2)),  # clumps of light and shade
    "skin": ((CLOUD, 120, 120, 120, 0, 0.5), (GRAIN, 90, 90, 90, 0, 0.16)),
    "metal": ((STONES, 330, 330, 330, 0, 0.3), (CLOUD, 25, 25, 25, 0, 0.4)),
}
_LOWEST = {"cloth": 0.3, "cardboard": 0.3, "fur": 0.2, "bark": 0.15}

# The same as a table, so that the look-up is compiled once: for every pattern its lowest gain, how many layers,
# and per layer where the channel starts, the six numbers above but the channel, the value that leaves the gain
# alone, the smallest scale at which the channel varies and its mean.
LAYER = 9
"""Numbers of a layer in the table."""
PATTERN = 2 + 3 * LAYER
"""Numbers of a pattern: its lowest gain, how many layers it has, and those."""


def _table() -> np.ndarray[tuple[int], np.dtype[np.float32]]:
    table = np.zeros((len(PATTERNS), PATTERN), np.float32)
    for row, name in zip(table, PATTERNS, strict=True):
        layers = _LAYERS.get(name, ())
        row[0], row[1] = _LOWEST.get(name, 0.1), len(layers)
        for q, (channel, *numbers) in enumerate(layers):
            neutral = MEAN[channel]
            row[2 + q * LAYER : 2 + (q + 1) * LAYER] = (
                channel * CHANNEL, *numbers, neutral, 0.5 ** FARTHEST[channel], MEAN[channel],
            )  # fmt: skip
    return table.ravel()


LAYERS = _table()
"""(len(PATTERNS) * PATTERN,) float32, in the order of `models.PATTERNS`."""


@inline
def add_layer(rec, count, row, first, at, k, layers, quads):
    """One noise layer of a run: its value in `row`, its gain multiplied into GAIN.

    Args:
        rec: records from the run's first on; count: how many.
        row: where the value goes; first: whether it is the first layer.
        at: where the layer starts in the table `layers`; k: the material's contrast; quads: noise textures.
    """
    one = np.float32(1.0)
    base, nearest, mean = layers[at], layers[at + 7], layers[at + 8]
    along_u, along_v = layers[at + 1], layers[at + 2]
    of_mean, of_short = np.float32(0.6) * layers[at + 3], layers[at + 4]
    strength, neutral = k * layers[at + 5], layers[at + 6]
    for i in range(count):
        fu, fv = rec[FU + i], rec[FV + i]
        # Between the long and the short side of the footprint.
        footprint = max(fu, fv) * of_mean + min(fu, fv) * of_short
        address, a, b = place(base, nearest, rec[U + i] * along_u, rec[V + i] * along_v, footprint)
        rec[_WORD + i] = np.int32(address).view(np.float32)
        rec[_RIGHT + i] = a
        rec[_BELOW + i] = b
    # The only loop that cannot be vectorised: what it reads might lie anywhere.
    for i in range(count):
        rec[_WORD + i] = np.int32(quads[np.float32(rec[_WORD + i]).view(np.int32) & ADDRESS]).view(np.float32)
    for i in range(count):
        n = blend(np.float32(rec[_WORD + i]).view(np.int32), rec[_RIGHT + i], rec[_BELOW + i], mean)
        rec[row + i] = n
        gain = one + strength * (n - neutral)
        rec[GAIN + i] = gain if first else rec[GAIN + i] * gain
