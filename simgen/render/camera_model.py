"""The ideal pinhole camera: pixels, intrinsics and rays."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class CameraModel:
    """A pinhole camera in OpenCV convention: x right, y down, z forward; pixel centres at integers.

    Attributes:
        width, height: pixels.
        fx, fy: focal lengths in pixels.
        cx, cy: principal point in pixels.
    """

    width: int
    height: int
    fx: float
    fy: float
    cx: float
    cy: float

    @staticmethod
    def from_hfov(width: int, height: int, hfov_rad: float) -> CameraModel:
        """Square pixels, principal point in the middle of the picture: ((W-1)/2, (H-1)/2)."""
        f = 0.5 * width / math.tan(0.5 * hfov_rad)
        return CameraModel(width, height, f, f, 0.5 * (width - 1), 0.5 * (height - 1))

    @property
    def K(self) -> NDArray[np.float64]:
        """(3, 3) float64 intrinsic matrix."""
        return np.array([[self.fx, 0.0, self.cx], [0.0, self.fy, self.cy], [0.0, 0.0, 1.0]])
