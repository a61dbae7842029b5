"""A contest: programs that do the same tasks in turns, compared by the CPU time that they take."""

from __future__ import annotations

import resource
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass
class Contender:
    """One program at one task; the first of a task is what the others are compared with."""

    task: str
    name: str
    run: Callable[[], int]  # returns the size of what it made, in bytes
    per: int  # exchanges
    size: int = 0
    cpu: list[float] = field(default_factory=list)  # seconds, a round each
    wall: list[float] = field(default_factory=list)

    def take_turn(self) -> None:
        """Do the task once, and note what it took."""
        cpu, wall = cpu_seconds(), time.perf_counter()
        self.size = self.run()
        self.cpu.append(cpu_seconds() - cpu)
        self.wall.append(time.perf_counter() - wall)


def cpu_seconds() -> float:
    used = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(each.ru_utime + each.ru_stime for each in used)


def compete(contenders: list[Contender], rounds: int) -> list[dict[str, str | float]]:
    """Let all do their tasks, round by round; returns a line of the table for each.

    A line says how many times as fast a program was as the first of its task (median over the
    rounds, by CPU time and by the clock), and how large what it made is in proportion.
    """
    for _ in range(rounds):
        for contender in contenders:
            contender.take_turn()
    first_of_task: dict[str, Contender] = {}
    return [_line(one, first_of_task.setdefault(one.task, one)) for one in contenders]


def _line(one: Contender, first: Contender) -> dict[str, str | float]:
    by_cpu = [theirs / max(own, 1e-6) for theirs, own in zip(first.cpu, one.cpu, strict=True)]
    by_clock = [theirs / own for theirs, own in zip(first.wall, one.wall, strict=True)]
    return {
        "task": one.task,
        "program": one.name,
        "µs CPU": round(1e6 * statistics.median(one.cpu) / one.per, 1),
        "best": round(1e6 * min(one.cpu) / one.per, 1),
        "times as fast": round(statistics.median(by_cpu), 2),
        "by the clock": round(statistics.median(by_clock), 2),
        "size": round(one.size / first.size, 3) if first.size else 0,
    }
