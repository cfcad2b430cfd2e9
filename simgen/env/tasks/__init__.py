"""The shipped tasks: drive a lane, brake for what stands in it, navigate a robot, reach with an arm."""
