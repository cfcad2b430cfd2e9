"""A lens between the world's radiance and the sensor: natural fall-off to the edges, and scatter.

Scatter follows the law of Stiles and Holladay, a veil that falls with the square of the angle (CIE 146:2002, for eyes;
glass and dust scatter with the slope 2 too, after Harvey and Shack). Its energy is then the same in every octave of
angle, which a pyramid of pictures, each half the size of the one before, spreads at the cost of a third of a picture.
"""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from simgen.render.camera_model import CameraModel
from simgen.scenario import CameraSpec
from simgen.sensors.optics_kernels import halve, scattered_share, shade, spread

NEAREST_RAD = math.radians(0.1)
"""Angle at which the veil of scattered light begins."""
OCTAVES = 9
"""Doublings of the angle over which the veil reaches: 0.1 to 51 degrees."""
_LEVEL_PX = math.sqrt(0.5)
# Level k of the pyramid spreads a point over a spot of standard deviation 2^k times this many pixels.


class Lens:
    """What a camera's lens makes of radiance; it keeps scratch pictures of the camera's size.

    Args:
        spec: the camera.
        model: its geometry.
    """

    def __init__(self, spec: CameraSpec, model: CameraModel) -> None:
        self._falloff = natural_falloff(model, spec.vignetting) if spec.vignetting > 0.0 else None
        self._weights = level_weights(spec.veiling_glare, model) if spec.veiling_glare > 0.0 else ()
        shape = np.array([model.height, model.width])
        self._levels: list[NDArray[np.float32]] = []
        for _ in self._weights[1:]:
            shape = (shape + 1) // 2
            self._levels.append(np.empty((*shape, 3), np.float32))
        self._row = np.empty((model.width, 3), np.float32)

    @property
    def scatters(self) -> bool:
        """Whether it scatters light at all."""
        return len(self._weights) > 0

    def through(self, radiance: NDArray[np.float32]) -> NDArray[np.float32]:
        """Radiance (H, W, 3) float32 in cd/m2 as the sensor sees it; the argument itself where the lens is ideal."""
        if self._falloff is None and not self._weights:
            return radiance
        out = np.empty_like(radiance)
        if self._falloff is None:
            out[:] = radiance
        else:
            shade(radiance.reshape(-1, 3), self._falloff, out.reshape(-1, 3))
        if self._weights:
            self._scatter(out)
        return out

    def veil_share(self, radiance: NDArray[np.float32], seen: NDArray[np.float32]) -> NDArray[np.float32]:
        """Share (H, W) float32 of each pixel's light that was scattered there.

        Contrast falls by the same share: C' = C L / (L + L_veil) (CIE 146:2002, disability glare).

        Args:
            radiance: (H, W, 3) before the lens.
            seen: (H, W, 3) what `through` made of it.
        """
        share = np.zeros(radiance.shape[:2], np.float32)
        if self._weights:
            before = radiance.reshape(-1, 3)
            if self._falloff is not None:
                before = before * self._falloff[:, None]
            scattered_share(before, np.float32(self._weights[0]), seen.reshape(-1, 3), share.reshape(-1))
        return share

    def _scatter(self, picture: NDArray[np.float32]) -> None:
        """Spread the light of `picture` (H, W, 3) in place, by the weight of each level; none is lost or made."""
        levels = [picture, *self._levels]
        for fine, coarse in pairwise(levels):
            halve(fine, self._row, coarse)
        own = [np.float32(w) for w in self._weights]
        levels[-1] *= own[-1]
        for k in range(len(levels) - 2, -1, -1):
            spread(levels[k + 1], self._row, own[k], np.float32(1.0), levels[k])


def natural_falloff(model: CameraModel, share: float) -> NDArray[np.float32]:
    """What reaches each pixel (H * W,) float32 of what reaches the axis: 1 - share (1 - cos^4 of its angle).

    cos^4 is the natural fall-off of a lens whose pupil is seen alike from everywhere; retrofocus lenses have less.
    """
    if model.distortion:
        v, u = np.mgrid[0 : model.height, 0 : model.width].reshape(2, -1).astype(np.float64)
        cos4 = model.rays(np.stack([u, v], axis=1))[:, 2] ** 4
    else:
        x = (np.arange(model.width) - model.cx) / model.fx
        y = (np.arange(model.height) - model.cy) / model.fy
        cos4 = 1.0 / (1.0 + x[None, :] ** 2 + y[:, None] ** 2) ** 2
    out: NDArray[np.float32] = (1.0 - share * (1.0 - cos4)).astype(np.float32).reshape(-1)
    return out


def level_weights(share: float, model: CameraModel) -> tuple[float, ...]:
    """Share of a point's light that each level of the pyramid spreads, the picture itself first; they add up to 1.

    Octaves of angle finer than the first level stay in their pixel. What is scattered farther than the picture is wide
    spreads evenly over it: as much leaves it as comes from its surroundings if they are as bright.

    Args:
        share: of the light that the lens scatters.
        model: the camera's geometry.
    """
    last = math.ceil(math.log2(max(model.width, model.height)))
    weights = [1.0 - share, *[0.0] * last]
    for octave in range(OCTAVES):
        angle_px = NEAREST_RAD * 2.0 ** (octave + 0.5) * model.fx
        level = min(max(round(math.log2(angle_px / _LEVEL_PX)), 0), last)
        weights[level] += share / OCTAVES
    return tuple(weights)
