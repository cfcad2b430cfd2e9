"""How legs move at a speed: gait, stride, duty factor and order of the feet, by dynamic similarity.

Speeds of bodies of different size compare by their Froude number Fr = v^2 / (g h), h the height of the hip
(Alexander & Jayes 1983, J. Zool. 201). Angles and lifts are shares that were chosen by eye within what gait
laboratories report; strides and duty factors are published.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from simgen.models.limbs import Limbs

_G = 9.81
_STANDING_MPS = 0.05
_WALKING_DUTY = 0.52  # in a walk every foot is down for more than half of the time
_RUN_FROUDE = 0.5  # people change from walk to run (Kram, Domingo & Ferris 1997) and quadrupeds to a trot
_GALLOP_FROUDE = 2.5  # Alexander & Jayes 1983: trot to gallop at 2 to 3
_WALK_RATIO_M_MIN = 0.0064  # step length over steps a minute of adults (Sekiya et al. 1996)
_ADULT_HIP_M = 0.92
_WALK = (0.25, 0.75, 0.0, 0.5)  # lateral sequence: left hind, left fore, right hind, right fore
_TROT = (0.0, 0.5, 0.5, 0.0)  # diagonal pairs
_GALLOP = (0.50, 0.62, 0.0, 0.12)  # transverse: both hind feet, then both fore


@dataclass(frozen=True)
class Gait:
    """The timing of a gait at one speed.

    Attributes:
        name: "stand", "walk", "run", "trot" or "gallop".
        stride_m: way from one touch-down of a foot to its next, 0 when standing.
        duty: share of the stride that a foot is on the ground.
        offsets: per leg, the phase of its touch-down as a share of the stride.
        froude: of the speed.
        speed_mps: the speed.
    """

    name: str
    stride_m: float
    duty: float
    offsets: tuple[float, ...]
    froude: float
    speed_mps: float

    @property
    def cadence_hz(self) -> float:
        """Strides a second."""
        return self.speed_mps / self.stride_m if self.stride_m > 0.0 else 0.0


def gait_of(limbs: Limbs, speed_mps: float) -> Gait:
    """The gait that a body takes at a speed; backwards (a negative speed) it moves as forwards."""
    speed = abs(speed_mps)
    froude = speed * speed / (_G * limbs.hip_m)
    people = limbs.kind != "quadruped"
    if speed < _STANDING_MPS:
        return Gait("stand", 0.0, 1.0, (0.0,) * len(limbs.legs), froude, speed)
    name = "walk"
    if froude > _RUN_FROUDE:
        name = "run" if people else ("trot" if froude < _GALLOP_FROUDE else "gallop")
    stride = _walking_stride(limbs.hip_m, speed) if people and name == "walk" else _alexander(limbs.hip_m, froude)
    sweep = (_SWEEP if people else _HOOVED_SWEEP)[
        name
    ] * limbs.hip_m  # a leg reaches no further, so at speed the foot is down for less time
    offsets = (0.0, 0.5) if people else {"walk": _WALK, "trot": _TROT, "gallop": _GALLOP}[name]
    duty = max(min(_duty(name, froude), sweep / stride), _WALKING_DUTY if name == "walk" else 0.0)
    return Gait(name, stride, duty, offsets, froude, speed)


_SWEEP = {"walk": 1.05, "run": 0.78}
_HOOVED_SWEEP = {"walk": 0.76, "trot": 0.62, "gallop": 0.65}


def _walking_stride(hip_m: float, speed_mps: float) -> float:
    """Stride from the walk ratio, which by similarity (stride over hip height a function of Fr) goes with h^1.5."""
    ratio = _WALK_RATIO_M_MIN * (hip_m / _ADULT_HIP_M) ** 1.5
    return 2.0 * math.sqrt(60.0 * ratio * speed_mps)


def _alexander(hip_m: float, froude: float) -> float:
    """Alexander (1976, Nature 261): relative stride 2.3 Fr^0.3, for people and quadrupeds, walking and running."""
    return float(2.3 * hip_m * froude**0.3)


def _duty(name: str, froude: float) -> float:
    """Share of the stride on the ground: 0.62 of people at 1.4 m/s, a third of runners and trotters."""
    if name == "walk":
        return 0.68 - 0.13 * math.sqrt(froude)
    if name == "gallop":
        return float(0.26 * (froude / _GALLOP_FROUDE) ** -0.14)
    return float(0.37 * froude**-0.14)
