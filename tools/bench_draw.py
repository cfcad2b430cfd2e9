"""How fast scenarios are parsed and scenes are drawn from them, on one core.

    tools/bench draw [--scenario ID ...] [--scenes N]

CPU time, not wall time, so that what else runs meanwhile does not count. The first scenes of a process also build
the models and sites that all scenes share; they are drawn before.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence

from simgen.errors import PlacementError
from simgen.scenario import Scenario, list_scenarios
from tools.bench_common import machine_text

_TYPICAL = "driving/fog_highway_stalled_car"


def parse_ms(scenario_id: str) -> float:
    """CPU milliseconds to read a scenario whose models are built already."""
    Scenario.load(scenario_id)
    begin = time.process_time()
    Scenario.load(scenario_id)
    return 1e3 * (time.process_time() - begin)


def draw_seconds(scenario: Scenario, scenes: int) -> tuple[float, int]:
    """CPU seconds to draw so many scenes, and how many of them could not be placed."""
    scenario.draw(0, 0)
    missed = 0
    begin = time.process_time()
    for index in range(scenes):
        try:
            scenario.draw(1, index)
        except PlacementError:
            missed += 1
    return time.process_time() - begin, missed


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="tools/bench draw", description=__doc__.splitlines()[0])
    parser.add_argument("--scenario", nargs="+", default=[_TYPICAL], help="ids, or 'all' (default one typical)")
    parser.add_argument("--scenes", type=int, default=1000, help="scenes to draw of each (default 1000)")
    options = parser.parse_args(arguments)
    names = [name for name, *_ in list_scenarios()] if options.scenario == ["all"] else options.scenario
    print(machine_text())
    print(f"{'scenario':45} {'parse':>9} {'scenes':>7} {'seconds':>8} {'a scene':>10} {'not placed':>11}")
    for name in names:
        parse = parse_ms(name)
        seconds, missed = draw_seconds(Scenario.load(name), options.scenes)
        each_ms = 1e3 * seconds / options.scenes
        print(f"{name:45} {parse:6.1f} ms {options.scenes:7d} {seconds:8.2f} {each_ms:7.2f} ms {missed:11d}")


if __name__ == "__main__":
    main()
