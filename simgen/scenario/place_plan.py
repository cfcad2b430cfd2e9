"""The `place` of an actor: along a lane, ahead of another, in a region, at a point, or on another's hitch."""

from __future__ import annotations

import math
from collections.abc import Mapping as Map
from dataclasses import dataclass

from simgen.areas import covers
from simgen.models import Model, Site
from simgen.scenario.distributions import Constant, Uniform, Value
from simgen.scenario.document import Scalar
from simgen.scenario.draws import Draws
from simgen.scenario.fields import Fields
from simgen.scenario.footprint import upright
from simgen.scenario.inherit import PLACE_FORMS
from simgen.scenario.kinds import Text
from simgen.scenario.source import one_of
from simgen.scenario.table import PLACE

_ANY_WAY = Uniform(Constant(-math.pi), Constant(math.pi))
_ENDS = (-1.0, 1.0)
_KEYS = {form: tuple(k.name for k in PLACE.keys if not k.forms or form in k.forms) for form in PLACE_FORMS}


@dataclass(frozen=True)
class Spot:
    """Where an actor may stand, before overlaps are checked.

    Attributes:
        x_m, y_m, ground_m: of the model's origin, and the ground there.
        yaw_rad: heading.
        lane: lane that it stands in, "" for none; `s_m` and `offset_m` are along it.
        along: whether it faces along the lane, within 45 degrees; opposed: whether it faces against it so.
        drawn: what was drawn, by key of the place.
    """

    x_m: float
    y_m: float
    ground_m: float
    yaw_rad: float
    lane: str
    s_m: float
    offset_m: float
    along: bool
    drawn: dict[str, float | str | bool]
    opposed: bool = False


@dataclass(frozen=True)
class Placed:
    """An actor that stands already.

    Attributes:
        spot: where.
        model: what it is.
        speed_mps: at the start.
        included: whether it is in this sample, and not only a point of reference.
    """

    spot: Spot
    model: Model
    speed_mps: float
    included: bool


