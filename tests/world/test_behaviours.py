"""What actors do, against the models' closed forms and the numbers that their orders name."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from world_fakes import actor, scene

from simgen.errors import UserError
from simgen.models import LAMP_KINDS
from simgen.scenario.behaviours import BEHAVIOURS
from simgen.scenario.scene import Act, ActorSpec, Scene
from simgen.snapshot import Snapshot
from simgen.world import World
from simgen.world.behaviours import DIRECTORS, register_behaviour
from simgen.world.robots.tasks import TASKS

HZ = 240
HALF_CAR_M = 2.1
EGO = actor("ego", "fake.car", 0.0, -1.75, speed_mps=15.0, behaviour="keep_speed", lane="main.0")
FAR = actor("ego", "fake.car", -50.0, 15.0)


def told(name: str, model: str, x: float, y: float, behaviour: str, **more: Any) -> ActorSpec:
    """An actor with a behaviour whose settings are those keywords that an `ActorSpec` does not know."""
    known = {k: more.pop(k) for k in list(more) if k in ("speed_mps", "lane", "yaw", "params", "lights", "z")}
    params = {k.replace("__", "."): v for k, v in more.items()}
    return actor(name, model, x, y, behaviour=behaviour, acts=(Act(behaviour, params),), **known)


def at_time(after_s: float) -> dict[str, Any]:
    return {"trigger": "time", "trigger__value": after_s}


def run(world: World, seconds: float) -> None:
    for _ in range(round(seconds * HZ)):
        world.step()


def where(snap: Snapshot, k: int) -> np.ndarray:
    return snap.T_world_object[k, :3, 3]


def yaw(snap: Snapshot, k: int) -> float:
    return math.atan2(snap.T_world_object[k, 1, 0], snap.T_world_object[k, 0, 0])


def test_every_declared_behaviour_is_carried_out_and_no_other() -> None:
    assert set(DIRECTORS) | set(TASKS) == set(BEHAVIOURS) - {"parked", "static"}
    assert not set(DIRECTORS) & set(TASKS)
    with pytest.raises(UserError, match="'fly' is not declared"):
        register_behaviour("fly")
    with pytest.raises(UserError, match="carried out by keep_speed already"):
        register_behaviour("keep_speed")


# -- drivers ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("lead_mps", "desired_mps", "gap_s"), [(10.0, 20.0, 1.5), (15.0, 18.0, 1.0)])
def test_idm_settles_at_its_equilibrium_gap(lead_mps: float, desired_mps: float, gap_s: float) -> None:
    """Treiber 2000, eq. 3: s_e(v) = (s0 + v T) / sqrt(1 - (v / v0)^4)."""
    expected = (2.0 + lead_mps * gap_s) / math.sqrt(1.0 - (lead_mps / desired_mps) ** 4)
    lead = actor("lead", "fake.car", 0.0, -1.75, speed_mps=lead_mps, behaviour="keep_speed", lane="main.0")
    start = -(expected + 2.0 * HALF_CAR_M) - 2.0
    follower = told(
        "follower", "fake.car", start, -1.75, "follow_lane",
        speed_mps=lead_mps, lane="main.0", desired_speed_mps=desired_mps, time_gap_s=gap_s,
    )  # fmt: skip
    with World(scene(FAR, lead, follower)) as world:
        run(world, 25.0)
        snap = world.snapshot()
    assert snap.velocity_mps[2, 0] == pytest.approx(lead_mps, rel=0.005)
    assert where(snap, 1)[0] - where(snap, 2)[0] - 2.0 * HALF_CAR_M == pytest.approx(expected, rel=0.02)


def test_an_idm_platoon_stops_behind_a_leader_that_brakes_hard() -> None:
    lead = told(
        "lead", "fake.car", 0.0, -1.75, "brake_on_cue",
        speed_mps=16.0, lane="main.0", deceleration_mps2=6.5, **at_time(0.5),
    )  # fmt: skip
    platoon = [
        told(f"car{k}", "fake.car", -14.0 * k, -1.75, "follow_lane", speed_mps=16.0, lane="main.0", time_gap_s=1.0)
        for k in range(1, 4)
    ]
    with World(scene(FAR, lead, *platoon)) as world:
        least = math.inf
        for _ in range(10 * HZ):
            world.step()
            x = world._mechanics.track.latest.position_m[1:, 0]
            least = min(least, float((x[:-1] - x[1:]).min()) - 2.0 * HALF_CAR_M)
        snap = world.snapshot()
    assert least > 0.5
    assert np.abs(snap.velocity_mps[1:, 0]).max() < 0.05
    gaps = -np.diff(snap.T_world_object[1:, 0, 3]) - 2.0 * HALF_CAR_M
    assert np.all((gaps > 1.0) & (gaps < 5.0))  # s0 is 2 m


def test_an_idm_driver_stops_for_a_parked_car_and_not_for_one_beside_the_lane() -> None:
    aside = actor("aside", "fake.car", 30.0, -5.6)
    parked = actor("parked", "fake.car", 90.0, -1.75)
    car = told("car", "fake.car", 0.0, -1.75, "follow_lane", speed_mps=14.0, lane="main.0")
    with World(scene(FAR, aside, parked, car)) as world:
        run(world, 16.0)
        snap = world.snapshot()
    gap = where(snap, 2)[0] - where(snap, 3)[0] - 2.0 * HALF_CAR_M
    assert 1.5 < gap < 3.5
    assert abs(snap.velocity_mps[3, 0]) < 0.3


def test_braking_on_a_cue_has_its_deceleration_and_end() -> None:
    car = told(
        "car", "fake.car", 0.0, -1.75, "brake_on_cue",
        speed_mps=20.0, lane="main.0", deceleration_mps2=4.0, to_mps=8.0, **at_time(1.0),
    )  # fmt: skip
    with World(scene(FAR, car)) as world:
        run(world, 1.0)
        before = world.snapshot()
        run(world, 2.0)
        during = world.snapshot()
        run(world, 3.0)
        after = world.snapshot()
    assert before.velocity_mps[1, 0] == pytest.approx(20.0, abs=0.1)
    assert before.velocity_mps[1, 0] - during.velocity_mps[1, 0] == pytest.approx(4.0 * 2.0, rel=0.04)
    assert after.velocity_mps[1, 0] == pytest.approx(8.0, abs=0.25)
    assert during.part_lit.max() & (1 << LAMP_KINDS.index("brake"))


@pytest.mark.parametrize(
    ("cue", "measured"),
    [
        ({"trigger": "time", "trigger__value": 1.5}, None),
        ({"trigger": "ttc", "trigger__value": 3.0}, "ttc"),
        ({"trigger": "distance", "trigger__value": 25.0}, "distance"),
    ],
)
def test_a_cut_in_begins_at_its_cue_and_ends_in_the_lane(cue: dict[str, Any], measured: str | None) -> None:
    """From the oncoming lane's line into the ego's: the other lane of the fake road, driven the ego's way."""
    car = told("car", "fake.car", 45.0, 1.75, "cut_in", speed_mps=9.0, lane="main.0", duration_s=2.5, **cue)
    with World(scene(EGO, _beside(car))) as world:
        begun, before = math.nan, world.snapshot()
        for tick in range(8 * HZ):
            before = world.snapshot() if tick % 4 == 0 else before
            world.step()
            if world._mechanics.vehicles.drivers.left_m[1] != 0.0 and math.isnan(begun):
                begun = tick / HZ
                start = before
            if not math.isnan(begun) and tick / HZ > begun + 2.5:
                break
        snap = world.snapshot()
    away = where(start, 1)[0] - where(start, 0)[0]
    closing = start.velocity_mps[0, 0] - start.velocity_mps[1, 0]
    if measured == "ttc":
        assert (away - 2.0 * HALF_CAR_M) / closing == pytest.approx(3.0, abs=0.1)
    elif measured == "distance":
        assert math.hypot(away, 3.5) == pytest.approx(25.0, abs=0.3)
    else:
        assert begun == pytest.approx(1.5, abs=1.5 / HZ)
    assert where(start, 1)[1] == pytest.approx(1.75, abs=0.1)
    assert where(snap, 1)[1] == pytest.approx(-1.75, abs=0.2)
    assert abs(yaw(snap, 1)) < 0.05


