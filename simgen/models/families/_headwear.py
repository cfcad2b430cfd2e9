"""Hats, hoods, helmets and long hair, in head heights about the head's own frame (see `_head`)."""

from __future__ import annotations

import math

import numpy as np

from simgen.models import geometry as g
from simgen.models.families._lofts import curve, tube
from simgen.models.mesh import Material, Mesh

_HAT = Material("hat", (0.05, 0.05, 0.055), roughness=0.9, pattern="cloth", contrast=0.4, slot="hat")
_HELMET = Material("helmet", (0.028, 0.028, 0.030), roughness=0.25, coat=1.0, slot="helmet")
_SKULL_X = -0.024


def headwear(kind: str, head_m: float, hood: Material) -> list[Mesh]:
    """What is on a head of that height.

    Args:
        kind: a garment of the wardrobe.
        head_m: chin to crown.
        hood: material of a hood, which is the jacket's.
    """
    if kind == "none":
        return []
    pieces = {"cap": _cap, "beanie": _beanie, "hat": _brimmed, "helmet": _helmet}
    out = [_hood_up(hood)] if kind == "hood" else pieces[kind]()
    return [g.transformed(m, scale=(head_m,) * 3) for m in out]


def long_hair(head_m: float, hair: Material) -> Mesh:
    """Hair that falls from the back of the head to the shoulders."""
    rows = [
        (-0.25, 0.0, 0.60, 0.34, 0.20),
        (-0.25, 0.0, 0.42, 0.37, 0.23),
        (-0.26, 0.0, 0.20, 0.36, 0.20),
        (-0.29, 0.0, -0.12, 0.33, 0.15),
        (-0.33, 0.0, -0.36, 0.27, 0.09),
    ]
    return g.transformed(
        tube(curve(rows, 8), hair, side=(0.0, 1.0, 0.0), segments=14, power=2.4, dome_rows=2), scale=(head_m,) * 3
    )


def _dome(rim_z: float, top_z: float, grow: float, material: Material) -> Mesh:
    """Half an egg over the skull, closed below."""
    a = np.linspace(0.0, 0.5 * math.pi, 6)
    profile = np.column_stack([np.cos(a), np.sin(a)])
    profile[-1, 0] = 0.0
    scale = (0.505 + grow, 0.375 + grow, top_z - rim_z)
    return g.transformed(g.lathe(profile, material, 18), scale=scale, translation_m=(_SKULL_X, 0.0, rim_z))


def _peak(reach: float, half: float, z: float, material: Material) -> Mesh:
    """A shade over the eyes."""
    shade = g.transformed(g.sphere(1.0, material, 12), scale=(reach, half, 0.028))
    return g.transformed(shade, rotation=g.rotation_y(0.16), translation_m=(0.46, 0.0, z))


def _cap() -> list[Mesh]:
    return [_dome(0.70, 1.10, 0.0, _HAT), _peak(0.30, 0.27, 0.715, _HAT)]


def _beanie() -> list[Mesh]:
    roll = g.lathe([(0.97, 0.0), (1.06, 0.03), (1.06, 0.13), (0.97, 0.16)], _HAT, 18, caps=False)
    cuff = g.transformed(roll, scale=(0.515, 0.385, 1.0), translation_m=(_SKULL_X, 0.0, 0.64))
    return [_dome(0.66, 1.13, 0.01, _HAT), cuff]


def _brimmed() -> list[Mesh]:
    brim = g.lathe([(0.95, 0.0), (1.50, 0.035), (1.54, 0.055), (1.50, 0.062), (0.95, 0.045)], _HAT, 20, caps=False)
    flat = g.transformed(brim, scale=(0.505, 0.42, 1.0), translation_m=(_SKULL_X, 0.0, 0.74))
    crown = [(1.0, 0.0), (0.97, 0.30), (0.84, 0.40), (0.0, 0.38)]
    top = g.transformed(g.lathe(crown, _HAT, 18), scale=(0.505, 0.375, 1.0), translation_m=(_SKULL_X, 0.0, 0.74))
    return [flat, top]


def _helmet() -> list[Mesh]:
    """A shell as cyclists and workers on sites wear."""
    return [_dome(0.66, 1.20, 0.07, _HELMET), _peak(0.20, 0.24, 0.69, _HELMET)]


def _hood_up(cloth: Material) -> Mesh:
    """A hood round everything but the face: a shell with an inside."""
    angle = np.linspace(0.75, 2.0 * math.pi - 0.75, 17)
    rows = [(-0.14, 0.36, 0.34, -0.06), (0.10, 0.42, 0.40, -0.05), (0.40, 0.50, 0.44, -0.04), (0.68, 0.52, 0.43, -0.03),
            (0.92, 0.44, 0.36, -0.03), (1.08, 0.26, 0.22, -0.03), (1.13, 0.0, 0.0, -0.03)]  # fmt: skip
    net = np.stack(
        [
            np.stack([x + along * np.cos(angle), across * np.sin(angle), np.full(len(angle), z)], axis=-1)
            for z, along, across, x in rows
        ],
        axis=1,
    )
    inner = (net - [0.0, 0.0, 0.45]) * 0.97 + [0.0, 0.0, 0.45]
    lips = [g.surface(np.stack([inner[0], net[0]]), cloth), g.surface(np.stack([net[-1], inner[-1]]), cloth)]
    return g.merge([g.surface(net, cloth), g.surface(inner[::-1], cloth), *lips])
