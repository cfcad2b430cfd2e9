"""Street furniture along the pavements of a town: the models that authors place, as fixed things of a site."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simgen.models.catalogue import build_model
from simgen.models.geometry import rotation_z, transformed
from simgen.models.mesh import Shape
from simgen.models.sites.assembly import Fixture
from simgen.rng import Stream


class Spot(NamedTuple):
    """Where a fixture stands: metres along a street from its crossing, and beyond its kerb line; of which street.

    The heading is that of who has the thing on the right.
    """

    fixture: Fixture
    along_m: float
    beyond_m: float
    heading_rad: float


_BACK_M = 2.58  # benches and bins at the back edge of a pavement of 2.6 m: clear of who walks there
_SHELTER_M = 3.20
_KERB_M = 0.40
_LAMP_M = 1.6  # along the street, kept clear of lamps


def pavement_fixture(name: str) -> Fixture:
    """A model of street furniture that looks at the road from its right-hand side (see `roadside`)."""
    model = build_model(name)
    mesh = transformed(model.parts[0].mesh, rotation_z(0.5 * math.pi))
    shapes = tuple(
        Shape(
            s.kind,
            (-s.center_m[1], s.center_m[0], s.center_m[2]),
            size_m=(s.size_m[1], s.size_m[0], s.size_m[2]) if s.kind == "box" else s.size_m,
        )
        for s in model.collision
    )
    return Fixture((("furniture", mesh),), shapes)


def town_things(stream: Stream, lamps_m: dict[float, tuple[float, ...]], start_m: float, end_m: float) -> list[Spot]:
    """Benches with bins, a post box, hydrants, a bus stop and bollards about the corners of a crossing.

    Args:
        stream: of what stands where.
        lamps_m: heading of each street -> places along it at which lamps stand on its right.
        start_m, end_m: how far from the crossing things stand, on either side of it.
    """
    out = []
    headings = (0.0, math.pi, 0.5 * math.pi, 1.5 * math.pi)
    for n, heading in enumerate(headings):
        u = stream.array(f"street{n}", 6)
        wanted = [("street.bench", -start_m - 0.5 * (end_m - start_m) * float(u[0]), _BACK_M)]
        wanted.append(("street.bin", wanted[0][1] + 1.5 + 0.8 * float(u[1]), _BACK_M))
        if n % 2 == int(2.0 * float(stream.uniform("hydrants"))):
            wanted.append(("street.hydrant", start_m + (end_m - start_m) * float(u[2]), _BACK_M))
        if n == int(4.0 * float(stream.uniform("post_box"))):
            wanted.append(("street.post_box", start_m + 1.0 + 6.0 * float(u[3]), _BACK_M))
        if n == int(2.0 * float(stream.uniform("bus_stop"))):
            wanted.append(("street.bus_stop", -start_m - 6.0 - 0.7 * (end_m - start_m) * float(u[4]), _SHELTER_M))
        wanted += [("street.bollard", start_m + 1.4 * k, _KERB_M) for k in range(2)]
        clear = np.array(lamps_m.get(heading, ()))
        taken: list[tuple[float, float]] = []
        for name, along, beyond in wanted:
            fixture = pavement_fixture(name)
            half = 0.5 * float(np.ptp(fixture.pieces[0][1].vertices_m[:, 0]))
            at = _free(along, half, beyond, taken, clear)
            taken.append((at, half if beyond > 1.0 else -1.0))
            out.append(Spot(fixture, at, beyond, heading))
    return out


def _free(
    along_m: float, half_m: float, beyond_m: float, taken: list[tuple[float, float]], lamps_m: NDArray[np.float64]
) -> float:
    """The place, moved away from the crossing until neither lamp nor another thing of the back edge stands there."""
    step = 0.5 if along_m > 0.0 else -0.5
    if beyond_m < 1.0:
        return along_m
    while any(abs(along_m - x) < half_m + h + 0.3 for x, h in taken if h > 0.0) or (
        len(lamps_m) and float(np.abs(lamps_m - along_m).min()) < half_m + _LAMP_M
    ):
        along_m += step
    return along_m
