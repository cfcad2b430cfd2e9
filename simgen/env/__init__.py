"""Gymnasium environments over the shipped scenarios: tasks, spaces, registration.

Importing simgen registers `simgen/Drive-v0`; the classes load with the first `gymnasium.make`.
"""
