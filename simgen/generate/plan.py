"""From a scenario to the plan of a dataset, and from a plan to the shards still to render."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from simgen.dataset.layout import CODECS, picture_bytes
from simgen.dataset.manifest import (
    MANIFEST_NAME,
    PARTIAL_SUFFIX,
    QUARANTINE_NAME,
    Manifest,
    ShardEntry,
    load_manifest,
    output_error,
)
from simgen.dataset.plan import CameraPlan, Plan
from simgen.dataset.verify import check_bytes
from simgen.errors import PlanMismatchError, UserError
from simgen.generate.simulate import frame_ticks, scene_ticks
from simgen.scenario.scene import Sampling, Scene

RENDERERS = ("simgen", "tiny", "egl")
MAX_SEED = (1 << 63) - 1
"""Largest seed: shards store it as a signed 64-bit number."""
SHARD_TARGET_BYTES = 256 << 20
"""Uncompressed pictures that a shard should hold, when the user does not say how many scenes."""

# Measured ratios of uncompressed to stored bytes at 640x480 with sensor noise, gzip by isal.
_RGB_RATIO, _LABEL_RATIO = 1.4, 6.0
# Measured bytes of what is not pictures: HDF5's own structure, a frame's rows and chunk indices, object rows, ego rows.
_SHARD_BYTES, _FRAME_BYTES, _OBJECT_BYTES, _TICK_BYTES = 100_000, 1_000, 65, 160


class ScenarioLike(Protocol):
    """What rendering needs of `simgen.scenario.Scenario`."""

    @property
    def id(self) -> str:
        """Its id."""

    @property
    def digest(self) -> str:
        """Digest of its resolved content."""

    @property
    def sampling(self) -> Sampling:
        """How its scenes are chosen."""

    def draw(self, seed: int, index: int) -> Scene:
        """Draw scene `index`."""


@dataclass(frozen=True)
class Estimate:
    """What a dataset will weigh.

    Attributes:
        frames: number of frames of all cameras.
        raw_bytes: pictures and per-pixel labels, uncompressed.
        disk_bytes: what they usually take on disk.
    """

    frames: int
    raw_bytes: int
    disk_bytes: int


def estimate_bytes(scenario: ScenarioLike, n: int, seed: int = 0) -> Estimate:
    """What `n` scenes of `scenario` will weigh, judged by the first draw."""
    return estimate_scene(scenario.draw(seed, 0), n)


def estimate_scene(scene: Scene, n: int) -> Estimate:
    """What `n` scenes like `scene` will weigh."""
    frames = raw = disk = 0
    for camera in scene.cameras:
        count = len(frame_ticks(camera, scene))
        rgb = picture_bytes(camera.width, camera.height, ())
        labels = picture_bytes(camera.width, camera.height, camera.labels) - rgb
        frames += count
        raw += count * (rgb + labels)
        disk += int(count * (_FRAME_BYTES + rgb / _RGB_RATIO + labels / _LABEL_RATIO))
    states = len(frame_ticks(scene.cameras[0], scene)) if scene.cameras else 0
    disk += states * len(scene.actors) * _OBJECT_BYTES + scene_ticks(scene) * _TICK_BYTES
    shards = -(-n * raw // SHARD_TARGET_BYTES)
    return Estimate(n * frames, n * raw, n * disk + shards * _SHARD_BYTES)


def make_plan(
    scenario: ScenarioLike,
    *,
    n: int,
    seed: int,
    renderer: str,
    scenes_per_shard: int | None,
    codec: str,
    pilot: str = "",
) -> Plan:
    """The plan of a new dataset.

    Raises:
        UserError: an option is out of range, or the scenario has no camera.
    """
    if n < 1:
        raise UserError(f"the number of scenes is {n}; expected at least 1")
    if not 0 <= seed <= MAX_SEED:
        raise UserError(f"the seed is {seed}; expected 0 to {MAX_SEED}")
    if scenes_per_shard is not None and scenes_per_shard < 1:
        raise UserError(f"scenes per shard is {scenes_per_shard}; expected at least 1")
    if codec not in CODECS:
        raise UserError(f"no codec {codec!r}; expected one of {', '.join(CODECS)}")
    if renderer not in RENDERERS:
        raise UserError(f"no renderer {renderer!r}; expected one of {', '.join(RENDERERS)}")
    scene = scenario.draw(seed, 0)
    if not scene.cameras:
        raise UserError(f"{scenario.id} has no camera: add one under `sensors`")
    per_scene = max(1, estimate_scene(scene, 1).raw_bytes)
    return Plan(
        scenario_id=scenario.id,
        scenario_digest=scenario.digest,
        seed=seed,
        renderer=renderer,
        scenes=n,
        scenes_per_shard=scenes_per_shard or max(1, SHARD_TARGET_BYTES // per_scene),
        codec=codec,
        cameras=tuple(CameraPlan.of(c) for c in scene.cameras),
        simgen_version=_version(),
        sampling=scenario.sampling,
        pilot=pilot,
    )


def _version() -> str:
    # By name: an import statement would count as reaching up, because the root package lists the environments.
    return str(importlib.import_module("simgen").__version__)


def resume(folder: Path, plan: Plan) -> tuple[Manifest, list[str]]:
    """The manifest to go on from, and what to tell: what stands in `folder` if it fits `plan`, else nothing.

    Leftovers of interrupted runs are removed; shards whose bytes are not as listed are forgotten, so that
    they are rendered again. A shard that the larger plan extends stays listed until it is replaced.

    Raises:
        PlanMismatchError: the folder holds another dataset, or more scenes than asked for.
        OutputError: the folder cannot be written.
    """
    remove_leftovers(folder)
    if not (folder / MANIFEST_NAME).exists():
        foreign = next(iter(sorted(folder.iterdir())), None)
        if foreign is not None and foreign.name.startswith("shard-"):
            raise PlanMismatchError(
                f"{folder} holds shards ({foreign.name}) but no {MANIFEST_NAME}, so they cannot be continued and are "
                "left as they are; restore the manifest, or use a new folder"
            )
        if foreign is not None:
            raise PlanMismatchError(f"{folder} is not empty and holds no dataset ({foreign.name}); use a new folder")
        return Manifest(plan), []
    found = load_manifest(folder)
    differences = found.plan.differences(plan)
    if differences:
        raise PlanMismatchError(
            f"{folder} holds another dataset: {'; '.join(differences)}. Use a new folder, or the same options"
        )
    if found.plan.scenes > plan.scenes:
        raise PlanMismatchError(
            f"{folder} holds a dataset of {found.plan.scenes} scenes, {plan.scenes} were asked for; "
            f"ask for -n {found.plan.scenes} or more, or use a new folder"
        )
    whole: list[ShardEntry] = []
    notes: list[str] = []
    for shard in found.shards:
        fault = check_bytes(folder, shard)
        if fault is None:
            whole.append(shard)
        else:
            notes.append(f"{fault}; rendering it again")
    inside = [range(s.first_scene, s.stop_scene) for s in whole]
    quarantined = tuple(q for q in found.quarantined if any(q.scene in r for r in inside))
    return Manifest(plan, tuple(whole), quarantined, found.run), notes


def remove_leftovers(folder: Path) -> None:
    """Remove what interrupted writers left in `folder`.

    Raises:
        OutputError: it cannot be written.
    """
    try:
        for leftover in [*folder.glob(f"shard-*{PARTIAL_SUFFIX}"), folder / (MANIFEST_NAME + PARTIAL_SUFFIX),
                         folder / (QUARANTINE_NAME + PARTIAL_SUFFIX)]:  # fmt: skip
            leftover.unlink(missing_ok=True)
    except OSError as error:
        raise output_error(folder, error) from error


def outstanding(manifest: Manifest) -> list[int]:
    """Numbers of the plan's shards that are not whole yet."""
    done = {(s.first_scene, s.stop_scene) for s in manifest.shards}
    ranges = manifest.plan.shard_scenes()
    return [k for k, scenes in enumerate(ranges) if (scenes.start, scenes.stop) not in done]
