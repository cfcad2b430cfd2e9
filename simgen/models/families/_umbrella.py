"""An open umbrella in a hand, at body height 1."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from simgen.models import geometry as g
from simgen.models.bones import UPRIGHT, Frame
from simgen.models.families._lofts import curve, tube
from simgen.models.limbs import Arm
from simgen.models.mesh import Material, Mesh
from simgen.models.posing import hold_arm

_CLOTH = Material("umbrella", (0.03, 0.03, 0.035), roughness=0.7, pattern="cloth", contrast=0.15, slot="umbrella")
_SHAFT = Material("umbrella shaft", (0.20, 0.20, 0.21), roughness=0.35, metallic=0.7)
_GRIP = Material("umbrella grip", (0.035, 0.025, 0.018), roughness=0.5)
_RIBS = 8
_RADIUS, _RISE = 0.285, 0.105  # half a metre and 18 cm on an adult: a canopy 1 m across
_OVER_HEAD = 0.085  # of the ribs' tips above the crown


def umbrella(arm: Arm, crown_z: float) -> Mesh:
    """The umbrella in the frame of the hand of `arm`, which holds it upright.

    Args:
        arm: as `posing.hold_arm` poses it.
        crown_z: height of the top of the head in the chest's frame.
    """
    frames: dict[str, Frame] = {}
    hold_arm(arm, UPRIGHT, frames)
    hand = frames[arm.hand]
    palm = hand.at((0.0, 0.0, -0.045 * (arm.lower_m / 0.146)))
    top_z = crown_z + _OVER_HEAD + _RISE
    # The shaft leans in from the hand so that the canopy is over the head.
    foot = np.array(palm) - [0.0, 0.0, 0.05]
    top = np.array([0.5 * palm[0], 0.35 * palm[1], top_z])
    along = (top - foot) / math.dist(top, foot)
    shaft = tube(
        curve([(*p, 0.0045, 0.0045) for p in (foot, 0.5 * (foot + top), top)], 2),
        _SHAFT,
        side=(0.0, 1.0, 0.0),
        segments=6,
    )
    grip = tube(
        curve([(*(foot + s * along), 0.010, 0.010) for s in (-0.02, 0.02, 0.07)], 2),
        _GRIP,
        side=(0.0, 1.0, 0.0),
        segments=8,
    )
    chest = g.merge([shaft, grip, _canopy(top, along)])
    turn = np.array([hand.x, hand.y, hand.z])  # rows: from the chest's frame to the hand's
    return g.transformed(g.transformed(chest, translation_m=tuple(-c for c in hand.origin)), rotation=turn)


def _canopy(top: NDArray[np.float64], along: NDArray[np.float64]) -> Mesh:
    """Eight panels stretched between ribs, seen from above and from below."""
    side = np.cross(along, [1.0, 0.0, 0.0])
    side /= math.sqrt(float((side * side).sum()))
    ahead = np.cross(side, along)
    rings = []
    for share in np.linspace(0.04, 1.0, 6):
        row = []
        for k in range(2 * _RIBS + 1):
            a = math.pi * k / _RIBS
            between = k % 2 == 1
            out = _RADIUS * math.sin(0.5 * math.pi * share) * (math.cos(math.pi / _RIBS) * 0.965 if between else 1.0)
            drop = _RISE * (1.0 - math.cos(0.5 * math.pi * share)) - (0.012 * share if between else 0.0)
            row.append(top + out * (math.cos(a) * ahead + math.sin(a) * side) - drop * along)
        rings.append(row)
    upper = np.array(rings)
    thick = 0.003 * np.array([0.0, 1.0, 1.0, 1.0, 1.0, 0.0])  # the two sheets meet at hub and rim
    lower = upper - thick[:, None, None] * along
    quads = []
    for net, turn in ((upper, 1), (lower, -1)):
        for i in range(len(rings) - 1):
            for j in range(2 * _RIBS):
                quads.append([net[i, j], net[i + 1, j], net[i + 1, j + 1], net[i, j + 1]][::turn])
    return g.mesh_of_quads(np.array(quads), _CLOTH)
