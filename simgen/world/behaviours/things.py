"""Behaviours of loose things."""

from __future__ import annotations

from simgen.world.behaviours.registry import Role, register_behaviour
from simgen.world.orders import HoldOrders, Orders, PushOrders


@register_behaviour("roll")
def roll(role: Role) -> Orders:
    """Set it moving along its heading."""
    speed = role.number("pace_mps")
    radius_m = 0.5 * role.body.model.size_m[2]
    return PushOrders(role.cue(), speed, role.optional("spin_radps", speed / radius_m))


@register_behaviour("fall")
def fall(role: Role) -> Orders:
    """Hold it, then let go."""
    return HoldOrders(role.cue())