def _beside(car: ActorSpec) -> ActorSpec:
    """The car with no lane of its own at first: it holds its heading, and so the line of the other lane."""
    acts = (Act("cut_in", {**car.acts[0].params, "lane": "main.0"}),)
    return ActorSpec(**{**car.__dict__, "lane": "", "acts": acts})


def test_a_wrong_way_driver_comes_to_the_lane_and_holds_it() -> None:
    car = actor("car", "fake.car", 250.0, -1.1, yaw=math.pi, speed_mps=20.0, behaviour="oncoming", lane="main.0")
    with World(scene(FAR, car)) as world:
        run(world, 4.0)
        worst = 0.0
        for _ in range(4 * HZ):
            world.step()
            worst = max(worst, abs(float(world._mechanics.track.latest.position_m[1, 1]) + 1.75))
        snap = world.snapshot()
    assert 0.0 < worst < 0.1
    assert where(snap, 1)[0] == pytest.approx(250.0 - 20.0 * 8.0, abs=2.0)


def test_reversing_goes_back_along_the_line() -> None:
    car = told("car", "fake.car", 60.0, -1.75, "reverse", lane="main.0", pace_mps=2.0, **at_time(1.0))
    with World(scene(FAR, car, settle_s=0.2)) as world:
        run(world, 1.0)
        waiting = world.snapshot()
        run(world, 12.0)
        snap = world.snapshot()
    assert where(waiting, 1)[0] == pytest.approx(60.0, abs=0.02)
    assert snap.velocity_mps[1, 0] == pytest.approx(-2.0, abs=0.1)
    assert where(snap, 1)[0] == pytest.approx(60.0 - 2.0 * 12.0, abs=1.5)
    assert where(snap, 1)[1] == pytest.approx(-1.75, abs=0.1)
    assert abs(yaw(snap, 1)) < 0.03


