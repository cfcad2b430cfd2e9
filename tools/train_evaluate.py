"""How well policies, scripted experts and simple floors do on held-out scenes, by weather or by environment."""

from __future__ import annotations

import csv
import math
import multiprocessing
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from stable_baselines3 import PPO
from stable_baselines3.common.vec_env import VecEnv

from simgen.env.actions import PEDALS
from simgen.env.registration import ENVIRONMENTS
from simgen.env.task import TaskName
from tools.train_chart import chart
from tools.train_setup import POLICY, Setup, held_out_world, one_thread, weathers_of

LEARNT, EXPERT = "policy", "expert"
ALWAYS, NEVER, NOTHING = "brakes always", "brakes never", "does nothing"
_PROCESSES = 2
_SURE = 1.96  # standard deviations of a 95 % interval

Act = Callable[[Any], Any]


@dataclass(frozen=True)
class Job:
    """What one process plays in one go.

    Attributes:
        setup: of the environment.
        weather, player: who, in which weather.
        where: the row's name in the table.
        folder: of the policy; None for other players.
        episodes: to play.
    """

    setup: Setup
    weather: str
    player: str
    where: str
    folder: Path | None
    episodes: int


@dataclass(frozen=True)
class Played:
    """How one player did in one place.

    Attributes:
        where: the weather or, in a table of environments, which.
        player: who.
        episodes: played, on the same scenes by all players.
        success, success_low, success_high: share of them, with Wilson's 95 % interval.
        collision: share of them.
        impact_mps: mean speed at which it struck, over the collisions; 0 without any, or where the task tells none.
        episode_return: mean.
    """

    where: str
    player: str
    episodes: int
    success: float
    success_low: float
    success_high: float
    collision: float
    impact_mps: float
    episode_return: float


def evaluate(folder: Path, weathers: Sequence[str], out: Path, episodes: int) -> None:
    """Play a folder's policy, the expert and the floors in weathers; write `out`.csv and `out`.png.

    Args:
        folder: of the policy.
        weathers: of the policy's environment.
        out: a path without its ending; a folder takes the files `evaluation.csv` and `evaluation.png`.
        episodes: of each player in each weather.
    """
    setup = Setup.load(folder)
    who = (LEARNT, EXPERT, *floors(setup.env_id))
    rows = play_all("weather", _in_weathers(folder, weathers, who, episodes))
    stem = _stem(out, "evaluation")
    write_csv(stem.with_suffix(".csv"), "weather", rows)
    chart(stem.with_suffix(".png"), [(r.where, r.player, r.success, r.impact_mps) for r in rows])
    print(f"wrote {stem}.csv and {stem}.png")


def compare(folder: Path, weathers: Sequence[str], episodes: int) -> None:
    """Print how a folder's policy and the expert do."""
    play_all("weather", _in_weathers(folder, weathers, (LEARNT, EXPERT), episodes))


def evaluate_tasks(folders: Sequence[Path], out: Path, episodes: int) -> None:
    """Play each environment's expert and floors, and the policies of folders, on the scenarios as they are.

    Args:
        folders: of policies.
        out: a path without its ending, for a CSV file; a folder takes `tasks.csv`.
        episodes: of each player.
    """
    learnt = [(Setup.load(folder), folder) for folder in folders]
    jobs = []
    for env_id in ENVIRONMENTS:
        own = next(iter(weathers_of(env_id)))
        jobs += [Job(s, own, LEARNT, env_id, folder, episodes) for s, folder in learnt if s.env_id == env_id]
        plain = Setup.of(env_id, "state", own, seed=0, steps=0, minutes=0.0)
        jobs += [Job(plain, own, player, env_id, None, episodes) for player in (EXPERT, *floors(env_id))]
    rows = play_all("environment", jobs)
    stem = _stem(out, "tasks")
    write_csv(stem.with_suffix(".csv"), "environment", rows)
    print(f"wrote {stem}.csv")


