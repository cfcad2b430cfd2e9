"""What a storm tears off and carries: a corrugated roof sheet and a plywood board."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from simgen.errors import UserError
from simgen.models import geometry as g
from simgen.models.catalogue import register_model
from simgen.models.families._lofts import outer_box
from simgen.models.mesh import Material, Mesh, Shape
from simgen.models.model import Model, ModelPart

ROOF_SHEET = Material("roof sheet", (0.46, 0.47, 0.48), roughness=0.42, metallic=0.6, slot="sheet")
PLYWOOD = Material("plywood", (0.52, 0.37, 0.22), (0.36, 0.24, 0.13), roughness=0.8, pattern="wood", contrast=0.5)

_STEEL_DENSITY = 7850.0
_PLYWOOD_DENSITY = 550.0
_PITCH_M, _DEPTH_M = 0.076, 0.018  # corrugation 76/18 of EN 506
_STEEL_M = 0.5e-3
_SHOWN_M = 3.0e-3  # thinner sheets alias in pictures


@register_model("debris.roof_sheet")
def roof_sheet(length_m: float = 2.4, width_m: float = 0.9) -> Model:
    """A corrugated steel roof sheet lying flat, 0.5 mm thick, corrugations along x.

    Args:
        length_m: along x, 0.5 to 4.
        width_m: across the corrugations, 0.3 to 1.2.

    Raises:
        UserError: a measure is outside its range.
    """
    _check("debris.roof_sheet", length_m=(length_m, 0.5, 4.0), width_m=(width_m, 0.3, 1.2))
    rows = max(8, round(8 * width_m / _PITCH_M))
    y = np.linspace(-0.5 * width_m, 0.5 * width_m, rows + 1)
    phase = 2.0 * math.pi * y / _PITCH_M
    low = 0.5 * _DEPTH_M * (1.0 - np.cos(phase))
    mesh = _sheet(0.5 * length_m, y, low)
    slope = 0.5 * _DEPTH_M * 2.0 * math.pi / _PITCH_M * np.sin(phase)
    developed = float(np.sqrt(1.0 + slope * slope).mean())
    mass = _STEEL_DENSITY * _STEEL_M * length_m * width_m * developed
    height = _DEPTH_M + _SHOWN_M
    size, center = outer_box([mesh])
    return Model(
        name="debris.roof_sheet",
        class_name="debris",
        parts=(ModelPart("body", mesh),),
        collision=(Shape("box", (0.0, 0.0, 0.5 * height), size_m=(length_m, width_m, height)),),
        mass_kg=mass,
        size_m=size,
        box_center_m=center,
        center_of_mass_m=(0.0, 0.0, 0.5 * height),
        displaced_volume_fraction=mass / _STEEL_DENSITY / (length_m * width_m * height),
        friction=0.45,
        slots=("sheet",),
    )


@register_model("debris.plywood")
def plywood(length_m: float = 2.44, width_m: float = 1.22, thickness_m: float = 0.018) -> Model:
    """A plywood board lying flat, by default a full sheet of 8 by 4 feet.

    Args:
        length_m: along x, 0.3 to 3.
        width_m: along y, 0.3 to 1.5.
        thickness_m: 0.006 to 0.04.

    Raises:
        UserError: a measure is outside its range.
    """
    _check(
        "debris.plywood",
        length_m=(length_m, 0.3, 3.0),
        width_m=(width_m, 0.3, 1.5),
        thickness_m=(thickness_m, 0.006, 0.04),
    )
    size = (length_m, width_m, thickness_m)
    center = (0.0, 0.0, 0.5 * thickness_m)
    return Model(
        name="debris.plywood",
        class_name="debris",
        parts=(ModelPart("body", g.box(size, PLYWOOD, center)),),
        collision=(Shape("box", center, size_m=size),),
        mass_kg=_PLYWOOD_DENSITY * math.prod(size),
        size_m=size,
        box_center_m=center,
        center_of_mass_m=center,
        friction=0.5,
    )


def _check(model: str, **measures: tuple[float, float, float]) -> None:
    """Refuse measures outside their ranges (value, low, high)."""
    for name, (value, low, high) in measures.items():
        if not low <= value <= high:
            raise UserError(f"{model}: {name} must be {low:g} to {high:g}, not {value:g}")


def _sheet(half_m: float, y_m: NDArray[np.float64], low_m: NDArray[np.float64]) -> Mesh:
    """The closed surface of a sheet from -half_m to half_m along x, whose underside is at the heights `low_m`."""
    x = np.array([-half_m, half_m])
    net = np.stack(np.broadcast_arrays(x[:, None], y_m[None], low_m[None]), -1)
    above = net + np.array([0.0, 0.0, _SHOWN_M])
    rim = []
    for low, high, turned in (
        (net[1], above[1], False),  # along y at the far end, outwards +x
        (net[0], above[0], True),
        (net[:, 0], above[:, 0], False),  # along x at the first edge, outwards -y
        (net[:, -1], above[:, -1], True),
    ):
        quads = np.stack([low[:-1], low[1:], high[1:], high[:-1]], axis=1)
        rim.append(quads[:, ::-1] if turned else quads)
    return g.merge(
        [
            g.surface(above, ROOF_SHEET),
            g.surface(net[:, ::-1], ROOF_SHEET),
            g.mesh_of_quads(np.concatenate(rim), ROOF_SHEET),
        ]
    )
