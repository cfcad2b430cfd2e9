"""Behaviours of drivers."""

from __future__ import annotations

from simgen.world.behaviours.registry import Role, register_behaviour
from simgen.world.orders import FOLLOW, UNCHANGED, DriverOrders, Orders, StepOrders


@register_behaviour("keep_speed")
def keep_speed(role: Role) -> Orders:
    """Hold the speed."""
    if role.body.model.kinematic:
        return StepOrders(role.spec.speed_mps)
    return DriverOrders(role.spec.speed_mps)


@register_behaviour("follow_lane")
def follow_lane(role: Role) -> Orders:
    """The Intelligent Driver Model."""
    return DriverOrders(
        role.optional("desired_speed_mps", role.spec.speed_mps),
        law=FOLLOW,
        time_gap_s=role.number("time_gap_s"),
        min_gap_m=role.number("min_gap_m"),
        acceleration_mps2=role.number("acceleration_mps2"),
        braking_mps2=role.number("braking_mps2"),
    )


@register_behaviour("brake_on_cue")
def brake_on_cue(role: Role) -> Orders:
    """Hold the speed, then brake."""
    return DriverOrders(
        role.spec.speed_mps,
        cue=role.cue(),
        cued_mps=role.number("to_mps"),
        cued_brake_mps2=role.number("deceleration_mps2"),
    )


@register_behaviour("cut_in")
def cut_in(role: Role) -> Orders:
    """Hold the speed, then change lane."""
    lane = role.text("lane")
    if lane not in role.site.lanes:
        raise role.refuse(f"the site has no lane {lane!r}; its lanes: {', '.join(sorted(role.site.lanes))}")
    return DriverOrders(
        role.spec.speed_mps,
        cue=role.cue(),
        cued_mps=role.optional("pace_mps", UNCHANGED),
        cued_lane=lane,
        duration_s=role.number("duration_s"),
    )


@register_behaviour("oncoming")
def oncoming(role: Role) -> Orders:
    """Hold the speed in the wrong direction."""
    if not role.spec.lane:
        raise role.refuse("it follows no lane; place it in one")
    return DriverOrders(role.spec.speed_mps, against=True)


@register_behaviour("reverse")
def reverse(role: Role) -> Orders:
    """Stand, then drive backwards."""
    if role.spec.name == "ego":
        raise role.refuse("an action cannot tell the ego to drive backwards; let another actor do it")
    return DriverOrders(0.0, against=True, backwards=True, held=True, cue=role.cue(), cued_mps=role.number("pace_mps"))


@register_behaviour("stop_at")
def stop_at(role: Role) -> Orders:
    """Hold the speed, stop at a point, perhaps go on."""
    return DriverOrders(
        role.spec.speed_mps,
        stop_s_m=role.number("s_m"),
        stop_mps2=role.number("deceleration_mps2"),
        stop_hold_s=role.number("hold_s"),
    )
