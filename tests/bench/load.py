"""A small load generator: keeps connections, counts answers, times each one."""

import http.client
import statistics
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit


@dataclass(frozen=True)
class Request:
    """One POST; `is_answer` says whether what came back is an answer."""

    path: str
    body: bytes
    headers: dict[str, str]
    is_answer: Callable[[bytes], bool]


@dataclass(frozen=True)
class Figures:
    """What a run gave: messages a second, and milliseconds a message."""

    per_second: float
    median: float
    p95: float
    failed: int

    def __str__(self) -> str:
        return (
            f"{self.per_second:7.1f} messages/s   median {self.median:6.1f} ms   "
            f"p95 {self.p95:6.1f} ms   failed {self.failed}"
        )


def run(url: str, requests: Iterator[Request], at_once: int, seconds: float) -> Figures:
    """Send `requests` with `at_once` connections for `seconds`, each as fast as it is answered."""
    address = urlsplit(url)
    times: list[float] = []
    failed = 0
    lock = threading.Lock()
    until = time.monotonic() + seconds

    def send() -> None:
        nonlocal failed
        connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=30)
        while time.monotonic() < until:
            with lock:
                request = next(requests, None)
            if request is None:
                break
            began = time.perf_counter()
            connection.request("POST", request.path, request.body, request.headers)
            answer = connection.getresponse().read()
            took = time.perf_counter() - began
            with lock:
                times.append(took * 1000)
                failed += not request.is_answer(answer)
        connection.close()

    began = time.monotonic()
    threads = [threading.Thread(target=send) for _ in range(at_once)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    wall = time.monotonic() - began
    times.sort()
    p95 = times[int(len(times) * 0.95)]
    return Figures(len(times) / wall, statistics.median(times), p95, failed)
