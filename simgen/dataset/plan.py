"""What a dataset is meant to hold: the identity that a resume, an extension and every shard must agree on."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from simgen.scenario.scene import CameraSpec, Sampling, Scene


@dataclass(frozen=True)
class CameraPlan:
    """What every frame of a camera has in common.

    Attributes:
        name: of the camera.
        width, height: pixels.
        rate_hz: frames per second of simulated time.
        labels: members of `simgen.scenario.scene.LABELS`, in that order.
        lens: its model of distortion, "" for a pinhole.
    """

    name: str
    width: int
    height: int
    rate_hz: float
    labels: tuple[str, ...]
    lens: str = ""

    @staticmethod
    def of(spec: CameraSpec) -> CameraPlan:
        """The plan of a scene's camera."""
        return CameraPlan(spec.name, spec.width, spec.height, spec.rate_hz, tuple(spec.labels), spec.distortion.model)


@dataclass(frozen=True)
class Plan:
    """A dataset's plan. Everything but `scenes` is its identity: a dataset grows, it does not change.

    Attributes:
        scenario_id, scenario_digest: which scenario, and its resolved content.
        seed: scene k is drawn with (seed, k).
        renderer: which renderer draws.
        scenes: how many scenes are asked for.
        scenes_per_shard: fixed when first planned, so that shards do not depend on what compresses.
        codec: "gzip" or "zstd".
        cameras: in the scenario's order.
        simgen_version: the release that renders.
        sampling: how the scenes are chosen: plan and ladder.
        pilot: who commands the ego and how often; "" for its own driver.
    """

    scenario_id: str
    scenario_digest: str
    seed: int
    renderer: str
    scenes: int
    scenes_per_shard: int
    codec: str
    cameras: tuple[CameraPlan, ...]
    simgen_version: str
    sampling: Sampling = field(default_factory=Sampling)
    pilot: str = ""

    @property
    def digest(self) -> str:
        """Digest of the identity: the same for a dataset and its extension."""
        data = self.to_dict()
        del data["scenes"]
        text = json.dumps(data, sort_keys=True, separators=(",", ":"))
        return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()

    def shard_scenes(self) -> tuple[range, ...]:
        """The scene indices of every shard."""
        step = self.scenes_per_shard
        return tuple(range(a, min(a + step, self.scenes)) for a in range(0, self.scenes, step))

    def to_dict(self) -> dict[str, Any]:
        """Plain data for JSON."""
        data = asdict(self)
        del data["sampling"]
        if not self.pilot:
            del data["pilot"]
        if self.sampling != Sampling():
            data["sampling"] = {**asdict(self.sampling), "values": list(self.sampling.values)}
        data["cameras"] = [
            {k: list(v) if k == "labels" else v for k, v in c.items() if k != "lens" or v} for c in data["cameras"]
        ]
        return data

    @staticmethod
    def from_dict(data: Mapping[str, Any]) -> Plan:
        """Inverse of `to_dict`."""
        cameras = tuple(CameraPlan(**{**c, "labels": tuple(c["labels"])}) for c in data["cameras"])
        chosen = data.get("sampling", {"values": ()})  # without one it is by chance
        sampling = Sampling(**{**chosen, "values": tuple(chosen["values"])})
        return Plan(**{**data, "cameras": cameras, "sampling": sampling})

    def differences(self, other: Plan) -> list[str]:
        """What the identity of `other` has else, one line a field: "seed is 1, not 2".

        Digests and cameras follow from the scenario, so they are told only where they alone differ.
        """
        mine, theirs = ({**p.to_dict(), "sampling": str(p.sampling), "pilot": p.pilot} for p in (self, other))
        found = [k for k in mine if k != "scenes" and mine[k] != theirs[k]]
        for cause, effects in (("scenario_id", ("scenario_digest", "cameras")), ("scenario_digest", ("cameras",))):
            if cause in found:
                found = [k for k in found if k not in effects]
        return [
            f"the scenario was another text then (scenario_digest is {mine[k]}, not {theirs[k]})"
            if k == "scenario_digest"
            else f"{k} is {mine[k]}, not {theirs[k]}"
            for k in found
        ]

    def mismatch(self, scene: Scene) -> str:
        """Why the cameras of `scene` do not fit this plan; "" if they do."""
        drawn = {c.name: CameraPlan.of(c) for c in scene.cameras}
        planned = {c.name: c for c in self.cameras}
        if drawn == planned:
            return ""
        name = next(n for n in (*planned, *drawn) if drawn.get(n) != planned.get(n))
        return f"camera {name!r} is {drawn.get(name)} in scene {scene.index} and {planned.get(name)} in the plan"
