"""Lamps that are switched."""

from __future__ import annotations

from simgen.scenario.behaviours import LAMPS
from simgen.world.behaviours.registry import Role, register_behaviour
from simgen.world.orders import LampOrders, Orders


@register_behaviour("switch_lamp")
def switch_lamp(role: Role) -> Orders:
    """Switch a kind of lamps."""
    lamp = role.text("lamp")
    if lamp not in LAMPS:
        raise role.refuse(f"no lamp is called {lamp!r}; expected one of: {', '.join(sorted(LAMPS))}")
    return LampOrders(role.cue(), LAMPS[lamp], bool(role.params["lit"]))
