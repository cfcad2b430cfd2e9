"""Renders the pictures of the README: one frame of each shipped scenario, small."""

from __future__ import annotations

from pathlib import Path

import cv2

from simgen.generate import still
from simgen.scenario import Scenario

GALLERY = Path(__file__).resolve().parent.parent / "assets" / "gallery"
SIZE = (400, 300)

# Scenario, seed, scene, simulated time in seconds: draws that show the condition at first sight.
PICKS = (
    ("driving/fog_highway_stalled_car", 11, 5, 1.5),
    ("driving/flooded_underpass_night", 21, 0, 2.5),
    ("driving/cut_in_wet_road", 0, 1, 3.0),
    ("driving/night_rain_oncoming_glare", 0, 0, 2.5),
    ("driving/snow_squall_merge", 0, 3, 3.0),
    ("driving/black_ice_bridge", 0, 0, 3.0),
    ("driving/tornado_debris", 0, 1, 3.6),
    ("driving/dust_storm", 0, 1, 0.8),
    ("driving/wildfire_smoke", 0, 0, 3.0),
    ("driving/boar_under_full_moon", 0, 1, 3.0),
    ("driving/lost_cargo", 0, 2, 2.5),
    ("driving/stopped_fire_engine", 5, 0, 4.05),
    ("driving/plastic_bag_on_highway", 3, 0, 1.8),
    ("driving/rockfall_mountain_road", 0, 1, 4.0),
    ("driving/tunnel_exit_glare", 5, 0, 1.0),
    ("robotics/warehouse_blackout", 0, 0, 2.0),
    ("robotics/warehouse_flooded_floor", 0, 3, 2.5),
    ("robotics/fallen_pallets", 0, 2, 2.5),
    ("robotics/warehouse_smoke", 0, 0, 3.0),
    ("robotics/bin_pick_steam", 0, 0, 3.0),
    ("robotics/tabletop_clutter_low_light", 0, 2, 7.0),
    ("robotics/field_robot_flooded_furrow", 0, 0, 2.5),
)


def main() -> None:
    GALLERY.mkdir(parents=True, exist_ok=True)
    for scenario, seed, index, time_s in PICKS:
        frame = still(Scenario.load(scenario).draw(seed, index), time_s)
        picture = cv2.resize(frame.rgb[..., ::-1], SIZE, interpolation=cv2.INTER_AREA)
        path = GALLERY / f"{scenario.split('/')[1]}.png"
        cv2.imwrite(str(path), picture, [cv2.IMWRITE_PNG_COMPRESSION, 9])
        print(f"{path.relative_to(GALLERY.parent.parent)}: {path.stat().st_size // 1024} KiB")


if __name__ == "__main__":
    main()
