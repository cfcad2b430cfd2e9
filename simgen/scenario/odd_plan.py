"""The `odd` of a scenario: the operational design domain that its scenes are judged against.

    odd: {taxonomy: iso34503, inside: {illumination: [day, low_ambient]}, outside_ok: [surface.flooded]}

`inside` lists the classes that belong to the domain; an attribute that it does not name is not restricted. What
`outside_ok` names lies outside as well, and the scenario goes there on purpose.
"""

from __future__ import annotations

from collections.abc import Mapping as Map
from dataclasses import dataclass

from simgen.conditions import Conditions, Fog, FogBank, Light, Rain, Snow
from simgen.conditions.rain import film_depth_m
from simgen.scenario.condition_plan import ConditionPlan
from simgen.scenario.distributions import Value
from simgen.scenario.document import Mapping, describe
from simgen.scenario.fields import Fields, text_list
from simgen.scenario.kinds import Number, Text
from simgen.scenario.scene import Odd
from simgen.scenario.settings import SETTING_KINDS
from simgen.scenario.source import Mark, one_of
from simgen.scenario.taxonomy import TAXONOMIES, Extent, Range, reached
from simgen.scenario.timeline_plan import TimelinePlan

_FIXED = "a domain is the same in every sample"


@dataclass(frozen=True)
class Finding:
    """Something about a scenario and its domain that a person should look at.

    Attributes:
        where: its place in the source, "file:line:column".
        name: the class: "surface.flooded".
        text: what is the matter, and what to do.
    """

    where: str
    name: str
    text: str

    def __str__(self) -> str:
        return f"{self.where}: {self.text}"


@dataclass(frozen=True)
class OddPlan:
    """The declared domain, and its place in the source, for messages."""

    odd: Odd
    where: str

    def outside(self, extent: Extent) -> list[Finding]:
        """What samples within an extent reach outside the domain without saying so, or say and never reach."""
        found = outside_of(self.odd, extent)
        unsaid = "can be drawn and lies outside the declared domain: narrow the conditions, or name it in 'outside_ok'"
        idle = "stands in 'outside_ok', and no sample reaches it: leave it out, or go there"
        return [
            *(Finding(self.where, n, f"{n} {unsaid}") for n in found if n not in self.odd.outside_ok),
            *(Finding(self.where, n, f"{n} {idle}") for n in self.odd.outside_ok if n not in found),
        ]


def outside_of(odd: Odd, extent: Extent | Conditions) -> tuple[str, ...]:
    """The classes outside a domain that an extent, or a single state, reaches: "surface.flooded"."""
    if isinstance(extent, Conditions):
        extent = Extent.of(extent)
    return tuple(
        f"{attribute}.{name}"
        for attribute, names in reached(odd.taxonomy, extent).items()
        for name in names
        if name not in odd.inside.get(attribute, names) or f"{attribute}.{name}" in odd.outside_ok
    )


def extent_of(plan: ConditionPlan, timeline: TimelinePlan, *, indoor: bool) -> Extent:
    """The conditions that samples of a scenario may have, from the ranges of all that is drawn."""
    ranges = {
        **plan.sun.ranges(),
        "sky.clouds": plan.clouds.support(),
        "street_lights.illuminance": plan.street_lights.support(),
        "room_lights.illuminance": plan.room_lights.support(),
        "fog.mor": plan.fog.values["mor"].support(),
        "wind.speed": plan.wind.values["speed"].support() if plan.wind is not None else (0.0, 0.0),
        "rain.rate": (0.0, 0.0) if indoor else plan.rain_rate.support(),
        "snow.rate": (0.0, 0.0) if indoor else plan.snow_rate.support(),
        "snow.depth": (0.0, 0.0) if indoor else plan.snow_depth.support(),
        "surface.snow": (0.0, 0.0) if plan.surface.snow is None else plan.surface.snow.support(),
        "surface.film": (0.0, 0.0) if plan.surface.film is None else plan.surface.film.support(),
        "water.depth": (0.0, 0.0)
        if plan.water is None
        else _hull([plan.water.depth, *(d for _, d in plan.water.course)]),
    }
    if plan.water is not None and plan.water.rise.support() != (0.0, 0.0):
        ranges["water.depth"] = (0.0, 10.0)  # as deep as water may be: how long it rises is no matter of conditions
    if plan.sky_illuminance is not None:
        ranges["sky.illuminance"] = plan.sky_illuminance.support()
    kinds = set(plan.surface.kind.texts())
    for change in timeline.changes:
        if change.name in ranges:
            ranges[change.name] = _changed(change.name, ranges[change.name], change.value, relative=change.relative)
        elif change.name == "sky.illuminance":
            ranges[change.name] = change.value.support()
        elif change.name == "surface.kind":
            kinds |= set(change.value.texts())
    if plan.surface.film is None:
        wetted = film_depth_m(ranges["rain.rate"][0]), film_depth_m(ranges["rain.rate"][1])
        changed = any(change.name == "surface.film" for change in timeline.changes)
        ranges["surface.film"] = _union([ranges["surface.film"], wetted]) if changed else wetted
    if plan.surface.snow is None:
        changed = any(change.name == "surface.snow" for change in timeline.changes)
        ranges["surface.snow"] = (
            _union([ranges["surface.snow"], ranges["snow.depth"]]) if changed else ranges["snow.depth"]
        )
    patches = plan.surface.patches
    kinds |= {text for p in patches if p.kind is not None for text in p.kind.texts()}
    films = [p.film.support() for p in patches if p.film is not None]
    snows = [p.snow.support() for p in patches if p.snow is not None]
    low_lx, high_lx = (0.0, 0.0) if indoor else _natural(ranges)
    street, room = ranges["street_lights.illuminance"], ranges["room_lights.illuminance"]
    return Extent(
        ambient_lx=(low_lx + street[0] + room[0], high_lx + street[1] + room[1]),
        mor_m=_seen(ranges, [bank.values["mor"].support() for bank in plan.fog.banks]),
        rain_mps=ranges["rain.rate"],
        snow_mps=ranges["snow.rate"],
        wind_mps=ranges["wind.speed"],
        film_m=_union([ranges["surface.film"], *films]),
        snow_m=_union([ranges["surface.snow"], *snows]),
        depth_m=ranges["water.depth"],
        kinds=frozenset(kinds),
        floating=frozenset(text for p in plan.plumes for text in p.kind.texts() if p.values["rate"].support()[1] > 0.0),
    )