def test_stopping_at_a_point_and_going_on() -> None:
    """Lanes of the fake road begin at x = -60 m."""
    car = told("car", "fake.car", 0.0, -1.75, "stop_at", speed_mps=12.0, lane="main.0", s_m=120.0, hold_s=2.0)
    with World(scene(FAR, car)) as world:
        run(world, 9.5)
        standing = world.snapshot()
        run(world, 5.0)
        gone = world.snapshot()
    assert where(standing, 1)[0] + HALF_CAR_M == pytest.approx(60.0, abs=0.15)
    assert abs(standing.velocity_mps[1, 0]) < 0.02
    assert gone.velocity_mps[1, 0] > 4.0


# -- people and animals -------------------------------------------------------------------------------------


@pytest.mark.parametrize(("early_s", "pace_mps"), [(0.0, 1.4), (0.8, 3.0), (1.0, 5.0)])
def test_a_crossing_person_is_at_the_conflict_point_when_the_cue_says(early_s: float, pace_mps: float) -> None:
    """The ways cross at (80, -1.75); the ego's front bumper is 2.1 m ahead of its middle."""
    person = told(
        "child", "fake.person", 80.0, -6.0, "cross",
        yaw=math.pi / 2, trigger="meet", trigger__value=early_s, pace_mps=pace_mps, length_m=12.0,
    )  # fmt: skip
    with World(scene(EGO, person)) as world:
        there = ego_there = math.nan
        while math.isnan(there) or math.isnan(ego_there):
            world.step()
            if math.isnan(there) and world._mechanics.track.latest.position_m[1, 1] >= -1.75:
                there = world.time_s
            if math.isnan(ego_there) and world.ego_state()["x_m"] + HALF_CAR_M >= 80.0:
                ego_there = world.time_s
            assert world.time_s < 8.0
        assert early_s != 0.0 or [e.object for e in world.events] == ["child"]
    assert ego_there - there == pytest.approx(early_s, abs=0.1)


def test_a_crossing_ends_after_its_length() -> None:
    person = told(
        "child", "fake.person", 200.0, 8.0, "cross", yaw=-math.pi / 2, pace_mps=2.0, length_m=6.0, **at_time(0.5)
    )
    with World(scene(EGO, person)) as world:
        run(world, 0.45)
        assert where(world.snapshot(), 1)[1] == pytest.approx(8.0)
        run(world, 6.0)
        snap = world.snapshot()
    assert where(snap, 1)[1] == pytest.approx(2.0, abs=0.02)
    np.testing.assert_allclose(snap.velocity_mps[1], 0.0, atol=0.02)


