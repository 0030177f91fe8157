"""futures_noop.py N CHUNKSIZE: N tasks that do nothing through mpi4py.futures. Prints tasks per second.

Start with: mpirun -n 2 python3 -m mpi4py.futures futures_noop.py N CHUNKSIZE (one rank is the master).
"""
import sys
import time

from mpi4py.futures import MPIPoolExecutor


def noop(x):
    return x


if __name__ == "__main__":
    n, chunk = int(sys.argv[1]), int(sys.argv[2])
    with MPIPoolExecutor() as pool:
        list(pool.map(noop, range(100)))
        begun = time.perf_counter()
        total = sum(pool.map(noop, range(n), chunksize=chunk))
        seconds = time.perf_counter() - begun
    assert total == n * (n - 1) // 2
    print(f"{n / seconds:.1f}")
