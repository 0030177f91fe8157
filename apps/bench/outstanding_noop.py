"""outstanding_noop.py POOL N OUTSTANDING: N tasks that do nothing, so many of them outstanding, by futures of
mpi4py.futures or by apply_async of a multiprocessing.Pool of two. Prints tasks per second.

Start with: mpirun -n 2 python3 -m mpi4py.futures outstanding_noop.py mpi4py N OUTSTANDING (one rank is the master), or
python3 outstanding_noop.py multiprocessing N OUTSTANDING
"""
import collections
import sys
import time


def noop(x):
    return x


def run(submit, result, n, outstanding):
    total = 0
    under_way = collections.deque()
    for i in range(n):
        if len(under_way) == outstanding:
            total += result(under_way.popleft())
        under_way.append(submit(i))
    return total + sum(map(result, under_way))


def rate(submit, result, n, outstanding):
    run(submit, result, 100, 1)
    begun = time.perf_counter()
    total = run(submit, result, n, outstanding)
    seconds = time.perf_counter() - begun
    assert total == n * (n - 1) // 2
    return n / seconds


if __name__ == "__main__":
    kind, n, outstanding = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    if kind == "mpi4py":
        from mpi4py.futures import MPIPoolExecutor

        with MPIPoolExecutor() as pool:
            tasks = rate(lambda i: pool.submit(noop, i), lambda future: future.result(), n, outstanding)
    else:
        import multiprocessing

        with multiprocessing.Pool(2) as pool:
            tasks = rate(lambda i: pool.apply_async(noop, (i,)), lambda result: result.get(), n, outstanding)
    print(f"{tasks:.0f}")
