"""The `actors` of a scenario: what each is, how it looks and acts."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping as Map
from dataclasses import dataclass, replace

from simgen.errors import UserError
from simgen.models import Model, Site, build_model, model_choices, model_names
from simgen.scenario.behaviour_plan import BehaviourPlan, read_behaviour
from simgen.scenario.behaviours import LAMPS, sort_of
from simgen.scenario.colors import NAMED, RGB, plausible, shade
from simgen.scenario.distributions import Constant, Value, weighted
from simgen.scenario.document import Mapping
from simgen.scenario.draws import Draws
from simgen.scenario.families import defaults, read_model_parameters
from simgen.scenario.fields import Fields
from simgen.scenario.language import Key, Section
from simgen.scenario.material_plan import Color, draw_color, read_color
from simgen.scenario.mesh_plan import OWN_MESH, read_mesh
from simgen.scenario.place_plan import PlacePlan, read_place
from simgen.scenario.reading import Reader
from simgen.scenario.table import ACTOR, COLOR

_NAME = re.compile(r"[a-z][a-z0-9_]*")


@dataclass(frozen=True)
class ActorPlan:
    """An entry under `actors`; with a count it stands for several things, named `name[0]`, `name[1]` ...

    Attributes:
        model: model families or their prefixes ("car" is any of "car.*").
        params: values of the builder's keywords.
        color: slot -> colour name or three numbers, where the author gave one.
        where: its place in the source, for messages.
    """

    name: str
    model: Value
    params: dict[str, Value]
    place: PlacePlan
    speed: Value | None
    behaviour: BehaviourPlan
    lights: dict[str, Value]
    color: dict[str, Color]
    count: Value | None
    include: Value | None
    where: str

    def names(self, draws: Draws) -> list[str]:
        """Names of the things of one sample, whether or not they are included."""
        if self.count is None:
            return [self.name]
        return [f"{self.name}[{k}]" for k in range(int(draws.number(self.count, f"actors.{self.name}.count")))]

    def draw_model(self, draws: Draws, path: str) -> tuple[str, dict[str, float | str], Model]:
        """Family, parameters and geometry of one thing.

        Raises:
            UserError: the family refuses the parameters that were drawn.
        """
        families = candidates(draws.text(self.model, f"{path}.model"))
        family = families[min(int(draws.uniform(f"{path}.model.family") * len(families)), len(families) - 1)]
        if len(families) > 1:
            draws.record[f"{path}.model.family"] = family
        params = draws.family(self.params, f"{path}.params")
        for keyword, shares in model_choices(family).items():
            if keyword not in params:
                params[keyword] = draws.text(weighted(shares), f"{path}.params.{keyword}")
        try:
            return family, params, build_model(family, params)
        except (UserError, ValueError) as error:
            raise UserError(
                f"{self.where}: {path}: the model {family} cannot be built with {params}: {error}"
            ) from error

    def draw_colors(self, draws: Draws, path: str, model: Model) -> dict[str, RGB]:
        """A colour for every slot of the model: the author's, else a plausible one."""
        out: dict[str, RGB] = {}
        for slot in model.slots:
            key = f"{path}.colors.{slot}"
            given = self.color.get(slot)
            if given is not None:
                out[slot] = draw_color(draws, given, key)
            else:
                out[slot] = shade(NAMED[draws.text(plausible(slot), key)], draws.uniform(f"{key}.shade"))
        return out

    def draw_lights(self, draws: Draws, path: str) -> tuple[str, ...]:
        """Kinds of its lamps that are lit."""
        lit = {LAMPS[k] for k, v in self.lights.items() if draws.truth(v, f"{path}.lights.{k}")}
        return tuple(kind for kind in dict.fromkeys(LAMPS.values()) if kind in lit)

    def behaviour_of(self, model: Model, speed_mps: float) -> str:
        """What it does: as the author says, else it keeps a speed that it has and can keep, or is parked."""
        moves = model.vehicle is not None or model.kinematic or bool(model.urdf)
        return self.behaviour.steering or ("keep_speed" if speed_mps > 0.0 and moves else "parked")


def own_files(plans: tuple[ActorPlan, ...]) -> tuple[str, ...]:
    """The meshes of users' own that actors may be, by the names of their content."""
    meshes = [p for p in plans if OWN_MESH in p.model.texts() and "file" in p.params]
    return tuple(dict.fromkeys(text for p in meshes for text in p.params["file"].texts()))


def candidates(text: str) -> tuple[str, ...]:
    """The model families that a name or prefix stands for."""
    names = model_names()
    return (text,) if text in names else tuple(n for n in names if n.startswith(f"{text}."))


def singles(root: Fields) -> dict[str, bool]:
    """Every actor's name and whether it stands for one thing (it has no count)."""
    node = root.get("actors")
    if not isinstance(node, Mapping):
        return {}
    return {n: not (isinstance(b, Mapping) and "count" in b.entries) for n, b in node.entries.items()}


