"""Settling: physics before t = 0, with vehicles parked and robots held, until things lie still."""

from __future__ import annotations

from simgen.scenario.scene import Scene
from simgen.world.health import PATIENCE_S, REST_TICKS
from simgen.world.mechanics import Mechanics
from simgen.world.watch import Watch


def settle(mechanics: Mechanics, watch: Watch, scene: Scene) -> None:
    """Let things come to rest, in still water and still air.

    Loose things that move at the end get some more time, but not where there is water, in which things float on.

    Args:
        mechanics: of the world.
        watch: refuses what starts inside something else, and what never rests.
        scene: says for how long at least; 0 leaves things where they are placed.

    Raises:
        PhysicsError: "interpenetration" or "unsettled".
    """
    _hold(mechanics)
    ticks = round(scene.settle_s * scene.physics_hz)
    if not ticks:
        mechanics.client.api.performCollisionDetection(physicsClientId=mechanics.client.id)
        watch.health.check_overlaps()
        return
    wet = mechanics.flood.wet
    last = min(ticks, REST_TICKS)
    for tick in range(ticks - last):
        mechanics.advance(watch, 0.0, flowing=False)
        if tick == 0:
            watch.health.check_overlaps()
    moving = _moving_within(mechanics, watch, last, first=last == ticks)
    spare = 0 if wet else round(PATIENCE_S * scene.physics_hz)
    while moving and spare > 0:
        moving = _moving_within(mechanics, watch, REST_TICKS, first=False)
        spare -= REST_TICKS
    if moving and not wet:
        watch.health.refuse_unsettled(moving, scene.settle_s)


def _hold(mechanics: Mechanics) -> None:
    """Put things at the height at which they float, and keep what could drive where it is."""
    mechanics.flood.float_up(mechanics.track)
    mechanics.vehicles.park()
    for body in mechanics.robots:
        assert body.robot is not None
        body.robot.hold()


def _moving_within(mechanics: Mechanics, watch: Watch, ticks: int, *, first: bool) -> list[str]:
    """Settle for some more ticks; names of what has not been at rest all the while."""
    names: dict[str, None] = {}
    for tick in range(ticks):
        mechanics.advance(watch, 0.0, flowing=False)
        if tick == 0 and first:
            watch.health.check_overlaps()
        if tick % 4 == 3 and not mechanics.flood.wet:
            names.update(dict.fromkeys(watch.health.restless(mechanics.track)))
    return list(names)
