"""Stored, quantised maps back to physical numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

_FLOW_SCALE = np.float32(1.0 / 32.0)
_FLOW_UNKNOWN = -32768


def flow_px(flow: NDArray[np.int16]) -> NDArray[np.float32]:
    """(H, W, 2) float32 backward flow in pixels, right and down; NaN where unknown."""
    return np.where(flow == _FLOW_UNKNOWN, np.float32(np.nan), flow * _FLOW_SCALE).astype(np.float32)


def film_m(wetness: NDArray[np.uint16]) -> NDArray[np.float32]:
    """(H, W) float32 depth of the film of water on the ground in metres."""
    return wetness.astype(np.float32) * np.float32(1e-6)


def unit_normals(normal: NDArray[np.int8]) -> NDArray[np.float32]:
    """(H, W, 3) float32 unit normals in the camera frame; zero where nothing."""
    vector = normal.astype(np.float32)
    length = np.sqrt((vector * vector).sum(axis=-1, keepdims=True))
    out: NDArray[Any] = np.divide(vector, length, out=np.zeros_like(vector), where=length > 0)
    return out


def transmittance(stored: NDArray[np.uint8]) -> NDArray[np.float32]:
    """(H, W) float32 transmittance of the air along each ray, 0 to 1, within 1/510."""
    return stored.astype(np.float32) / np.float32(255.0)
