"""Bodies with limbs as models: parts at their standing poses, and the box that a moving body stays within."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from simgen.models.bones import Frame, matrices
from simgen.models.cycling import ride
from simgen.models.gait import gait_of
from simgen.models.geometry import transformed
from simgen.models.limbs import Limbs
from simgen.models.mesh import Mesh
from simgen.models.model import Model, ModelPart
from simgen.models.posing import carriage, level, posed
from simgen.models.steps import Ground

_PHASES = 24


def pose_of(limbs: Limbs, speed_mps: float, phase: float, ground: Ground = level) -> dict[str, Frame]:
    """Frames of all segments in the model frame: origin on the ground under the body, x along its heading.

    Args:
        limbs: of the body.
        speed_mps: sets the gait; what it reaches depends on nothing else, so poses repeat exactly.
        phase: cycles of the gait, or turns of a cyclist's cranks; `cycle_m` is the way of one.
        ground: height under the feet or wheels, relative to the origin.
    """
    if limbs.bicycle is not None:
        return ride(limbs, speed_mps, phase, ground)
    return posed(limbs, carriage(limbs, speed_mps), phase, ground)


def cycle_m(limbs: Limbs, speed_mps: float) -> float:
    """Distance covered while the phase grows by one; infinite for a body that stands."""
    if limbs.bicycle is not None:
        return limbs.bicycle.development_m
    return gait_of(limbs, speed_mps).stride_m or float("inf")


def standing_parts(limbs: Limbs, meshes: dict[str, Mesh]) -> tuple[ModelPart, ...]:
    """The parts of a model, one a segment, at their standing poses."""
    frames = pose_of(limbs, 0.0, 0.0)
    return tuple(
        ModelPart(s.name, meshes[s.name], frames[s.name].origin, frames[s.name].quat_xyzw()) for s in limbs.segments
    )


@lru_cache(maxsize=256)
def gait_box(model: Model, speed_mps: float) -> tuple[tuple[float, float, float], tuple[float, float, float]]:
    """Size (length, width, height) and centre in the model frame of the box that holds a whole cycle at a speed.

    The box is that of every vertex at 24 phases on flat ground. A body without limbs keeps its own.
    """
    if model.limbs is None:
        return model.size_m, model.box_center_m
    poses = [pose_of(model.limbs, speed_mps, k / _PHASES) for k in range(_PHASES if speed_mps else 1)]
    low, high = np.full(3, np.inf), np.full(3, -np.inf)
    for part in model.parts:
        v = part.mesh.vertices_m.astype(np.float64)
        for T in matrices([p[part.name] for p in poses]):
            at = v[:, :1] * T[:3, 0] + v[:, 1:2] * T[:3, 1] + v[:, 2:] * T[:3, 2] + T[:3, 3]
            low, high = np.minimum(low, at.min(axis=0)), np.maximum(high, at.max(axis=0))
    s, c = (high - low).tolist(), (0.5 * (high + low)).tolist()
    return (s[0], s[1], s[2]), (c[0], c[1], c[2])


def standing_meshes(parts: tuple[ModelPart, ...]) -> list[Mesh]:
    """The meshes of parts at their rest poses, in the model frame."""
    return [transformed(p.mesh, _matrix(p.quat_xyzw), p.position_m) for p in parts]


def _matrix(quat_xyzw: tuple[float, float, float, float]) -> NDArray[np.float64]:
    """(3, 3) rotation of a unit quaternion."""
    x, y, z, w = quat_xyzw
    return np.array(
        [
            [1.0 - 2.0 * (y * y + z * z), 2.0 * (x * y - z * w), 2.0 * (x * z + y * w)],
            [2.0 * (x * y + z * w), 1.0 - 2.0 * (x * x + z * z), 2.0 * (y * z - x * w)],
            [2.0 * (x * z - y * w), 2.0 * (y * z + x * w), 1.0 - 2.0 * (x * x + y * y)],
        ]
    )
