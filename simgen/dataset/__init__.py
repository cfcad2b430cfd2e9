"""Frames to shards and back: write, read and verify datasets."""

from simgen.dataset.decode import film_m, flow_px, transmittance, unit_normals
from simgen.dataset.manifest import Manifest, Quarantined, ShardEntry, load_manifest
from simgen.dataset.plan import CameraPlan, Plan
from simgen.dataset.reader import Dataset, Sample, SceneView
from simgen.dataset.sink import EventLike, Sink
from simgen.dataset.tables import SceneTables
from simgen.dataset.verify import Fault, verify
from simgen.dataset.writer import ShardWriter

__all__ = [
    "CameraPlan",
    "Dataset",
    "EventLike",
    "Fault",
    "Manifest",
    "Plan",
    "Quarantined",
    "Sample",
    "SceneTables",
    "SceneView",
    "ShardEntry",
    "ShardWriter",
    "Sink",
    "film_m",
    "flow_px",
    "load_manifest",
    "transmittance",
    "unit_normals",
    "verify",
]