def floors(env_id: str) -> tuple[str, ...]:
    """Who knows nothing: with pedals alone those who brake always and never, else who does nothing."""
    names = TaskName(ENVIRONMENTS[env_id]).load().actions.names
    return (ALWAYS, NEVER) if names == PEDALS.names else (NOTHING,)


def play_all(title: str, jobs: Sequence[Job]) -> list[Played]:
    """Play in two processes, and print a table under way: a line a job, in order."""
    print(
        f"{title:26}{'player':15}{'episodes':>9}{'success':>9}{'collision':>11}{'impact m/s':>12}{'return':>9}",
        flush=True,
    )
    rows = []
    with multiprocessing.get_context("spawn").Pool(min(_PROCESSES, len(jobs))) as pool:
        for row in pool.imap(play, jobs):
            rows.append(row)
            print(
                f"{row.where:26}{row.player:15}{row.episodes:9d}{row.success:9.0%}{row.collision:11.0%}"
                f"{row.impact_mps:12.1f}{row.episode_return:9.1f}",
                flush=True,
            )
    return rows


def play(job: Job) -> Played:
    """One player in one place."""
    one_thread()
    world = held_out_world(job.setup, job.weather, job.folder)
    try:
        return _counted(job.where, job.player, _episodes(world, _act(world, job), job.episodes))
    finally:
        world.close()


def _in_weathers(folder: Path, weathers: Sequence[str], who: Sequence[str], episodes: int) -> list[Job]:
    setup = Setup.load(folder)
    return [
        Job(setup, weather, player, weather, folder if player == LEARNT else None, episodes)
        for weather in weathers
        for player in who
    ]


def _stem(out: Path, name: str) -> Path:
    stem = out / name if out.is_dir() else out
    stem.parent.mkdir(parents=True, exist_ok=True)
    return stem


def _act(world: VecEnv, job: Job) -> Act:
    if job.folder is not None:
        policy = PPO.load(job.folder / POLICY, device="cpu")
        return lambda observation: policy.predict(observation, deterministic=True)[0]
    if job.player == EXPERT:
        return lambda _: np.array(world.env_method("expert_action"))
    names = TaskName(ENVIRONMENTS[job.setup.env_id]).load().actions.names
    values = np.full((1, len(names)), -1.0 if job.player == ALWAYS else 0.0, np.float32)
    return lambda _: values


def _episodes(world: VecEnv, act: Act, count: int) -> list[dict[str, Any]]:
    """The last info of each episode."""
    ends: list[dict[str, Any]] = []
    observation = world.reset()
    while len(ends) < count:
        observation, _, done, infos = world.step(act(observation))
        if done[0]:
            ends.append(infos[0])
    return ends


def _counted(where: str, player: str, ends: Sequence[dict[str, Any]]) -> Played:
    count = len(ends)
    successes = sum(e["is_success"] for e in ends)
    low, high = wilson(successes, count)
    struck = [e["impact_mps"] for e in ends if e.get("collision", 0.0) and "impact_mps" in e]
    return Played(
        where,
        player,
        count,
        successes / count,
        low,
        high,
        sum(e.get("collision", 0.0) for e in ends) / count,
        float(np.mean(struck)) if struck else 0.0,
        float(np.mean([e["episode"]["r"] for e in ends])),
    )


def wilson(successes: int, count: int) -> tuple[float, float]:
    """The 95 % interval of a share (E. B. Wilson, JASA 22 (1927))."""
    share, z2 = successes / count, _SURE**2
    middle = share + z2 / (2 * count)
    half = _SURE * math.sqrt(share * (1.0 - share) / count + z2 / (4 * count**2))
    return max((middle - half) / (1 + z2 / count), 0.0), min((middle + half) / (1 + z2 / count), 1.0)


def write_csv(path: Path, title: str, rows: Sequence[Played]) -> None:
    """One row a player and place, which the title names."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow([title, *list(Played.__dataclass_fields__)[1:]])
        for row in rows:
            writer.writerow([v if isinstance(v, (str, int)) else f"{v:.3f}" for v in vars(row).values()])
