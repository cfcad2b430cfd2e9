"""A shoe in two pieces that bends at the ball, in shares of body height about the ankle joint."""

from __future__ import annotations

import math

import numpy as np

from simgen.models import geometry as g
from simgen.models.families._lofts import Floats
from simgen.models.mesh import Material, Mesh

SOLE_Z = -0.036
"""Height of the under side of the sole below the ankle joint."""
HEEL_X = -0.034
BALL_X = 0.080
"""Where the sole bends."""

SOLE = Material("shoe sole", (0.20, 0.19, 0.18), roughness=0.9)

_UPPER = np.array(  # x, half width, top of the upper above the sole
    [
        (-0.034, 0.010, 0.026),
        (-0.028, 0.019, 0.036),
        (-0.008, 0.021, 0.046),
        (0.020, 0.021, 0.041),
        (0.055, 0.025, 0.029),
        (0.085, 0.027, 0.022),
        (0.106, 0.023, 0.018),
        (0.118, 0.012, 0.012),
    ]
)


def shoe(leather: Material) -> Mesh:
    """The shoe from the heel to a little beyond the ball, along +x, with its origin at the ankle joint."""
    return _piece(_UPPER[:6], leather, 0.0)


def toe_cap(leather: Material) -> Mesh:
    """The rest of the shoe, with its origin on the sole under the ball, where it bends."""
    moved = _piece(_UPPER[4:], leather, -0.0012)
    return g.transformed(moved, translation_m=(-BALL_X, 0.0, -SOLE_Z))


def _piece(rows: Floats, leather: Material, swell: float) -> Mesh:
    """Upper and sole over some rows of the table; a piece that starts inside another is a little slimmer."""
    x, width, top = rows.T + np.array([0.0, swell, swell])[:, None]
    angle = np.linspace(0.0, math.pi, 9)[:, None]
    arch = np.stack(
        [
            np.broadcast_to(x, (9, len(x))),
            width * np.cos(angle),
            SOLE_Z + 0.007 + top * np.sin(angle) ** 0.8,
        ],
        axis=-1,
    )
    ends = [np.broadcast_to([e, 0.0, SOLE_Z + 0.011], (9, 1, 3)) for e in (x[0] - 0.003, x[-1] + 0.004)]
    net = np.concatenate([ends[0], arch, ends[1]], axis=1)
    return g.merge([g.surface(net, leather), _sole(x, width, swell)])


def _sole(x: Floats, width: Floats, swell: float) -> Mesh:
    """A plate with a welt that stands out a little round the upper."""
    half = 1.06 * width
    left = np.column_stack([x, half])
    outline = np.concatenate([left[::-1], left * [1.0, -1.0], left[-1:]])
    z0, z1 = SOLE_Z, SOLE_Z + 0.009 + 0.5 * swell
    rim = np.stack([np.column_stack([outline, np.full(len(outline), z)]) for z in (z0, z1)], axis=1)
    quads = []
    for k in range(len(x) - 1):
        for z, order in ((z0, 1), (z1, -1)):
            corners = [
                (x[k], half[k], z),
                (x[k + 1], half[k + 1], z),
                (x[k + 1], -half[k + 1], z),
                (x[k], -half[k], z),
            ]
            quads.append(np.array(corners)[::order])
    return g.merge([g.surface(rim, SOLE), g.mesh_of_quads(quads, SOLE)])