@dataclass(frozen=True)
class PlacePlan:
    """A place whose numbers may be drawn.

    Attributes:
        form: one of `PLACE_FORMS`.
        target: lane or region (may be drawn), or the actor's name; a placeholder for "at".
        first, second: s and offset, by and offset, or x and y (None is anywhere in the region); zeros on a hitch.
        step: further (s, nothing) or (x, y) from each thing of a count to the next: a row.
        facing: heading; relative to the lane in the forms "lane" and "ahead_of", to the tractor's on its hitch.
        min_gap: least distance to everything else.
        drop: height of its lowest point above ground.
        tumble: whether it is turned any way in space.
        where: its place in the source, for messages.
        turned: whether the author said where it faces.
    """

    form: str
    target: Value
    first: Value | None
    second: Value | None
    step: tuple[Value, Value]
    facing: Value
    min_gap: Value
    drop: Value
    tumble: Value
    where: str
    turned: bool = False

    @property
    def redrawable(self) -> bool:
        """Whether another try can give another place."""
        if self.first is None or self.second is None:
            return True
        values = (self.target, self.first, self.second, *self.step, self.facing, self.drop, self.tumble)
        return any(v.redrawable for v in values) or self.tumble != Constant(False)

    @property
    def leader(self) -> str:
        """The actor that this place refers to, or ""."""
        refers = self.form in ("ahead_of", "towed_by")
        return str(self.target.value) if refers and isinstance(self.target, Constant) else ""

    @property
    def tower(self) -> str:
        """The actor on whose hitch it hangs, or ""."""
        return self.leader if self.form == "towed_by" else ""

    def describe(self) -> str:
        """Where this is, for messages."""
        name = " or ".join(repr(t) for t in self.target.texts())
        words = {"lane": "in lane", "ahead_of": "ahead of", "in": "in region", "towed_by": "on the hitch of"}
        return f"{words[self.form]} {name}" if self.form in words else "at its point"

    def propose(
        self, draws: Draws, path: str, k: int, site: Site, model: Model, others: Map[str, Placed]
    ) -> Spot | str:
        """A spot drawn under `path`, or the reason why there is none.

        Args:
            draws: of the sample.
            path: key of this try.
            k: number of this thing within the actor's count, from 0.
            site: the place.
            model: of the actor, for the room it needs in a region.
            others: the actors that stand already, by name.
        """
        drawn: dict[str, float | str | bool] = {}

        def number(value: Value, key: str) -> float:
            found = draws.number(value, f"{path}.{key}", note=False)
            if value.random:
                drawn[key] = found
            return found

        facing_rad = number(self.facing, "facing")
        if self.form == "in":
            return self._in_region(draws, path, site, model, facing_rad, drawn)
        if self.form == "towed_by":
            return _on_hitch(others[self.tower], model, facing_rad, site, drawn)
        if self.first is None or self.second is None:
            raise TypeError(f"a place of the form {self.form!r} has two numbers")
        first = "step" if self.form == "lane" else "step[0]"
        step = number(self.step[0], first), number(self.step[1], "step[1]")
        if self.form == "at":
            x, y = number(self.first, "at[0]") + k * step[0], number(self.second, "at[1]") + k * step[1]
            return Spot(x, y, site.ground.at(x, y), facing_rad, "", 0.0, 0.0, True, drawn)
        offset_m = number(self.second, "offset")
        if self.form == "lane":
            lane, s_m = str(self.target.draw(draws, f"{path}.lane")), number(self.first, "s") + k * step[0]
            if self.target.random:
                drawn["lane"] = lane
        else:
            other = others[self.leader].spot
            by_m = number(self.first, "by")
            lane, s_m = other.lane, other.s_m + by_m
            if not lane:
                c, s = math.cos(other.yaw_rad), math.sin(other.yaw_rad)
                x, y = other.x_m + by_m * c - offset_m * s, other.y_m + by_m * s + offset_m * c
                return Spot(x, y, site.ground.at(x, y), other.yaw_rad + facing_rad, "", 0.0, 0.0, True, drawn)
        if lane not in site.lanes:
            return f"the site has no lane {lane!r}"
        x, y, _, yaw = site.lanes[lane].at(s_m, offset_m)
        along = math.cos(facing_rad) > math.sqrt(0.5)
        opposed = math.cos(facing_rad) < -math.sqrt(0.5)
        return Spot(x, y, site.ground.at(x, y), yaw + facing_rad, lane, s_m, offset_m, along, drawn, opposed)

    def _in_region(
        self,
        draws: Draws,
        path: str,
        site: Site,
        model: Model,
        yaw: float,
        drawn: dict[str, float | str | bool],
    ) -> Spot | str:
        name = str(self.target.draw(draws, f"{path}.in"))
        if self.target.random:
            drawn["in"] = name
        if name not in site.regions:
            return f"the site has no region {name!r}"
        region = site.regions[name]
        around = upright(model, 0.0, 0.0, 0.0, yaw)
        reach = around.reach_m
        bounds = (region.x_min_m, region.x_max_m), (region.y_min_m, region.y_max_m)
        point = []
        for k, (value, key) in enumerate(((self.first, "x"), (self.second, "y"))):
            low = bounds[k][0] + reach[k] - (around.x_m, around.y_m)[k]
            high = bounds[k][1] - reach[k] - (around.x_m, around.y_m)[k]
            if value is not None:
                at = draws.number(value, f"{path}.{key}", note=False)
            else:
                at = low + (high - low) * draws.uniform(f"{path}.{key}")
            if low > high or not low <= at <= high:
                return "it does not fit into the region there"
            point.append(at)
            drawn[key] = at
        x, y = point[0] + around.x_m, point[1] + around.y_m
        if not all(covers(region, x + a * reach[0], y + b * reach[1]) for a in _ENDS for b in _ENDS):
            return "it does not fit into the region there"
        ground_m = max(site.ground.at(point[0], point[1]), region.floor_m)  # a table top lies above the ground
        return Spot(point[0], point[1], ground_m, yaw, "", 0.0, 0.0, True, drawn)


