"""`tools/train`: Stable-Baselines3's PPO on an environment of simgen, and how well a policy does in bad weather.

    tools/train --out out/brake                                    trains EmergencyBrake on its state vector
    tools/train --env simgen/Drive-v0 --observation camera --out out/drive
    tools/train --evaluate out/brake                               plays it in clear weather, fog, night, ice and flood
    tools/train --tasks out/brake                                  plays it and the expert of every environment

A folder holds policy.zip, statistics.pkl (of the normalised observations), settings.json and TensorBoard logs. The same
seed and number of steps give the same policy on the same machine; `--minutes` cuts off where the clock says.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections import deque
from pathlib import Path

from stable_baselines3.common.callbacks import BaseCallback

from simgen.env.registration import ENVIRONMENTS
from tools.train_evaluate import compare, evaluate, evaluate_tasks
from tools.train_setup import (
    ALL,
    BRAKE,
    CLEAR,
    POLICY,
    STATISTICS,
    WEATHERS,
    Setup,
    new_policy,
    one_thread,
    training_worlds,
    weathers_of,
)

_LINE_EVERY_S = 10.0


class Progress(BaseCallback):
    """Prints a line now and then, and ends the training when its time is up.

    Args:
        minutes: the time, from when all worlds have begun; 0 is no limit.
    """

    def __init__(self, minutes: float) -> None:
        super().__init__()
        self._limit_s = 60.0 * minutes
        self._returns: deque[float] = deque(maxlen=100)
        self._successes: deque[float] = deque(maxlen=100)
        self._episodes = 0
        self._begin = self._said = 0.0

    def _on_training_start(self) -> None:
        self._begin = self._said = time.monotonic()

    def _on_step(self) -> bool:
        for info in self.locals["infos"]:
            if "episode" in info:
                self._episodes += 1
                self._returns.append(info["episode"]["r"])
                self._successes.append(info["is_success"])
        now = time.monotonic()
        if now - self._said > _LINE_EVERY_S and self._returns:
            self._said = now
            self._print(now - self._begin)
        return not 0.0 < self._limit_s < now - self._begin

    def _print(self, taken_s: float) -> None:
        print(
            f"{self.num_timesteps:9,d} steps {taken_s / 60.0:6.1f} min {self.num_timesteps / taken_s:6.0f} steps/s "
            f"{self._episodes:6d} episodes   of the last {len(self._returns)}: return "
            f"{statistics.fmean(self._returns):7.1f}, success {statistics.fmean(self._successes):4.0%}",
            flush=True,
        )


def train(setup: Setup, folder: Path) -> None:
    """Train a policy and keep it, its statistics and its settings in a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    setup.save(folder)
    print(
        f"{setup.env_id} on {setup.observation}, {setup.steps:,} steps in {setup.workers} processes; where kernels are "
        "not compiled yet, as at the first start, that takes a minute or some before the first line",
        flush=True,
    )
    worlds = training_worlds(setup)
    try:
        policy = new_policy(setup, worlds, folder)
        policy.learn(setup.steps, callback=Progress(setup.minutes))
        policy.save(folder / POLICY)
        worlds.save(str(folder / STATISTICS))
        print(f"trained {policy.num_timesteps:,} steps; kept in {folder}")
    finally:
        worlds.close()


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="tools/train", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--env", choices=sorted(ENVIRONMENTS), default=BRAKE, help=f"environment (default {BRAKE})")
    parser.add_argument("--observation", choices=("state", "camera"), default="state", help="(default state)")
    parser.add_argument(
        "--weather",
        choices=(*WEATHERS, ALL),
        help=f"to train EmergencyBrake in (default {CLEAR}: the scenario as it is), or to play it in (default {ALL})",
    )
    parser.add_argument("--seed", type=int, default=0, help="of scenes, weights and exploration (default 0)")
    parser.add_argument("--steps", type=int, default=0, help="to train (default 250,000 on state, 200,000 on pictures)")
    parser.add_argument("--minutes", type=float, default=0.0, help="of training at most (default: no limit)")
    parser.add_argument("--out", type=Path, help="folder of the policy; else path of the figures, without its ending")
    player = parser.add_mutually_exclusive_group()
    player.add_argument("--evaluate", type=Path, metavar="FOLDER", help="play the policy of a folder, by weather")
    player.add_argument(
        "--tasks",
        type=Path,
        nargs="*",
        metavar="FOLDER",
        help="play every environment's expert, and policies of folders",
    )
    parser.add_argument("--episodes", type=int, default=100, help="played for each figure (default 100)")
    options = parser.parse_args()
    for folder in [*(options.tasks or []), *([options.evaluate] if options.evaluate is not None else [])]:
        if not (folder / POLICY).is_file():
            parser.error(f"{folder} holds no {POLICY}; expected a folder that tools/train has trained a policy into")
    one_thread()
    if options.tasks is not None:
        evaluate_tasks(options.tasks, options.out or Path("out"), options.episodes)
        return
    env_id = Setup.load(options.evaluate).env_id if options.evaluate is not None else options.env
    if options.weather is not None and env_id != BRAKE:
        parser.error(f"--weather is for {BRAKE}")
    if options.evaluate is not None:
        evaluate(
            options.evaluate, _each(env_id, options.weather or ALL), options.out or options.evaluate, options.episodes
        )
        return
    weather = options.weather or next(iter(weathers_of(env_id)))
    name = env_id.partition("/")[2].lower()
    folder = options.out or Path("out") / f"{name}-{options.observation}"
    train(Setup.of(env_id, options.observation, weather, options.seed, options.steps, options.minutes), folder)
    print(f"\non {options.episodes} scenes that it never saw:", flush=True)
    compare(folder, _each(env_id, weather), options.episodes)


def _each(env_id: str, weather: str) -> list[str]:
    return list(weathers_of(env_id)) if weather == ALL else [weather]


if __name__ == "__main__":
    main()
