"""Renders what each condition does to one place: four severities of each, and one sheet that sets them side by side.

The four of a condition are kept whole, 1280x720, in `assets/gallery/frames`, and small beside each other.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from simgen.generate import still
from simgen.scenario import Scenario

GALLERY = Path(__file__).resolve().parent.parent / "assets" / "gallery"
STREET = Path(__file__).with_name("gallery_street.yaml")
SMALL = (480, 270)
TIME_S = 2.0
_QUALITY = [cv2.IMWRITE_JPEG_QUALITY, 86]
_FRAME_QUALITY = [cv2.IMWRITE_JPEG_QUALITY, 78]  # noise is most of a frame's bytes
_BAR = 22

Changes = Mapping[str, object]

_DULL: Changes = {"conditions.sky.clouds": 1.0}
_NIGHT: Changes = {"conditions.sun.elevation": "-30 deg", "conditions.sky.clouds": 0.2}
_TORNADO = {
    "x": "330 m", "y": "-60 m", "core_radius": "16 m", "max_speed": "60 m/s", "speed": "8 m/s", "direction": "90 deg",
    "cloud_base": "300 m", "dust": "0.8 g/m^3",
}  # fmt: skip


def _plume(kind: str, rate: str, **other: object) -> list[dict[str, object]]:
    return [{"kind": kind, "at": ["84 m", "-9 m"], "size": ["6 m", "3 m"], "rate": rate, "start": "-20 s", **other}]


def _smoke(rate: str) -> Changes:
    return {"conditions.plumes": _plume("smoke", rate, heat="400 kW", radius="1 m"),
            "conditions.wind": {"speed": "2 m/s", "direction": "110 deg"}}  # fmt: skip


def _dust(rate: str) -> Changes:
    storm = {"kind": "dust", "at": ["110 m", "0 m"], "size": ["60 m", "200 m"], "height": "6 m", "radius": "14 m"}
    return {"conditions.plumes": [storm | {"rate": rate, "start": "-14 s"}],
            "conditions.wind": {"speed": "9 m/s", "direction": "180 deg"}}  # fmt: skip


def _water(depth: str) -> Changes:
    return _DULL | {
        "actors.ego.place.s": "86 m",
        "conditions.water": {"region": "underpass.dip", "depth": depth, "turbidity": {"secchi": "0.1 m"}},
    }


def _rain(rate: str) -> Changes:
    return _DULL | {"conditions.rain": {"rate": rate}}


def _snow(rate: str, depth: str) -> Changes:
    return _DULL | {"conditions.snow": {"rate": rate, "depth": depth},
        "sensors.front.camera.auto_exposure": {"compensation": 1.2}, "conditions.wind": {"speed": "4 m/s",
                    "direction": "60 deg"}}  # fmt: skip


def _glare(elevation: str) -> Changes:
    return {"conditions.sun.elevation": elevation, "conditions.sun.azimuth": "4 deg", "conditions.sky.clouds": 0.05,
            "sensors.front.camera.veiling_glare": 0.04}  # fmt: skip


def _tornado(max_speed: str, away: str) -> Changes:
    return _DULL | {"conditions.tornado": _TORNADO | {"max_speed": max_speed, "x": away}}


CONDITIONS: Mapping[str, tuple[tuple[str, Changes], ...]] = {
    "light": tuple(
        (text, {"conditions.sun.elevation": e, "conditions.sky.clouds": 0.2})
        for text, e in (
            ("sun at 34 deg", "34 deg"),
            ("6 deg", "6 deg"),
            ("-5 deg, dusk", "-5 deg"),
            ("night", "-30 deg"),
        )
    ),
    "fog": tuple((f"MOR {m}", _DULL | {"conditions.fog.mor": m}) for m in ("500 m", "200 m", "80 m", "30 m")),
    "rain": tuple((r, _rain(r)) for r in ("2 mm/h", "10 mm/h", "40 mm/h", "100 mm/h")),
    "snow": (
        ("0.3 mm/h, 4 mm lie", _snow("0.3 mm/h", "4 mm")),
        ("1 mm/h, 1 cm", _snow("1 mm/h", "1 cm")),
        ("3 mm/h, 4 cm", _snow("3 mm/h", "4 cm")),
        ("8 mm/h, 12 cm", _snow("8 mm/h", "12 cm")),
    ),
    "flood": tuple((d, _water(d)) for d in ("30 cm", "60 cm", "90 cm", "1.3 m")),
    "smoke": tuple((r, _smoke(r)) for r in ("2 g/s", "10 g/s", "40 g/s", "160 g/s")),
    "dust": tuple((r, _dust(r)) for r in ("0.3 kg/s", "1 kg/s", "3 kg/s", "12 kg/s")),
    "glare": tuple((f"sun at {e}", _glare(e)) for e in ("20 deg", "12 deg", "7 deg", "3 deg")),
    "tornado": (
        ("40 m/s, 420 m away", _tornado("40 m/s", "420 m")),
        ("50 m/s, 340 m", _tornado("50 m/s", "340 m")),
        ("60 m/s, 260 m", _tornado("60 m/s", "260 m")),
        ("75 m/s, 180 m", _tornado("75 m/s", "180 m")),
    ),
}
"""Name -> four severities: what is written below each, and what is changed in the street."""

SHEET: tuple[tuple[str, Changes], ...] = (
    ("day", {}), ("dusk", {"conditions.sun.elevation": "-4 deg"}), ("night", _NIGHT),
    ("fog, MOR 70 m", CONDITIONS["fog"][2][1] | {"conditions.fog.mor": "70 m"}), ("rain, 40 mm/h", _rain("40 mm/h")),
    ("snow, 3 mm/h", CONDITIONS["snow"][2][1]), ("flood, 90 cm", _water("90 cm")), ("smoke, 40 g/s", _smoke("40 g/s")),
    ("dust, 2 kg/s", _dust("2 kg/s")), ("glare", _glare("7 deg")), ("tornado, 60 m/s", CONDITIONS["tornado"][2][1]),
    ("night, fog, MOR 60 m", _NIGHT | {"conditions.fog.mor": "60 m"}),
)  # fmt: skip


def pictured(changes: Changes) -> NDArray[np.uint8]:
    """One frame of the street: (720, 1280, 3) BGR."""
    frame = still(Scenario.load(STREET).with_(dict(changes)).draw(4, 0), TIME_S)
    return np.ascontiguousarray(frame.rgb[..., ::-1])


def tile(picture: NDArray[np.uint8], text: str) -> NDArray[np.uint8]:
    """A frame made small, with its caption: (270 + bar, 480, 3) BGR."""
    small = cv2.resize(picture, SMALL, interpolation=cv2.INTER_AREA)
    bar = np.full((_BAR, SMALL[0], 3), 24, np.uint8)
    cv2.putText(bar, text, (8, 15), cv2.FONT_HERSHEY_SIMPLEX, 0.42, (225, 225, 225), 1, cv2.LINE_AA)
    return np.vstack([small, bar])


def main() -> None:
    """Render all, say where they are."""
    for name, cases in CONDITIONS.items():
        pictures = [pictured(changes) for _, changes in cases]
        for k, picture in enumerate(pictures, 1):
            _keep(f"frames/{name}_{k}", picture, _FRAME_QUALITY)
        tiles = [tile(picture, f"{name}: {text}") for picture, (text, _) in zip(pictures, cases, strict=True)]
        _keep(f"condition_{name}", np.hstack(tiles), _QUALITY)
    tiles = [tile(pictured(changes), text) for text, changes in SHEET]
    _keep("conditions", np.vstack([np.hstack(tiles[k : k + 3]) for k in range(0, len(tiles), 3)]), _QUALITY)


def _keep(name: str, picture: NDArray[np.uint8], options: list[int]) -> None:
    path = GALLERY / f"{name}.jpg"
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), picture, options)
    print(f"{path.relative_to(GALLERY.parent.parent)}: {path.stat().st_size // 1024} KiB")


if __name__ == "__main__":
    main()
