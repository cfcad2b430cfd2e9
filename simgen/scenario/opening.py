"""Measures of a scene as it is drawn: what its requirements are judged by, before any physics.

Every actor stands where it is placed and moves with its speed along its heading, as a running world has it at t = 0
but for what settles.
"""

from __future__ import annotations

import math

from simgen.conditions import Conditions
from simgen.models import Model, build_model, build_site
from simgen.scenario.footprint import Footprint, rotation, tumbled, upright
from simgen.scenario.measures import TTC_HORIZON_S, RuleScope
from simgen.scenario.scene import ActorSpec, Scene


class Opening(RuleScope):
    """The names and measures of a scene at its start."""

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene, build_site(scene.site.name, scene.site.params).regions)
        self._specs = {a.name: a for a in scene.actors}
        self._models = {a.name: build_model(a.model, a.params) for a in scene.actors}
        self._prints: dict[str, Footprint] = {}

    @property
    def conditions(self) -> Conditions:
        """Those at the start."""
        return self._scene.conditions

    def time_s(self) -> float:
        """The start."""
        return 0.0

    def of_actor(self, name: str, what: str) -> float:
        """Its speed, or a coordinate of its centre of mass."""
        if what == "speed":
            return self._specs[name].speed_mps
        return self._center_m(name)["xy".index(what)]

    def alone(self, measure: str, actor: str) -> float | bool:
        """None of these measures is known before a world runs; the names of a requirement leave them out."""
        raise AssertionError(f"unreachable: {measure} of {actor} is refused where requirements are read")

    def between(self, measure: str, first: str, second: str) -> float:
        """Clearance, distance or time to collision of two actors."""
        if measure == "distance":
            return math.dist(self._center_m(first), self._center_m(second))
        a, b = self._print(first), self._print(second)
        if measure == "clearance":
            return a.gap_m(b)
        (ux, uy), (vx, vy) = self._velocity_mps(first), self._velocity_mps(second)
        met_s = a.meets_s(b, ux - vx, uy - vy)
        return met_s if met_s <= TTC_HORIZON_S else math.inf

    def _print(self, name: str) -> Footprint:
        if name not in self._prints:
            self._prints[name] = _footprint(self._specs[name], self._models[name])
        return self._prints[name]

    def _velocity_mps(self, name: str) -> tuple[float, float]:
        spec = self._specs[name]
        return spec.speed_mps * math.cos(spec.yaw_rad), spec.speed_mps * math.sin(spec.yaw_rad)

    def _center_m(self, name: str) -> tuple[float, float, float]:
        spec, local = self._specs[name], self._models[name].center_of_mass_m
        rows = rotation(spec.yaw_rad, spec.pitch_rad, spec.roll_rad)
        x, y, z = (
            at + row[0] * local[0] + row[1] * local[1] + row[2] * local[2]
            for at, row in zip(spec.position_m, rows, strict=True)
        )
        return x, y, z


def _footprint(spec: ActorSpec, model: Model) -> Footprint:
    x, y, z = spec.position_m
    if spec.pitch_rad == 0.0 and spec.roll_rad == 0.0:
        return upright(model, x, y, z, spec.yaw_rad)
    turn = rotation(spec.yaw_rad, spec.pitch_rad, spec.roll_rad)
    found, origin_m = tumbled(model, x, y, 0.0, turn)
    shift = z - origin_m
    return Footprint(
        found.x_m, found.y_m, 0.0, found.half_length_m, found.half_width_m, found.low_m + shift, found.high_m + shift
    )