@pytest.mark.parametrize(("behaviour", "pace_mps"), [("walk", 1.4), ("run", 3.5)])
def test_walking_and_running_take_up_their_pace_at_the_cue(behaviour: str, pace_mps: float) -> None:
    person = told("p", "fake.person", 30.0, 8.0, behaviour, trigger="distance", trigger__value=20.0)
    with World(scene(EGO, person)) as world:
        started = math.nan
        for _ in range(4 * HZ):
            world.step()
            speed = float(world.snapshot().velocity_mps[1, 0]) if world.tick % 4 == 0 else 0.0
            if speed > 0.0 and math.isnan(started):
                started = world.time_s
                ego_m = 15.0 * started
        assert math.hypot(30.0 - ego_m, 8.0 + 1.75) == pytest.approx(20.0, abs=0.5)
        assert world.snapshot().velocity_mps[1, 0] == pytest.approx(pace_mps)


def test_freezing_stops_dead_and_may_go_on() -> None:
    deer = told("deer", "fake.person", 100.0, 8.0, "freeze", speed_mps=1.2, for_s=2.0, **at_time(1.0))
    with World(scene(EGO, deer)) as world:
        run(world, 0.9)
        assert world.snapshot().velocity_mps[1, 0] == pytest.approx(1.2)
        run(world, 1.1)
        assert world.snapshot().velocity_mps[1, 0] == 0.0
        run(world, 2.0)
        assert world.snapshot().velocity_mps[1, 0] == pytest.approx(1.2)


def test_fleeing_turns_away_and_gains_distance() -> None:
    deer = told("deer", "fake.person", 40.0, 6.0, "flee", yaw=math.pi, speed_mps=1.0, pace_mps=8.0,
                trigger="distance", trigger__value=30.0)  # fmt: skip
    with World(scene(EGO, deer)) as world:
        run(world, 3.0)
        snap = world.snapshot()
    away = where(snap, 1)[:2] - where(snap, 0)[:2]
    heading = np.array([math.cos(yaw(snap, 1)), math.sin(yaw(snap, 1))])
    assert heading @ away / np.linalg.norm(away) > 0.95
    np.testing.assert_allclose(snap.velocity_mps[1, :2], 8.0 * heading, atol=0.1)


# -- things -------------------------------------------------------------------------------------------------


def test_what_is_held_falls_freely_from_its_cue_on() -> None:
    rock = told("rock", "fake.box", 50.0, 8.0, "fall", z=20.0, trigger="arrival", trigger__value=2.0)
    with World(scene(EGO, rock, settle_s=0.5)) as world:
        z0 = where(world.snapshot(), 1)[2]
        fell = math.nan
        for _ in range(2 * HZ):
            world.step()
            if math.isnan(fell) and world._mechanics.track.latest.velocity_mps[1, 2] < 0.0:
                fell = world.time_s
        end = world.snapshot()
    assert z0 == pytest.approx(20.0, abs=1e-9)
    assert (50.0 - HALF_CAR_M) / 15.0 - fell == pytest.approx(2.0, abs=0.03)
    assert z0 - where(end, 1)[2] == pytest.approx(0.5 * 9.81 * (end.time_s - fell) ** 2, rel=0.02)


def test_a_tyre_set_rolling_rolls_without_slipping() -> None:
    ball = told("ball", "fake.ball", 50.0, 8.0, "roll", yaw=0.5, pace_mps=4.0, **at_time(0.5))
    with World(scene(EGO, ball, settle_s=0.3)) as world:
        run(world, 0.4)
        np.testing.assert_allclose(world.snapshot().velocity_mps[1], 0.0, atol=0.02)
        run(world, 0.6)
        snap = world.snapshot()
    assert snap.velocity_mps[1, :2] @ [math.cos(0.5), math.sin(0.5)] == pytest.approx(4.0, rel=0.05)
    assert np.linalg.norm(snap.angular_velocity_radps[1]) == pytest.approx(4.0 / 0.5, rel=0.05)