def read_actors(root: Fields, site: Site | None) -> tuple[ActorPlan, ...]:
    """The actors of a scenario, in document order."""
    node = root.need("actors", "{name: {model: ..., place: ...}}")
    if not isinstance(node, Mapping):
        if node is not None:
            root.reader.problems.add(node.mark, "'actors' is a map of named actors", "expected {name: {model: ...}}")
        return ()
    single = singles(root)
    plans = []
    for name, body in node.entries.items():
        mark = node.key_marks[name]
        if not _NAME.fullmatch(name):
            hint = "expected lower-case letters, digits and _, beginning with a letter"
            root.reader.problems.add(mark, f"{name!r} cannot name an actor", hint)
        plan = _read_actor(name, Fields(root.reader, body, ACTOR, what=f"the actor {name!r}", mark=mark), site, single)
        if plan is not None:
            plans.append(plan)
    _check_circles(root.reader, {p.name: p for p in plans}, node)
    return tuple(plans)


def _read_actor(name: str, fields: Fields, site: Site | None, single: Map[str, bool]) -> ActorPlan | None:
    model = fields.value("model")
    families = tuple(dict.fromkeys(f for text in model.texts() for f in candidates(text)))
    params = _read_params(fields, families)
    place = read_place(fields, site, single, name)
    models = [example(family, params) for family in families]
    sorts = frozenset(sort_of(m) for m in models if m is not None)
    behaviour = read_behaviour(fields, site, single, name, sorts)
    lights = fields.map("lights", f"the lights of {name!r}")
    if place is None:
        return None
    _check_towing(name, fields, place, models)
    if behaviour.against and not place.turned:
        place = replace(place, facing=Constant(math.pi))
    return ActorPlan(
        name=name,
        model=model,
        params=params,
        place=place,
        speed=fields.optional("speed"),
        behaviour=behaviour,
        lights={k: lights.value(k) for k in LAMPS if k in lights} if lights is not None else {},
        color=_read_colors(fields, families, params),
        count=fields.optional("count"),
        include=fields.optional("include"),
        where=str(fields.mark),
    )


def _check_towing(name: str, fields: Fields, place: PlacePlan, models: list[Model | None]) -> None:
    """Note what a towed actor cannot have, and a trailer that nothing tows."""
    problems = fields.reader.problems
    trailers = [m.vehicle is not None and m.vehicle.kingpin_m is not None for m in models if m is not None]
    if place.tower:
        for key in ("speed", "behaviour", "count"):
            if key in fields:
                problems.add(fields.key_mark(key), f"{name!r} is towed and has no {key!r} of its own", "leave it out")
        if not all(trailers):
            problems.add(fields.key_mark("place"), f"{name!r} is no trailer that could be towed", "expected a trailer")
    elif any(trailers):
        problems.add(
            fields.key_mark("place"), f"{name!r} is a trailer and has no wheels in front", "expected {towed_by: NAME}"
        )


def _read_params(fields: Fields, families: tuple[str, ...]) -> dict[str, Value]:
    """Parameters that every family the actor may be of accepts."""
    node = fields.get("params")
    mark = fields.key_mark("params") if node is not None else fields.mark
    params: dict[str, Value] = {}
    for family in families:
        params = read_model_parameters(fields.reader, node, family, mark)
    return read_mesh(fields, params) if OWN_MESH in families else params


def _read_colors(fields: Fields, families: tuple[str, ...], params: dict[str, Value]) -> dict[str, Color]:
    given = fields.get("colors")
    if given is None:
        return {}
    slots: set[str] = set()
    for family in families:
        choices = model_choices(family)
        texts = {k: params[k].texts() if k in params else tuple(shares) for k, shares in choices.items()}
        options = [{k: Constant(text)} for k in texts for text in texts[k]]
        for chosen in ({}, *options):
            model = example(family, {**params, **chosen})
            slots |= set(model.slots) if model is not None else set()
    section = Section(f"the colors of {fields.what}", "", tuple(Key(s, "", COLOR) for s in sorted(slots)))
    body = Fields(fields.reader, given, section, mark=fields.key_mark("colors"))
    return {slot: read_color(fields.reader, node) for slot, node in body.node.entries.items()}


def example(family: str, params: Map[str, Value]) -> Model | None:
    """A model of a family, drawn parameters at their defaults; None if it refuses those that are given."""
    try:
        return build_model(family, defaults(params))
    except (UserError, TypeError, ValueError):
        return None


class Carriers:
    """The actors that are in every sample, once, and so can carry a sensor."""

    def __init__(self, plans: tuple[ActorPlan, ...]) -> None:
        self._plans = {p.name: p for p in plans if p.count is None and p.include is None}
        self.names = tuple(self._plans)

    def mounts(self, name: str) -> tuple[str, ...] | None:
        """The mounts that every model has which the actor may be of; None when none of them can be built."""
        plan = self._plans[name]
        models = [example(f, plan.params) for text in plan.model.texts() for f in candidates(text)]
        known = [set(m.mounts) for m in models if m is not None]
        return tuple(sorted(set.intersection(*known))) if known else None


def _check_circles(reader: Reader, plans: Map[str, ActorPlan], node: Mapping) -> None:
    for name in plans:
        ring = [name]
        while (leader := plans[ring[-1]].place.leader if ring[-1] in plans else "") and leader not in ring:
            ring.append(leader)
        if leader == name and len(ring) > 1 and name == min(ring):
            text = " -> ".join([*ring, name])
            reader.problems.add(node.key_marks[name], f"actors are placed ahead of each other in a circle: {text}")
