"""Gathers the furniture, plants and buildings of a place into parts of one class each."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from simgen.models.geometry import merge, rotation_z, transformed
from simgen.models.mesh import LampMount, Mesh, Shape, Version
from simgen.models.site import SitePart

CHUNK_M = 30.0
"""Side of the squares in which plants choose their versions together."""


@dataclass(frozen=True, eq=False)
class Fixture:
    """A piece of furniture in its own frame or placed: geometry by class, collision, lamps.

    Attributes:
        pieces: (class name, mesh) pairs.
        shapes: collision primitives.
        lamps: with relative intensities.
        keeps: see `SitePart`.
    """

    pieces: tuple[tuple[str, Mesh], ...]
    shapes: tuple[Shape, ...] = ()
    lamps: tuple[LampMount, ...] = ()
    keeps: tuple[Shape, ...] = ()


def placed(fixture: Fixture, x_m: float, y_m: float, z_m: float) -> Fixture:
    """The fixture moved to a place; at positive y it is first turned half round, to face the road."""
    turn = math.pi if y_m > 0.0 else 0.0
    c = -1.0 if y_m > 0.0 else 1.0
    r = rotation_z(turn)

    def moved(p: Sequence[float]) -> tuple[float, float, float]:
        return (x_m + c * p[0], y_m + c * p[1], z_m + p[2])

    def shifted(shapes: Sequence[Shape]) -> tuple[Shape, ...]:
        return tuple(Shape(s.kind, moved(s.center_m), s.quat_xyzw, s.size_m) for s in shapes)

    return Fixture(
        tuple((name, transformed(mesh, r, (x_m, y_m, z_m))) for name, mesh in fixture.pieces),
        shifted(fixture.shapes),
        tuple(
            LampMount(
                lamp.kind,
                moved(lamp.position_m),
                (c * lamp.direction[0], c * lamp.direction[1], lamp.direction[2]),
                lamp.intensity_cd,
                lamp.color,
                lamp.beam,
                lamp.half_angle_rad,
            )
            for lamp in fixture.lamps
        ),
        shifted(fixture.keeps),
    )


@dataclass(eq=False)
class Assembly:
    """A collection that grows: meshes and collision primitives by part name, and lamps."""

    _pieces: dict[tuple[str, str], list[tuple[Version, ...]]] = field(default_factory=dict)
    _shapes: dict[tuple[str, str], list[Shape]] = field(default_factory=dict)
    _keeps: dict[tuple[str, str], list[Shape]] = field(default_factory=dict)
    lamps: list[LampMount] = field(default_factory=list)

    def add(self, name: str, class_name: str, meshes: Iterable[Mesh], shapes: Sequence[Shape] = ()) -> None:
        """Add meshes and shapes to the part `name` of class `class_name`."""
        self._pieces.setdefault((name, class_name), []).extend((Version(mesh, 0.0),) for mesh in meshes)
        self._shapes.setdefault((name, class_name), []).extend(shapes)

    def add_plant(self, name: str, plant: tuple[Version, ...], shapes: Sequence[Shape] = ()) -> None:
        """Add vegetation with its coarser versions, and shapes, to the part `name`."""
        key = name, "vegetation"
        self._pieces.setdefault(key, []).append(plant)
        self._shapes.setdefault(key, []).extend(shapes)

    def add_fixture(self, name: str, fixture: Fixture) -> None:
        """Add a placed fixture; its pieces go into the parts `name.CLASS`, its shapes to the last of them."""
        for class_name, mesh in fixture.pieces:
            self.add(f"{name}.{class_name}", class_name, [mesh])
        class_name = fixture.pieces[-1][0]
        self.add(f"{name}.{class_name}", class_name, [], fixture.shapes)
        self._keeps.setdefault((f"{name}.{class_name}", class_name), []).extend(fixture.keeps)
        self.lamps.extend(fixture.lamps)

    def parts(self, roofs: Sequence[str] = ()) -> tuple[SitePart, ...]:
        """The parts, in the order of their first piece; those named in `roofs` close the place from above."""
        out = []
        for (name, class_name), pieces in self._pieces.items():
            shapes = tuple(self._shapes[name, class_name])
            collision = "shapes" if shapes else "none"
            mesh = merge([finest.mesh for finest, *_ in pieces])
            keeps = tuple(self._keeps.get((name, class_name), ()))
            out.append(SitePart(name, class_name, mesh, collision, shapes, name in roofs, _chunks(pieces), keeps))
        return tuple(out)


def _chunks(pieces: Sequence[tuple[Version, ...]]) -> tuple[tuple[Version, ...], ...]:
    """Pieces gathered by the squares of the ground that their middles are in; () where none has coarser versions."""
    if all(len(piece) == 1 for piece in pieces):
        return ()
    squares: dict[tuple[int, int], list[tuple[Version, ...]]] = {}
    for piece in pieces:
        low, high = piece[0].mesh.bounds_m
        x, y = 0.5 * (float(low[0]) + float(high[0])), 0.5 * (float(low[1]) + float(high[1]))
        squares.setdefault((math.floor(x / CHUNK_M), math.floor(y / CHUNK_M)), []).append(piece)
    return tuple(_together(square) for square in squares.values())


def _together(pieces: Sequence[tuple[Version, ...]]) -> tuple[Version, ...]:
    """Versions of several pieces as one: of each the same, or its coarsest where it has fewer."""
    out = []
    for k in range(max(len(piece) for piece in pieces)):
        chosen = [piece[min(k, len(piece) - 1)] for piece in pieces]
        out.append(Version(merge([v.mesh for v in chosen]), max(v.error_m for v in chosen)))
    return tuple(out)
