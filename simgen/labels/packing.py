"""Labels from floats to the integers that shards hold."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from simgen.compiled import kernel
from simgen.labels.frame import FLOW_SCALE, FLOW_UNKNOWN

_CHUNK = 4096  # numbers that are looked through again where one of them is unknown


def pack_normal(normal: NDArray[np.float32]) -> NDArray[np.int8]:
    """Unit normals (H, W, 3) as int8, 127 for 1."""
    out = np.empty(normal.shape, np.int8)
    _scale_to_i8(np.ascontiguousarray(normal).reshape(-1), out.reshape(-1))
    return out


def pack_flow(flow_px: NDArray[np.float32]) -> NDArray[np.int16]:
    """Flow (H, W, 2) in 1/32 px as int16; unknown and unrepresentable vectors become the sentinel."""
    out = np.empty(flow_px.shape, np.int16)
    _flow_to_i16(np.ascontiguousarray(flow_px).reshape(-1), out.reshape(-1))
    return out


def pack_share(share: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Shares of 1 (H, W), such as transmittance, as uint8, 255 for 1; the error is at most 1/510."""
    out = np.empty(share.shape, np.uint8)
    _unit_to_u8(np.ascontiguousarray(share).reshape(-1), out.reshape(-1))
    return out


def pack_film(depth_m: NDArray[np.float32]) -> NDArray[np.uint16]:
    """Depths of films (H, W) in metres as uint16 in micrometres; deeper ones than 65.535 mm are cut there."""
    out: NDArray[np.uint16] = np.rint(np.minimum(depth_m * np.float32(1e6), np.float32(65535.0))).astype(np.uint16)
    return out


@kernel
def _scale_to_i8(values, out):  # type: ignore[no-untyped-def]
    for i in range(values.shape[0]):
        out[i] = np.int8(np.rint(values[i] * np.float32(127.0)))


@kernel
def _unit_to_u8(values, out):  # type: ignore[no-untyped-def]
    for i in range(values.shape[0]):
        out[i] = np.uint8(np.int32(np.rint(values[i] * np.float32(255.0))))


@kernel
def _flow_to_i16(flow, out):  # type: ignore[no-untyped-def]
    """Of vectors (2 N,), component after component, which is fastest; what few are unknown is then seen to."""
    scale, limit = np.float32(FLOW_SCALE), np.float32(32767.0)
    for first in range(0, flow.shape[0], _CHUNK):
        some, packed = flow[first : first + _CHUNK], out[first : first + _CHUNK]
        unknown = np.int32(0)
        for i in range(some.shape[0]):
            v = some[i] * scale
            known = abs(v) < limit  # False for NaN
            packed[i] = np.int16(np.int32(np.rint(v))) if known else np.int16(FLOW_UNKNOWN)
            unknown += np.int32(0 if known else 1)
        if unknown > 0:
            for i in range(0, some.shape[0], 2):
                if packed[i] == FLOW_UNKNOWN or packed[i + 1] == FLOW_UNKNOWN:
                    packed[i] = FLOW_UNKNOWN
                    packed[i + 1] = FLOW_UNKNOWN