def test_a_lamp_is_switched_at_its_cue() -> None:
    act = Act("switch_lamp", {"trigger": "time", "trigger.value": 0.5, "lamp": "tail", "lit": True})
    off = Act("switch_lamp", {"trigger": "time", "trigger.value": 0.25, "lamp": "tail", "lit": False})
    cars = [
        actor("ego", "fake.car", 0.0, -1.75, acts=(act,)),
        actor("other", "fake.car", 20.0, -1.75, lights=("tail",), acts=(off,)),
    ]
    with World(scene(*cars)) as world:
        first = world.snapshot().lamps.owner.tolist()
        run(world, 0.6)
        second = world.snapshot().lamps.owner.tolist()
    assert (first, second) == ([2], [1])


# -- all ----------------------------------------------------------------------------------------------------


def _crowd() -> Scene:
    near = {"trigger": "distance", "trigger__value": 40.0}
    return scene(
        EGO,
        told("follow", "fake.car", -20.0, -1.75, "follow_lane", speed_mps=18.0, lane="main.0"),
        _beside(told("cut", "fake.car", 40.0, 1.75, "cut_in", speed_mps=10.0, duration_s=2.0, **near)),
        told("brake", "fake.car", 120.0, -1.75, "brake_on_cue", speed_mps=14.0, lane="main.0", **near),
        actor("wrong", "fake.car", 180.0, 1.75, yaw=0.0, speed_mps=10.0, behaviour="oncoming", lane="oncoming.0"),
        told("back", "fake.car", 220.0, -8.0, "reverse", pace_mps=2.0),
        told("stop", "fake.car", 250.0, -8.0, "stop_at", speed_mps=8.0, s_m=20.0),
        told("cross", "fake.person", 60.0, -7.0, "cross", yaw=1.6, pace_mps=2.0),
        told("flee", "fake.person", 45.0, 7.0, "flee", speed_mps=1.0, **near),
        told("rock", "fake.box", 70.0, 9.0, "fall", z=8.0, **near),
        told("ball", "fake.ball", 80.0, 9.0, "roll", pace_mps=3.0),
        settle_s=0.2,
    )


def test_what_they_do_is_the_same_every_time_and_from_json() -> None:
    def trajectory(of: Scene) -> list[bytes]:
        with World(of) as world:
            out = []
            for _ in range(6):
                run(world, 0.5)
                snap = world.snapshot()
                out.append(snap.T_world_object.tobytes() + snap.velocity_mps.tobytes())
            return out

    first = trajectory(_crowd())
    with World(scene(EGO, told("x", "fake.person", 30.0, 8.0, "walk"))) as world:
        run(world, 0.2)
    assert trajectory(_crowd()) == first
    assert Scene.from_json(_crowd().to_json()) == _crowd()
    assert trajectory(Scene.from_json(_crowd().to_json())) == first


def test_a_cue_on_an_absent_actor_never_comes() -> None:
    person = told("p", "fake.person", 30.0, 8.0, "walk",
                  trigger="distance", trigger__value=500.0, trigger__actor="ghost")  # fmt: skip
    with World(scene(EGO, person)) as world:
        run(world, 0.5)
        assert world.snapshot().velocity_mps[1, 0] == 0.0


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        (actor("a", "fake.car", 30.0, behaviour="fly"), "no behaviour is called 'fly'"),
        (told("a", "fake.car", 30.0, 0.0, "fall", **at_time(1.0)), "'fall' is for loose things"),
        (told("a", "fake.car", 30.0, 0.0, "cut_in", **at_time(1.0)), "lacks 'lane'"),
        (told("a", "fake.car", 30.0, 0.0, "cut_in", lane="", **at_time(1.0)), "lacks 'lane'"),
        (told("a", "fake.car", 30.0, 0.0, "brake_on_cue"), "lacks 'trigger'"),
        (told("a", "fake.person", 30.0, 9.0, "walk", pase_mps=1.0), "no setting 'pase_mps'"),
        (told("a", "fake.person", 30.0, 9.0, "cross", yaw=math.pi / 2), "never meets the path of 'ego'"),
        (actor("a", "fake.car", 30.0, 0.0, behaviour="oncoming"), "follows no lane"),
        (actor("a", "fake.car", 30.0, 0.0, acts=(Act("reverse"),)), "'reverse' is not its behaviour 'parked'"),
    ],
)
def test_orders_that_cannot_be_carried_out_are_refused(spec: ActorSpec, message: str) -> None:
    with pytest.raises(UserError, match=message):
        World(scene(EGO, spec))
