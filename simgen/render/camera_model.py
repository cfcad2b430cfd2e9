"""A camera's geometry: pixels, intrinsics, distortion and rays."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from simgen.render.kernels import distortion as kernels
from simgen.scenario.distortion import BROWN_CONRADY, FISHEYE, Distortion

_MODELS = {"": kernels.PINHOLE, BROWN_CONRADY: kernels.BROWN_CONRADY, FISHEYE: kernels.FISHEYE}


@dataclass(frozen=True)
class CameraModel:
    """A camera in OpenCV convention: x right, y down, z forward; pixel centres at integers.

    Attributes:
        width, height: pixels.
        fx, fy: focal lengths in pixels.
        cx, cy: principal point in pixels.
        distortion: how the lens bends straight lines; false for a pinhole.
        limit: tangent (of a fisheye: angle) of the rays from the axis up to which the lens is followed.
    """

    width: int
    height: int
    fx: float
    fy: float
    cx: float
    cy: float
    distortion: Distortion = field(default_factory=Distortion)
    limit: float = math.inf

    @staticmethod
    def from_hfov(width: int, height: int, hfov_rad: float, distortion: Distortion | None = None) -> CameraModel:
        """Square pixels, principal point in the middle of the picture: ((W-1)/2, (H-1)/2).

        The lens must have no fault for such a picture (see `Distortion.fault`).
        """
        cx, cy = 0.5 * (width - 1), 0.5 * (height - 1)
        if not distortion:
            f = 0.5 * width / math.tan(0.5 * hfov_rad)
            return CameraModel(width, height, f, f, cx, cy)
        f = distortion.focal_px(width, hfov_rad)
        return CameraModel(width, height, f, f, cx, cy, distortion, distortion.limit(width, height, hfov_rad))

    @property
    def K(self) -> NDArray[np.float64]:
        """(3, 3) float64 intrinsic matrix."""
        return np.array([[self.fx, 0.0, self.cx], [0.0, self.fy, self.cy], [0.0, 0.0, 1.0]])

    @property
    def lens(self) -> NDArray[np.float64]:
        """The row of float64 that stands for the lens in kernels, see `kernels.distortion`."""
        row = np.zeros(kernels.COLUMNS)
        row[kernels.MODEL], row[kernels.LIMIT] = _MODELS[self.distortion.model], self.limit
        row[kernels.FX : kernels.CY + 1] = self.fx, self.fy, self.cx, self.cy
        row[kernels.K : kernels.K + len(self.distortion.coefficients)] = self.distortion.coefficients
        return row

    def project(self, points_m: NDArray[np.float64]) -> NDArray[np.float64]:
        """Where points (N, 3) of the camera frame come to lie: (N, 2) pixels, NaN where the lens does not see them."""
        out, followed = np.empty((len(points_m), 2)), np.empty(len(points_m), np.uint8)
        kernels.project_all(self.lens, np.ascontiguousarray(points_m, np.float64), out, followed)
        out[followed == 0] = np.nan
        return out

    def rays(self, places_px: NDArray[np.float64]) -> NDArray[np.float64]:
        """Unit vectors (N, 3), camera frame, towards what is seen at places (N, 2); 0 beyond a fisheye's circle."""
        out = np.empty((len(places_px), 3))
        kernels.all_rays(self.lens, np.ascontiguousarray(places_px, np.float64), out)
        return out
