"""From actor plans to placed actors: who is there, where each stands, and that none stands in another."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass

from simgen.errors import PlacementError
from simgen.models import Model, Site
from simgen.scenario.actor_plan import ActorPlan
from simgen.scenario.draws import Draws
from simgen.scenario.footprint import Footprint, obstacle_met, rotation, tumbled, upright
from simgen.scenario.place_plan import Placed, Spot
from simgen.scenario.scene import ActorSpec

TRIES = 300
"""Places tried for one thing before giving up."""
_OUTSIDE = "it would lie outside the site"


@dataclass(frozen=True)
class _Standing:
    """A placed thing."""

    spot: Spot
    footprint: Footprint
    z_m: float
    pitch_rad: float
    roll_rad: float
    min_gap_m: float


def cast_actors(plans: tuple[ActorPlan, ...], draws: Draws, site: Site) -> tuple[ActorSpec, ...]:
    """The actors of one sample, in declaration order.

    Those that others are placed ahead of come first, the rest as declared, so that an entry added at the end
    moves nothing. An actor that is not included is placed all the same, as a point of reference, but is in
    nobody's way.

    Raises:
        PlacementError: a thing finds no free place within `TRIES` tries.
        UserError: a model refuses its drawn parameters.
    """
    stage = _Stage(draws, site)
    specs: dict[str, list[ActorSpec]] = {}
    for plan in _leaders_first(plans):
        entered = [stage.enter(plan, name, k) for k, name in enumerate(plan.names(draws))]
        specs[plan.name] = [spec for spec in entered if spec is not None]
    return tuple(spec for plan in plans for spec in specs[plan.name])


def _leaders_first(plans: tuple[ActorPlan, ...]) -> list[ActorPlan]:
    by_name = {p.name: p for p in plans}
    ordered: dict[str, ActorPlan] = {}

    def add(plan: ActorPlan) -> None:
        if plan.place.leader:
            add(by_name[plan.place.leader])
        ordered.setdefault(plan.name, plan)

    for plan in plans:
        add(plan)
    return list(ordered.values())


class _Stage:
    """What stands on the site so far."""

    def __init__(self, draws: Draws, site: Site) -> None:
        self.draws = draws
        self.site = site
        self.placed: dict[str, Placed] = {}
        self.taken: list[tuple[str, Footprint, float]] = []

    def enter(self, plan: ActorPlan, name: str, k: int) -> ActorSpec | None:
        """Place one thing; None when it is not included in this sample."""
        path = f"actors.{name}"
        draws = self.draws
        family, params, model = plan.draw_model(draws, path)
        included = plan.include is None or draws.truth(plan.include, f"{path}.include")
        tower = self.placed[plan.place.tower] if plan.place.tower else None
        included = included and (tower is None or tower.included)
        standing = self._place(plan, name, k, family, model, included)
        speed_mps = 0.0
        if tower is not None:
            speed_mps = tower.speed_mps
        elif included and plan.speed is not None:
            speed_mps = draws.number(plan.speed, f"{path}.speed")
        self.placed[name] = Placed(standing.spot, model, speed_mps, included)
        for key, drawn in standing.spot.drawn.items():
            draws.record[f"{path}.place.{key}"] = drawn
        if not included:
            return None
        self.taken.append((name, standing.footprint, standing.min_gap_m))
        behaviour = "parked" if tower is not None else plan.behaviour_of(model, speed_mps)
        spot = standing.spot
        follows = plan.behaviour.follows(behaviour, spot.lane, spot.along, spot.opposed, path) and not model.kinematic
        return ActorSpec(
            name=name,
            model=family,
            params=params,
            position_m=(standing.spot.x_m, standing.spot.y_m, standing.z_m),
            yaw_rad=math.remainder(standing.spot.yaw_rad, math.tau),
            pitch_rad=standing.pitch_rad,
            roll_rad=standing.roll_rad,
            speed_mps=speed_mps,
            behaviour=behaviour,
            lane=spot.lane if follows else "",
            lights=plan.draw_lights(draws, path),
            colors=plan.draw_colors(draws, path, model),
            acts=plan.behaviour.draw(draws, f"{path}.behaviour", self.site, spot.lane, spot.s_m),
            towed_by=plan.place.tower,
        )

    def _place(self, plan: ActorPlan, name: str, k: int, family: str, model: Model, included: bool) -> _Standing:
        reasons: Counter[str] = Counter()
        tries = TRIES if plan.place.redrawable else 1
        for attempt in range(tries):
            path = f"actors.{name}.place" + (f"~{attempt}" if attempt else "")
            spot = plan.place.propose(self.draws, path, k, self.site, model, self.placed)
            if isinstance(spot, str):
                reasons[spot] += 1
                continue
            standing = self._stand(plan, path, spot, model)
            reason = self._fault(spot, standing, plan.place.tower) if included else ""
            if not reason:
                return standing
            reasons[reason] += 1
        raise PlacementError(_refusal(plan, name, family, model, tries, reasons))

    def _stand(self, plan: ActorPlan, path: str, spot: Spot, model: Model) -> _Standing:
        draws = self.draws
        gap_m = draws.number(plan.place.min_gap, f"{path}.min_gap", note=False)
        drop_m = draws.number(plan.place.drop, f"{path}.drop", note=False)
        if plan.place.drop.random:
            spot.drawn["drop"] = drop_m
        low_m = spot.ground_m + drop_m
        if not bool(plan.place.tumble.draw(draws, f"{path}.tumble")):
            return _Standing(spot, upright(model, spot.x_m, spot.y_m, low_m, spot.yaw_rad), low_m, 0.0, 0.0, gap_m)
        # Heading uniform, sine of the pitch uniform, roll uniform: every orientation is as likely.
        pitch_rad = math.asin(2.0 * draws.uniform(f"{path}.tumble.pitch") - 1.0)
        roll_rad = math.pi * (2.0 * draws.uniform(f"{path}.tumble.roll") - 1.0)
        turn = rotation(spot.yaw_rad, pitch_rad, roll_rad)
        footprint, z_m = tumbled(model, spot.x_m, spot.y_m, low_m, turn)
        return _Standing(spot, footprint, z_m, pitch_rad, roll_rad, gap_m)

    def _fault(self, spot: Spot, standing: _Standing, tower: str) -> str:
        """Why a thing cannot stand there, "" if it can; a trailer lies over what tows it."""
        bounds = self.site.bounds
        if not (bounds.x_min_m <= spot.x_m <= bounds.x_max_m and bounds.y_min_m <= spot.y_m <= bounds.y_max_m):
            return _OUTSIDE
        for other, footprint, gap_m in self.taken:
            if other == tower:
                continue
            if standing.footprint.meets(footprint, max(gap_m, standing.min_gap_m)):
                return (
                    f"it would overlap {other!r}" if standing.footprint.meets(footprint) else f"too close to {other!r}"
                )
        part = obstacle_met(self.site, standing.footprint)
        return f"it would stand in the site's {part!r}" if part is not None else ""


def _remedy(plan: ActorPlan, tries: int, reasons: Counter[str]) -> str:
    if plan.place.tower:
        return f"A trailer stands behind its tractor: move {plan.place.tower!r} to where both have room"
    if set(reasons) == {_OUTSIDE}:
        return "Move it into the site, or make the site larger"
    if tries == 1:
        return "Move it, or what is in its way; with a range for its place, the free part of that is found"
    return "Give it more room: a wider range, a smaller count or min_gap"


def _refusal(plan: ActorPlan, name: str, family: str, model: Model, tries: int, reasons: Counter[str]) -> str:
    length, width, _ = model.size_m
    counts = "; ".join(f"{reason} ({n} of {tries})" for reason, n in reasons.most_common(4))
    found = f"no free place in {tries} tries" if tries > 1 else "its place is not free, and it is fixed"
    return (
        f"{plan.place.where}: the actor {name!r} ({family}, {length:.2f} m x {width:.2f} m) cannot stand "
        f"{plan.place.describe()}: {found}: {counts}. " + _remedy(plan, tries, reasons)
    )
