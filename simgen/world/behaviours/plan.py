"""From the actors of a scene to orders: who is told what before anything moves."""

from __future__ import annotations

from simgen.errors import UserError
from simgen.models import Site
from simgen.scenario.behaviours import BEHAVIOURS, WHO, sort_of
from simgen.scenario.scene import Act
from simgen.world.behaviours.registry import DIRECTORS, Role, settings_of
from simgen.world.bodies import Body
from simgen.world.orders import Orders


def plan_acts(bodies: list[Body], site: Site) -> list[tuple[Orders, ...]]:
    """The orders of each actor; none for what stands, is fixed, or is driven as a robot.

    Raises:
        UserError: a behaviour is unknown, its settings are wrong, or such a model cannot do it.
    """
    cast = {b.spec.name: b.spec for b in bodies}
    out: list[tuple[Orders, ...]] = []
    for body in bodies:
        acts = {act.name: act for act in body.spec.acts}
        names = dict.fromkeys([body.spec.behaviour, *acts])
        orders = []
        for name in names:
            if name not in BEHAVIOURS:
                known = ", ".join(sorted(BEHAVIOURS))
                raise UserError(f"actor {body.spec.name!r}: no behaviour is called {name!r}; known: {known}")
            behaviour, sort = BEHAVIOURS[name], sort_of(body.model)
            if sort not in behaviour.who:
                who = ", ".join(WHO[w] for w in behaviour.who)
                raise UserError(f"actor {body.spec.name!r}: {name!r} is for {who}, and {body.spec.model!r} is not one")
            if name != body.spec.behaviour and behaviour.steers:
                raise UserError(f"actor {body.spec.name!r}: {name!r} is not its behaviour {body.spec.behaviour!r}")
            if name in DIRECTORS and (behaviour.settings or sort in ("vehicle", "mover")):
                settings = settings_of(behaviour, acts.get(name, Act(name)))
                orders.append(DIRECTORS[name](Role(body, site, cast, behaviour, settings)))
        out.append(tuple(orders))
    return out
