"""The `conditions` of a scenario: light, air, water, surface and wind as written, and one draw of them."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from simgen.conditions import Conditions, Light, Rain, Snow, Water, Wind
from simgen.models import Site
from simgen.scenario.distributions import Constant, Value
from simgen.scenario.document import Sequence
from simgen.scenario.draws import Draws
from simgen.scenario.fields import Fields
from simgen.scenario.fog_plan import FogPlan, read_fog
from simgen.scenario.kinds import Text
from simgen.scenario.plume_plan import PlumePlan, draw_plumes, read_plumes
from simgen.scenario.sun_plan import SunPlan, read_sun
from simgen.scenario.surface_plan import SurfacePlan, read_surface
from simgen.scenario.table import RISE_POINT
from simgen.scenario.wind_plan import TornadoPlan, WindPlan, read_tornado, read_wind


@dataclass(frozen=True)
class WaterPlan:
    """Water over a region: depth over its lowest ground, current, clarity, and how it rises.

    Attributes:
        course: time and depth of the points that the level passes through.
    """

    region: str
    depth: Value
    flow: Value
    direction: Value
    secchi: Value
    rise: Value
    course: tuple[tuple[float, Value], ...]

    def draw(self, draws: Draws, site: Site, *, floods: bool) -> Water | None:
        """The water of one sample; a depth of 0 is none unless it rises, or `floods` says that more comes later."""
        depth_m = draws.number(self.depth, "conditions.water.depth")
        flow_mps = draws.number(self.flow, "conditions.water.flow")
        direction_rad = draws.number(self.direction, "conditions.water.direction")
        secchi_m = draws.number(self.secchi, "conditions.water.turbidity.secchi")
        rise_mps = draws.number(self.rise, "conditions.water.rise")
        course = tuple(
            (at_s, draws.number(depth, f"conditions.water.rise[{k}].depth"))
            for k, (at_s, depth) in enumerate(self.course)
        )
        if depth_m <= 0.0 and rise_mps <= 0.0 and not floods and not any(d > 0.0 for _, d in course):
            return None
        region = site.regions[self.region]
        return Water(
            level_m=region.floor_m + depth_m,
            depth_m=depth_m,
            x_min_m=region.x_min_m,
            x_max_m=region.x_max_m,
            y_min_m=region.y_min_m,
            y_max_m=region.y_max_m,
            current_mps=(flow_mps * math.cos(direction_rad), flow_mps * math.sin(direction_rad)),
            secchi_m=secchi_m,
            rise_mps=rise_mps,
            course=course,
            outline_m=region.outline_m,
        )


@dataclass(frozen=True)
class ConditionPlan:
    """Every condition as a value that may be drawn."""

    sun: SunPlan
    clouds: Value
    sky_illuminance: Value | None
    street_lights: Value
    room_lights: Value
    fog: FogPlan
    water: WaterPlan | None
    surface: SurfacePlan
    wind: WindPlan | None
    tornado: TornadoPlan | None
    rain_rate: Value
    snow_depth: Value
    snow_rate: Value
    plumes: tuple[PlumePlan, ...]

    def draw(self, draws: Draws, site: Site, *, floods: bool = False) -> Conditions:
        """The conditions of one sample; `floods` where water may come later. No rain or snow falls into a room."""
        rain = Rain(0.0 if site.indoor else draws.number(self.rain_rate, "conditions.rain.rate"))
        snow = Snow() if site.indoor else self._snow(draws)
        return Conditions(
            light=self._light(draws, site),
            fog=self.fog.draw(draws),
            water=self.water.draw(draws, site, floods=floods) if self.water is not None else None,
            surface=self.surface.draw(draws, site, rain, snow),
            wind=self.wind.draw(draws) if self.wind is not None else Wind(),
            tornado=self.tornado.draw(draws) if self.tornado is not None else None,
            rain=rain,
            snow=snow,
            plumes=draw_plumes(self.plumes, draws),
        )

    def _snow(self, draws: Draws) -> Snow:
        return Snow(
            depth_m=draws.number(self.snow_depth, "conditions.snow.depth"),
            rate_mps=draws.number(self.snow_rate, "conditions.snow.rate"),
        )

    def _light(self, draws: Draws, site: Site) -> Light:
        sky = replace(self.sun.draw(draws), clouds=draws.number(self.clouds, "conditions.sky.clouds"))
        if site.indoor:
            natural_lx = 0.0  # no daylight gets in
        elif self.sky_illuminance is not None:
            natural_lx = draws.number(self.sky_illuminance, "conditions.sky.illuminance")
        else:
            natural_lx = sky.usual_lx
        return replace(
            sky,
            natural_lx=natural_lx,
            street_lights_lx=draws.number(self.street_lights, "conditions.street_lights.illuminance"),
            room_lights_lx=draws.number(self.room_lights, "conditions.room_lights.illuminance"),
        )


def read_conditions(root: Fields, site: Site | None) -> ConditionPlan:
    """The conditions of a scenario.

    Args:
        root: the scenario's top-level keys.
        site: an example of its site, for region names; None when the site itself is at fault.
    """
    fields = root.sub("conditions")
    sky = fields.sub("sky")
    return ConditionPlan(
        sun=read_sun(fields),
        clouds=sky.value("clouds"),
        sky_illuminance=sky.optional("illuminance"),
        street_lights=fields.sub("street_lights").value("illuminance"),
        room_lights=fields.sub("room_lights").value("illuminance"),
        fog=read_fog(fields),
        water=_read_water(fields, site),
        surface=read_surface(fields, site),
        wind=read_wind(fields),
        tornado=read_tornado(fields),
        rain_rate=fields.sub("rain").value("rate"),
        snow_depth=fields.sub("snow").value("depth"),
        snow_rate=fields.sub("snow").value("rate"),
        plumes=read_plumes(root, fields),
    )


def _read_water(fields: Fields, site: Site | None) -> WaterPlan | None:
    water = fields.map("water")
    if water is None:
        return None
    regions = tuple(site.regions) if site is not None else ()
    rise, course = _read_rise(water)
    return WaterPlan(
        region=water.name("region", Text("a region of the site", regions)),
        depth=water.value("depth"),
        flow=water.value("flow"),
        direction=water.value("direction"),
        secchi=water.sub("turbidity").value("secchi"),
        rise=rise,
        course=course,
    )


def _read_rise(water: Fields) -> tuple[Value, tuple[tuple[float, Value], ...]]:
    """`rise`: how fast the level rises (`0.1 m/min`, below 0 it falls), or the points that it passes through.

    Points are `[{at: 3 s, depth: 0.4 m}, ...]`: straight from `depth` at the start to each, and level after the last.
    """
    node = water.get("rise")
    if not isinstance(node, Sequence):
        return water.value("rise"), ()
    if not node.items:
        water.reader.problems.add(node.mark, "'rise' has no points", "expected {at: 3 s, depth: 0.4 m}, or a speed")
    points: list[tuple[float, Value]] = []
    for item in node.items:
        point = Fields(water.reader, item, RISE_POINT)
        at_s = point.number("at")
        if points and at_s <= points[-1][0]:
            water.reader.problems.add(
                point.mark,
                f"this point of 'rise' is at {at_s:g} s, the one before it at {points[-1][0]:g} s",
                "expected points in order of time",
            )
        points.append((at_s, point.value("depth")))
    return Constant(0.0), tuple(points)