def _natural(ranges: Map[str, Range]) -> Range:
    """Natural light grows with the height of sun and moon and with the moon's phase, and sinks with the clouds."""
    dark, bright = (
        Light(
            sun_elevation_rad=ranges["sun.elevation"][end],
            moon_elevation_rad=ranges["moon.elevation"][end],
            moon_lit=ranges["moon.lit"][end],
            clouds=ranges["sky.clouds"][1 - end],
        ).usual_lx
        for end in (0, 1)
    )
    return ranges.get("sky.illuminance", (dark, bright))


def _seen(ranges: Map[str, Range], banks_m: list[Range]) -> Range:
    """The optical range through fog, rain and snow together: least in the densest of all, and of all banks."""
    fog, rain, snow = ranges["fog.mor"], ranges["rain.rate"], ranges["snow.rate"]
    banks = tuple(FogBank(0.0, 0.0, 1.0, 1.0, 1.0, low) for low, _ in banks_m)
    thick = Conditions(fog=Fog(fog[0], banks=banks), rain=Rain(rain[1]), snow=Snow(rate_mps=snow[1]))
    thin = Conditions(fog=Fog(fog[1]), rain=Rain(rain[0]), snow=Snow(rate_mps=snow[0]))
    return thick.least_mor_m, thin.mor_m


def _hull(values: list[Value]) -> Range:
    return _union([v.support() for v in values])


def _union(ranges: list[Range]) -> Range:
    return min(low for low, _ in ranges), max(high for _, high in ranges)


def _changed(name: str, before: Range, value: Value, *, relative: bool) -> Range:
    """The range of a condition before and after a change, and on the way."""
    low, high = value.support()
    if not relative:
        return _union([before, (low, high)])
    kind = SETTING_KINDS[name]
    assert isinstance(kind, Number)  # only numbers change by an amount
    return max(kind.low, before[0] + min(low, 0.0)), min(kind.high, before[1] + max(high, 0.0))


def read_odd(root: Fields) -> OddPlan | None:
    """The domain of a scenario, or None where it declares none."""
    fields = root.map("odd")
    if fields is None:
        return None
    taxonomy = fields.name("taxonomy")
    if taxonomy not in TAXONOMIES:
        return None
    attributes = TAXONOMIES[taxonomy]
    inside = _read_inside(fields, taxonomy)
    names = tuple(f"{a}.{c}" for a in attributes for c in attributes[a].classes)
    node = fields.get("outside_ok")
    kind = Text(f"a class of {taxonomy}", names)
    fine = text_list(fields.reader, node, kind, _FIXED) if node is not None else []
    for name in fine:
        attribute, _, of = name.partition(".")
        if of in inside.get(attribute, ()):
            hint = "leave it out of one of the two"
            fields.reader.problems.add(fields.key_mark("outside_ok"), f"{name} is also listed as inside", hint)
    return OddPlan(Odd(taxonomy, inside, tuple(fine)), str(_mark(root, fields)))


def _read_inside(fields: Fields, taxonomy: str) -> dict[str, tuple[str, ...]]:
    attributes = TAXONOMIES[taxonomy]
    node = fields.get("inside")
    if node is None:
        return {}
    if not isinstance(node, Mapping):
        hint = "expected inside: {illumination: [day, ...]}"
        fields.reader.problems.add(node.mark, f"'inside' is a map of attributes, this is {describe(node)}", hint)
        return {}
    out: dict[str, tuple[str, ...]] = {}
    for name, body in node.entries.items():
        if name not in attributes:
            problems = fields.reader.problems
            problems.add(node.key_marks[name], f"{taxonomy} has no attribute {name!r}", one_of(name, attributes))
            continue
        kind = Text(f"a class of {name}", attributes[name].classes)
        out[name] = tuple(text_list(fields.reader, body, kind, _FIXED))
    return out


def _mark(root: Fields, fields: Fields) -> Mark:
    return root.key_mark("odd") if "odd" in root else fields.mark
