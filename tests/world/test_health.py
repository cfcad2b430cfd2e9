"""Each fault provoked on purpose is caught, with its reason, tick and culprit; what is sound is left alone."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import count

import pytest
from world_fakes import actor, scene

from simgen.errors import PhysicsError
from simgen.world import World
from simgen.world.health import CHECK_TICKS
from simgen.world.mechanics import Mechanics
from simgen.world.watch import Watch

HZ = 240
Pushes = Sequence[tuple[int, Callable[[float, float, float], tuple[float, float, float]]]]
EGO = actor("ego", "fake.car", 0.0, -1.75, speed_mps=10.0, behaviour="keep_speed", lane="main.0")
CRATE = actor("crate", "fake.box", 10.0, 8.0)


def shove(mechanics: Mechanics, row: int, force_n: tuple[float, float, float]) -> None:
    """Push a body in the coming step, with a force that no part of the scene stands for."""
    api, cid, uid = mechanics.client.api, mechanics.client.id, mechanics.bodies[row].uid
    at = api.getBasePositionAndOrientation(uid, physicsClientId=cid)[0]
    api.applyExternalForce(uid, -1, force_n, at, api.WORLD_FRAME, physicsClientId=cid)


def drive(world: World, seconds: float, pushes: Pushes = ()) -> None:
    """Step the world while forces that depend on where a body is push it."""
    for _ in range(round(seconds * HZ)):
        for row, force_of in pushes:
            shove(world._mechanics, row, force_of(*world._mechanics.track.motion.position_m[row].tolist()))
        world.step()


def fault(
    world: World, seconds: float, row: int = -1, force_n: tuple[float, float, float] = (0.0, 0.0, 0.0)
) -> PhysicsError:
    pushes = [(row, lambda *_: force_n)] if row >= 0 else []
    with pytest.raises(PhysicsError) as caught:
        drive(world, seconds, pushes)
    return caught.value


@pytest.mark.parametrize("row", [0, 1])
def test_a_force_that_is_not_a_number(row: int) -> None:
    with World(scene(EGO, CRATE)) as world:
        error = fault(world, 0.5, row, (math.nan, 0.0, 0.0))
    assert (error.reason, error.who) == ("not_finite", (("ego", "crate")[row],))
    assert 1 <= error.tick <= 1 + CHECK_TICKS


def test_a_body_under_the_ground() -> None:
    with World(scene(EGO, CRATE)) as world:
        world._client.api.resetBasePositionAndOrientation(
            world._mechanics.bodies[1].uid, (10.0, 8.0, -6.0), (0, 0, 0, 1), physicsClientId=world._client.id
        )
        error = fault(world, 0.2)
    assert (error.reason, error.who, error.tick) == ("below_ground", ("crate",), 1)


def test_a_body_out_of_the_world() -> None:
    with World(scene(EGO, CRATE)) as world:
        world._client.api.resetBasePositionAndOrientation(
            world._mechanics.bodies[1].uid, (5000.0, 8.0, 1.0), (0, 0, 0, 1), physicsClientId=world._client.id
        )
        error = fault(world, 0.2)
    assert (error.reason, error.who) == ("out_of_world", ("crate",))


@pytest.mark.parametrize("settle_s", [0.0, 0.5])
def test_two_bodies_spawned_inside_each_other(settle_s: float) -> None:
    with pytest.raises(PhysicsError, match=r"'crate' and 'twin' start 0\.70 m inside each other") as caught:
        World(scene(EGO, CRATE, actor("twin", "fake.box", 10.3, 8.0), settle_s=settle_s))
    assert (caught.value.reason, caught.value.who) == ("interpenetration", ("crate", "twin"))


def test_a_spring_gun() -> None:
    """80 kN on 100 kg: 800 m/s2, 10 m/s within three ticks, with nothing in the scene that could push so."""
    with World(scene(EGO, CRATE)) as world:
        error = fault(world, 0.2, 1, (80e3, 0.0, 0.0))
    assert (error.reason, error.who) == ("energy", ("crate",))
    assert error.tick <= 1 + CHECK_TICKS


def test_a_slow_gun_is_no_better() -> None:
    """4 m/s2 is less than the slack of one audit, but the slack is not renewed."""
    with World(scene(EGO, actor("crate", "fake.box", 10.0, 8.0, params={"friction": 0.0}))) as world:
        error = fault(world, 3.0, 1, (400.0, 0.0, 0.0))
        assert world.measures.speed_mps("crate") == pytest.approx(4.0, abs=0.3)  # 8 J/kg
    assert (error.reason, error.who) == ("energy", ("crate",))


def test_a_pile_that_explodes_from_within() -> None:
    """Loose things that push only each other cannot all speed up."""
    pile = [actor(f"c{k}", "fake.box", 10.0 + 1.01 * (k % 3), 8.0 + 1.01 * (k // 3)) for k in range(9)]
    pushes = [(k, lambda x, y, _: (9e3 * (x - 11.0), 9e3 * (y - 9.0), 0.0)) for k in range(1, 10)]
    with World(scene(EGO, *pile)) as world, pytest.raises(PhysicsError) as caught:
        drive(world, 1.0, pushes)
    assert caught.value.reason == "energy"


def test_a_pile_that_never_settles(monkeypatch: pytest.MonkeyPatch) -> None:
    advance, ticks = Mechanics.advance, count()

    def shaken(mechanics: Mechanics, watch: Watch, time_s: float, *, flowing: bool) -> None:
        way = 1.0 if next(ticks) % 40 < 20 else -1.0
        shove(mechanics, 1, (3000.0 * way, 0.0, 0.0))
        advance(mechanics, watch, time_s, flowing=flowing)

    monkeypatch.setattr(Mechanics, "advance", shaken)
    with pytest.raises(PhysicsError, match=r"still move at more than 0\.5 m/s after settling for 2\.5 s") as caught:
        World(scene(EGO, CRATE, settle_s=0.5))
    assert (caught.value.reason, caught.value.who) == ("unsettled", ("crate",))


def test_hard_but_sound_physics_is_left_alone() -> None:
    """A crash into a stack, a drop from 6 m, a struck person: energy is passed on, none is made."""
    stack = [actor(f"s{k}", "fake.box", 20.0, -1.75, 1.005 * k, params={"mass_kg": 8.0}) for k in range(3)]
    ego = actor("ego", "fake.car", 0.0, -1.75, speed_mps=25.0, behaviour="keep_speed", lane="main.0")
    drop = actor("drop", "fake.box", 30.0, 9.0, 6.0)
    person = actor("person", "fake.person", 26.0, -1.75)
    with World(scene(ego, *stack, drop, person, settle_s=0.3)) as world:
        for _ in range(4 * HZ):
            world.step()
        assert {e.kind for e in world.events} >= {"collision", "fall"}


@pytest.mark.parametrize("gap_m", [0.1, 0.25, 0.4])
@pytest.mark.parametrize("start_m", [0.0, -0.4, -0.8, -1.2])
def test_a_queue_that_is_hit_from_behind_is_sound(start_m: float, gap_m: float) -> None:
    """A lorry's blow reaches the second car by way of the first, which was at rest at the last audit."""
    lorry = actor("ego", "fake.car", start_m, -1.75, speed_mps=28.0, params={"mass_kg": 9000.0})
    first = actor("first", "fake.car", 6.0, -1.75)
    second = actor("second", "fake.car", 10.2 + gap_m, -1.75)
    with World(scene(lorry, first, second, settle_s=0.3)) as world:
        drive(world, 0.5)
        assert world.measures.speed_mps("second") > 10.0