def _on_hitch(
    tower: Placed, model: Model, facing_rad: float, site: Site, drawn: dict[str, float | str | bool]
) -> Spot | str:
    """The spot of a trailer whose kingpin is on the hitch of what tows it, turned from its heading."""
    hitch = tower.model.vehicle.hitch_m if tower.model.vehicle is not None else None
    pin = model.vehicle.kingpin_m if model.vehicle is not None else None
    if hitch is None:
        return "that has no hitch"
    if pin is None:
        return "it has no kingpin"
    other, yaw = tower.spot, tower.spot.yaw_rad + facing_rad
    x = other.x_m + hitch[0] * math.cos(other.yaw_rad) - pin[0] * math.cos(yaw)
    y = other.y_m + hitch[0] * math.sin(other.yaw_rad) - pin[0] * math.sin(yaw)
    return Spot(x, y, site.ground.at(x, y), yaw, "", 0.0, 0.0, True, drawn)


def read_place(fields: Fields, site: Site | None, actors: Map[str, bool], own_name: str) -> PlacePlan | None:
    """The place of an actor.

    Args:
        fields: the actor's keys.
        site: an example of the site, for the names of lanes and regions; None when it is at fault.
        actors: every actor's name and whether it can be referred to (it has no count).
        own_name: this actor's.
    """
    problems = fields.reader.problems
    body = fields.map("place", f"the place of {own_name!r}")
    if body is None:
        forms_text = "{lane: ..., s: ...}, {ahead_of: ..., by: ...}, {in: REGION}, {at: [x, y]} or {towed_by: ...}"
        fields.need("place", forms_text)
        return None
    forms = [f for f in PLACE_FORMS if f in body]
    if len(forms) != 1:
        found = " and ".join(repr(f) for f in forms) or "none of them"
        problems.add(fields.key_mark("place"), f"a place has one of {', '.join(PLACE_FORMS)}; here is {found}")
        return None
    form = forms[0]
    for key in body.node.entries:
        if key not in _KEYS[form] and key in PLACE.names():
            problems.add(
                body.key_mark(key),
                f"{key!r} does not go with {form!r}",
                f"expected one of: {', '.join(_KEYS[form])}",
            )
    target, first, second = _read_form(form, body, site, actors, own_name)
    facing = body.get("facing")
    anyhow = isinstance(facing, Scalar) and facing.text == "any"
    return PlacePlan(
        form=form,
        target=target,
        first=first,
        second=second,
        step=_read_step(form, body),
        facing=_ANY_WAY if anyhow or (facing is None and form == "in") else body.value("facing"),
        min_gap=body.value("min_gap"),
        drop=body.value("drop"),
        tumble=body.value("tumble"),
        where=str(fields.key_mark("place")),
        turned=facing is not None,
    )


def _read_step(form: str, body: Fields) -> tuple[Value, Value]:
    zero = Constant(0.0)
    node = body.get("step")
    if node is None or form not in ("lane", "at"):
        return zero, zero
    if form == "lane":
        return body.value("step"), zero
    x, y = body.row("step")
    return x, y


def _read_form(
    form: str, body: Fields, site: Site | None, actors: Map[str, bool], own_name: str
) -> tuple[Value, Value | None, Value | None]:
    if form == "lane":
        lanes = tuple(site.lanes) if site is not None else ()
        return (
            body.value("lane", Text("a lane of the site", lanes)),
            body.value("s"),
            body.value("offset"),
        )
    if form == "in":
        regions = tuple(site.regions) if site is not None else ()
        target = body.value("in", Text("a region of the site", regions))
        return target, body.optional("x"), body.optional("y")
    if form == "at":
        x, y = body.row("at")
        return Constant(""), x, y
    others = [name for name, single in actors.items() if single and name != own_name]
    name = body.name(form)
    if name and name not in others:
        why = "is this actor itself" if name == own_name else "has a count" if name in actors else "is not an actor"
        mark = body.node.entries[form].mark
        body.reader.problems.add(mark, f"{name!r} {why}", one_of(name, others))
    if form == "towed_by":
        return Constant(name), Constant(0.0), Constant(0.0)
    return Constant(name), body.value("by"), body.value("offset")
