"""Columns of the array of what lights and dims a whole picture, (SOURCES,) float32: sun, dome, air, and the eye."""

from __future__ import annotations

SUN_X, SUN_Y, SUN_Z = 0, 1, 2
SUN_R, SUN_G, SUN_B = 3, 4, 5  # irradiance on a surface that faces the sun
SKY_R, SKY_G, SKY_B = 6, 7, 8  # irradiance of the dome on the horizontal
BOUNCE_R, BOUNCE_G, BOUNCE_B = 9, 10, 11  # irradiance from the ground on a surface that faces down
AIR_R, AIR_G, AIR_B = 12, 13, 14  # radiance of an infinite path through the fog
EXTINCTION = 15  # of all air at the eye's height, 1/m
INDOOR = 16
EYE_X, EYE_Y, EYE_Z = 17, 18, 19
LAYER = 20  # depth of the fog layer above the eye, metres
SNOWED = 21  # share of the ground's light that comes off snow: none of it under a roof
THINNING = 22  # share of EXTINCTION that falls with height
PER_HEIGHT = 23  # 1 over the height in which it falls to 1 / e, 1/m; 0 for even air
LOW_R, LOW_G, LOW_B = 24, 25, 26  # irradiance of a low sun times the air's albedo: see `aureole`; else 0
SOURCES = 27
