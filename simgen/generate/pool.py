"""The parent's side of the workers: starts them, feeds them shards, notices the dead."""

from __future__ import annotations

import multiprocessing
import os
import pickle
import signal
import sys
import threading
from collections import deque
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from types import ModuleType

from simgen.generate.simulate import simulate
from simgen.generate.worker import Failed, Frame, Message, Task, rehearse, run_worker

ATTEMPTS = 2
"""How often a shard whose worker dies is tried."""

_ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"), "1")


@dataclass(frozen=True)
class Died:
    """The worker of `shard` ended without a word; `final` when it will not be tried again."""

    shard: int
    how: str
    final: bool


class _Worker:
    """One process and the pipe to it."""

    def __init__(self, task: Task) -> None:
        context = multiprocessing.get_context("spawn")
        self.pipe, theirs = context.Pipe()
        self.process: SpawnProcess = context.Process(target=run_worker, args=(theirs, task), daemon=True)
        with _environment(_ONE_THREAD), _interrupts_ignored(), _script_unseen_without_need(task):
            self.process.start()
        theirs.close()
        self.shard: int | None = None

    def give(self, shard: int) -> None:
        self.shard = shard
        self.pipe.send(shard)

    def stop(self) -> None:
        self.process.terminate()
        self.process.join()
        self.pipe.close()


def run_shards(task: Task, shards: Sequence[int], workers: int) -> Generator[tuple[int, Message | Died]]:
    """Render `shards` in up to `workers` processes; yields (shard, message) as they come.

    The first worker runs without others until its first frame is stored: by then every kernel is compiled and cached,
    and the others load instead of compiling the same again. Until then a rehearsal on a core that would wait compiles
    from the other end. A shard whose worker dies is tried once more. Closing the iterator stops the workers.
    """
    waiting = deque(shards)
    rehearsal = _rehearsal(task, shards[0]) if shards and workers > 1 and task.simulate is simulate else None
    attempts = dict.fromkeys(shards, 0)
    active: list[_Worker] = []
    warm = False
    try:
        while waiting or active:
            while waiting and len(active) < (workers if warm else 1):
                active.append(_start(task, waiting, attempts))
            for worker in _ready(active):
                shard = worker.shard
                assert shard is not None
                message = _receive(worker)
                if rehearsal is not None:
                    _end(rehearsal)
                    rehearsal = None
                if isinstance(message, Frame):
                    warm = True
                    yield shard, message
                    continue
                if message is None:
                    active.remove(worker)
                    worker.stop()
                    final = attempts[shard] >= ATTEMPTS
                    if not final:
                        waiting.append(shard)
                    yield shard, Died(shard, _how(worker.process.exitcode), final)
                    continue
                warm = True
                if waiting and not isinstance(message, Failed):
                    _assign(worker, waiting, attempts)
                else:
                    active.remove(worker)
                    worker.stop()
                yield shard, message
    finally:
        if rehearsal is not None:
            _end(rehearsal)
        for worker in active:
            worker.stop()


def _rehearsal(task: Task, shard: int) -> SpawnProcess:
    process = multiprocessing.get_context("spawn").Process(
        target=rehearse, args=(task.scenario, task.plan, shard), daemon=True
    )
    with _environment(_ONE_THREAD), _interrupts_ignored(), _script_unseen_without_need(task):
        process.start()
    return process


def _end(rehearsal: SpawnProcess) -> None:
    rehearsal.terminate()
    rehearsal.join()


def _start(task: Task, waiting: deque[int], attempts: dict[int, int]) -> _Worker:
    worker = _Worker(task)
    _assign(worker, waiting, attempts)
    return worker


def _assign(worker: _Worker, waiting: deque[int], attempts: dict[int, int]) -> None:
    shard = waiting.popleft()
    attempts[shard] += 1
    worker.give(shard)


def _ready(active: list[_Worker]) -> list[_Worker]:
    pipes = {worker.pipe: worker for worker in active}
    return [pipes[p] for p in wait(list(pipes)) if isinstance(p, Connection)]


def _receive(worker: _Worker) -> Message | None:
    try:
        message: Message = worker.pipe.recv()
    except (EOFError, ConnectionResetError):
        worker.process.join()
        return None
    return message


def _how(exitcode: int | None) -> str:
    if exitcode is not None and exitcode < 0:
        name = signal.Signals(-exitcode).name
        return f"was killed by {name}" + (" (out of memory?)" if name == "SIGKILL" else "")
    return f"ended with code {exitcode}"


@contextmanager
def _interrupts_ignored() -> Iterator[None]:
    """Let a child be born deaf to Ctrl-C, which reaches the whole group: the parent decides what to do."""
    if threading.current_thread() is not threading.main_thread():
        yield  # signals cannot be set here; the child ignores them once it is up
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


@contextmanager
def _script_unseen_without_need(task: Task) -> Iterator[None]:
    """Let a child start without running the caller's script first, unless what it is to do is defined there.

    A script that is not guarded by `if __name__ == "__main__":` would start workers in every worker.
    """
    if b"__main__" in pickle.dumps((task.scenario, task.simulate)):
        yield
        return
    script = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = script


@contextmanager
def _environment(values: dict[str, str]) -> Iterator[None]:
    """Set variables while a child starts: numpy and numba read them when they are imported there."""
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
