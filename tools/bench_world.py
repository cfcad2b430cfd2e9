"""How fast worlds run and are built: times real time on one core, milliseconds to build, microseconds a body.

    tools/bench world [--seconds S] [--repeats N]

The crowd is an ego, ten driven cars (half of them attentive), ten people and twenty loose things on a country road.
CPU time, not wall time, so that what else runs meanwhile does not count.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Sequence

from simgen.conditions import Conditions
from simgen.scenario import Scene
from simgen.scenario.scene import Act, ActorSpec, SiteSpec
from simgen.world import World
from tools.bench_common import machine_text

_DEBRIS = ("box", "pallet", "tyre", "branch", "cone")
_CUE: dict[str, float | str | bool] = {"trigger": "distance", "trigger.value": 60.0, "trigger.actor": "ego"}


def crowd(cars: int, people: int, debris: int) -> Scene:
    """An ego among driven cars, people who walk or cross, and debris on the verge and the lane edge."""
    ego = ActorSpec("ego", "car.sedan", (0.0, -1.75, 0.0), 0.0, speed_mps=14.0, behaviour="keep_speed", lane="main.0")
    actors = [ego]
    for k in range(cars):
        with_ego = k % 2 == 0
        behaviour = "follow_lane" if k % 4 < 2 else "keep_speed"
        x = 18.0 + 14.0 * (k // 2) if with_ego else 120.0 + 16.0 * (k // 2)
        y, yaw, lane = (-1.75, 0.0, "main.0") if with_ego else (1.75, 3.141592653589793, "oncoming.0")
        actors.append(
            ActorSpec(f"car{k}", "car.hatchback", (x, y, 0.0), yaw, speed_mps=13.0, behaviour=behaviour, lane=lane)
        )
    for k in range(people):
        behaviour = "cross" if k % 3 == 0 else "keep_speed"
        acts = (Act("cross", {**_CUE, "length_m": 3.0}),) if behaviour == "cross" else ()
        speed = 0.0 if behaviour == "cross" else 1.3
        spot = (20.0 + 9.0 * k, -9.0, 0.0)
        actors.append(
            ActorSpec(f"person{k}", "person.adult", spot, 1.57, speed_mps=speed, behaviour=behaviour, acts=acts)
        )
    for k in range(debris):
        spot = (10.0 + 2.5 * (k % 100), 8.0 + 2.0 * (k // 100), 0.3)
        actors.append(ActorSpec(f"thing{k}", _DEBRIS[k % len(_DEBRIS)], spot, 0.3 * k))
    site = SiteSpec("road.straight", {"length_m": 400.0, "lanes": 1, "lane_width_m": 3.5})
    return Scene("bench/world", "0", 0, 0, site, tuple(actors), Conditions(), (), 10.0)


def build_ms(scene: Scene, repeats: int) -> float:
    """Median CPU milliseconds to build a world, settled, once its meshes are cached."""
    taken = []
    for _ in range(repeats):
        begin = time.process_time()
        world = World(scene)
        taken.append(time.process_time() - begin)
        world.close()
    return 1e3 * statistics.median(taken)


def tick_us(scene: Scene, seconds: float, repeats: int) -> float:
    """CPU microseconds a tick: the least over some runs of the mean of a run."""
    ticks = round(seconds * scene.physics_hz)
    best = float("inf")
    for _ in range(repeats):
        with World(scene) as world:
            begin = time.process_time()
            for _ in range(ticks):
                world.step()
            best = min(best, (time.process_time() - begin) / ticks)
    return 1e6 * best


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(prog="tools/bench world", description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=4.0, help="simulated time of a run (default 4)")
    parser.add_argument("--repeats", type=int, default=3, help="runs, of which the fastest counts (default 3)")
    options = parser.parse_args(arguments)
    print(machine_text())
    scene = crowd(10, 10, 20)
    World(scene).close()  # compiles, and fills the caches of meshes
    for settle_s in (0.0, scene.settle_s):
        settled = Scene(**{**scene.__dict__, "settle_s": settle_s})
        print(f"build, {settle_s:.1f} s of settling: {build_ms(settled, options.repeats):7.1f} ms")
    print(f"\n{'cars':>5} {'people':>7} {'things':>7} {'us a tick':>10} {'x real time':>12} {'us a body':>10}")
    alone = 0.0
    for cars, people, debris in ((0, 0, 0), (10, 0, 0), (0, 10, 0), (10, 10, 20), (10, 10, 80), (10, 10, 380)):
        scene = crowd(cars, people, debris)
        us = tick_us(scene, options.seconds, options.repeats)
        others = cars + people + debris
        alone = alone or us
        each = f"{(us - alone) / others:10.2f}" if others else f"{'':>10}"
        print(f"{cars:5d} {people:7d} {debris:7d} {us:10.0f} {1e6 / (us * scene.physics_hz):12.1f} {each}")


if __name__ == "__main__":
    main()
