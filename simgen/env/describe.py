"""Tables of what a task observes, does and pays, for people."""

from __future__ import annotations

import inspect

from simgen.env.task import Task


def describe(task: type[Task]) -> str:
    """Observation (entry, range, meaning), action, reward weights and the task's own words, as Markdown."""
    lines = [
        f"# {task.__name__}",
        "",
        inspect.cleandoc(task.__doc__ or ""),
        "",
        f"Default scenario: `{task.scenario}`",
        "",
    ]
    lines += ["| action | meaning |", "| --- | --- |"]
    lines += [f"| {n} | {m} |" for n, m in zip(task.actions.names, task.actions.meanings, strict=True)]
    lines += ["", f"Discrete: {len(task.actions.choices)} choices.", "", "| reward term | weight |", "| --- | --- |"]
    lines += [f"| {n} | {w:g} |" for n, w in task.weights.items()]
    lines += ["", "| state | from | to | meaning |", "| --- | --- | --- | --- |"]
    lines += [f"| {f.name} | {f.low:g} | {f.high:g} | {f.meaning} |" for f in task.features]
    return "\n".join(lines) + "\n"
