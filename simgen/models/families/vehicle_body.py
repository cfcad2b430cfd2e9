"""From the bare skin of a body to a finished one: outlines cut into it, arches over the wheels, wells within these."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from numpy.typing import ArrayLike

from simgen.models.families.vehicle_details import arch, both_sides, rectangle, rod, wheel_well
from simgen.models.families.vehicle_skin import BELOW, FRONT, SIDE, Skin, View
from simgen.models.mesh import Material, Mesh
from simgen.models.palette import TRIM


class Cut(NamedTuple):
    """One outline to cut into a skin: see `Skin.cut`."""

    view: View
    outline: ArrayLike
    material: Material | None
    only: tuple[Material, ...] | None = None


@dataclass(frozen=True)
class Arches:
    """The openings above the wheels of a body.

    Attributes:
        axles_x_m: where its axles are.
        wheel_radius_m: of the wheels, whose middles stand as high.
        radius_m: of the openings.
        inner_y_m: how far in the wells reach.
    """

    axles_x_m: tuple[float, ...]
    wheel_radius_m: float
    radius_m: float
    inner_y_m: float


def cut_all(skin: Skin, cuts: Iterable[Cut]) -> None:
    """Cut outlines into a skin, one after the other."""
    for cut in cuts:
        skin.cut(*cut)


def finish(skin: Skin, arches: Arches) -> list[Mesh]:
    """Cut the arches out of the sides and the floor away above the wheels, and finish the skin; the wheel wells."""
    z, r, inner = arches.wheel_radius_m, arches.radius_m, arches.inner_y_m
    for x in arches.axles_x_m:
        skin.cut(SIDE, arch(x, z, r), None)
        skin.cut(BELOW, rectangle(x - r, x + r, inner, 2.0), None)
    skin.finish()
    return [both_sides(wheel_well(skin, x, z, inner)) for x in arches.axles_x_m]


def wiper(skin: Skin, foot: tuple[float, float], tip: tuple[float, float], width_m: float = 0.018) -> Mesh:
    """A wiper that lies on the windscreen between two points (y, z) of the front view."""
    start, end = ((float(skin.lookup(FRONT, [[abs(y), z]])[0][0, 0]) + 0.02, y, z) for y, z in (foot, tip))
    return rod(start, end, width_m, TRIM)
