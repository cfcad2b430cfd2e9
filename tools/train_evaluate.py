"""How well a policy does on scenes it never saw, weather by weather, beside the scripted expert and simple floors."""

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

from simgen.env.registration import ENVIRONMENTS
from simgen.env.task import TaskName
from tools.train_chart import chart
from tools.train_setup import POLICY, Setup, held_out_world, one_thread, weathers_of

LEARNT, EXPERT = "policy", "expert"
_PROCESSES = 2
_SURE = 1.96  # standard deviations of a 95 % interval

Act = Callable[[Any], Any]


@dataclass(frozen=True)
class Played:
    """How one player did in one weather.

    Attributes:
        weather, player: which.
        episodes: played, on the same scenes by all players.
        success, success_low, success_high: share of them, with Wilson's 95 % interval.
        collision: share of them.
        impact_mps: mean speed at which it struck, over the collisions; 0 without any.
        episode_return: mean.
    """

    weather: str
    player: str
    episodes: int
    success: float
    success_low: float
    success_high: float
    collision: float
    impact_mps: float
    episode_return: float


def evaluate(folder: Path, out: Path, episodes: int) -> None:
    """Play a folder's policy, the expert and the floors in all weathers; write `out`.csv and `out`.png.

    Args:
        folder: of the policy.
        out: a path without its ending; a folder takes the files `evaluation.csv` and `evaluation.png`.
        episodes: of each player in each weather.
    """
    setup = Setup.load(folder)
    rows = play_all(folder, list(weathers_of(setup.env_id)), players(setup.env_id), episodes)
    print(text_of(rows))
    stem = out / "evaluation" if out.is_dir() else out
    stem.parent.mkdir(parents=True, exist_ok=True)
    write_csv(stem.with_suffix(".csv"), rows)
    chart(stem.with_suffix(".png"), [(r.weather, r.player, r.success, r.impact_mps) for r in rows])
    print(f"wrote {stem}.csv and {stem}.png")


def table(folder: Path, weathers: Sequence[str], episodes: int) -> str:
    """How a folder's policy and the expert do."""
    return text_of(play_all(folder, weathers, (LEARNT, EXPERT), episodes))


def players(env_id: str) -> tuple[str, ...]:
    """The policy, the expert, and floors: with pedals those who brake always and never, else who does nothing."""
    names = TaskName(ENVIRONMENTS[env_id]).load().actions.names
    return LEARNT, EXPERT, *(("brakes always", "brakes never") if "accel" in names else ("does nothing",))


def play_all(folder: Path, weathers: Sequence[str], who: Sequence[str], episodes: int) -> list[Played]:
    """All players in all weathers, in order, in two processes."""
    jobs = [(folder, weather, player, episodes) for weather in weathers for player in who]
    with multiprocessing.get_context("spawn").Pool(min(_PROCESSES, len(jobs))) as pool:
        return pool.starmap(play, jobs, chunksize=1)


def play(folder: Path, weather: str, player: str, episodes: int) -> Played:
    """One player in one weather."""
    one_thread()
    setup = Setup.load(folder)
    world = held_out_world(setup, weather, folder if player == LEARNT else None)
    try:
        return _counted(weather, player, _episodes(world, _act(world, player, folder), episodes))
    finally:
        world.close()


def _act(world: VecEnv, player: str, folder: Path) -> Act:
    if player == LEARNT:
        policy = PPO.load(folder / POLICY, device="cpu")
        return lambda observation: policy.predict(observation, deterministic=True)[0]
    if player == EXPERT:
        return lambda _: np.array(world.env_method("expert_action"))
    names = TaskName(ENVIRONMENTS[Setup.load(folder).env_id]).load().actions.names
    pedal = -1.0 if player == "brakes always" else 0.0
    values = np.array([[pedal if name == "accel" else 0.0 for name in names]], np.float32)
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


def _counted(weather: str, player: str, ends: Sequence[dict[str, Any]]) -> Played:
    count = len(ends)
    successes = sum(e["is_success"] for e in ends)
    low, high = wilson(successes, count)
    struck = [e["impact_mps"] for e in ends if e.get("collision", 0.0) and "impact_mps" in e]
    return Played(
        weather,
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


def text_of(rows: Sequence[Played]) -> str:
    """A table for people."""
    lines = [
        f"{'weather':10}{'player':15}{'episodes':>9}{'success':>9}{'collision':>11}{'impact m/s':>12}{'return':>9}"
    ]
    lines += [
        f"{r.weather:10}{r.player:15}{r.episodes:9d}{r.success:9.0%}{r.collision:11.0%}{r.impact_mps:12.1f}"
        f"{r.episode_return:9.1f}"
        for r in rows
    ]
    return "\n".join(lines)


def write_csv(path: Path, rows: Sequence[Played]) -> None:
    """One row a player and weather."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(list(Played.__dataclass_fields__))
        for row in rows:
            writer.writerow([v if isinstance(v, (str, int)) else f"{v:.3f}" for v in vars(row).values()])
