"""What a user would run instead of the plugin, for ./rapidin bench compare, which runs it in turn
with the plugin's own code. Prints {"ways": [...], "notes": [...]}; then does the way that each line
of the input names, once, and prints {"wall_ms", "cpu_ms", "result"}.

peers.py scan ROWS_FILE SCALES_OFFSET DISTINCT N DIMENSION QUERIES_FILE
peers.py candidates SIGNS_FILE DISTINCT N DIMENSION QUERY_SIGNS_FILE ROWS_FILE QUERY_FILE CHOSEN
peers.py compress CHECKOUT FOLDER DIMENSION THREADS LENGTH...
"""
import ctypes
import importlib
import json
import os
import re
import sys
import time
import types

answers, sys.stdout = sys.stdout, sys.stderr
ways, notes = {}, []


def module(name, package):
    try:
        return importlib.import_module(name)
    except ImportError as absent:
        notes.append(f"Absent: {package} ({absent}).")


def fits(what, size):
    """Whether so many bytes are free; says so if not."""
    with open("/proc/meminfo") as file:
        free = next(int(line.split()[1]) << 10 for line in file if line.startswith("MemAvailable"))
    if size > free:
        notes.append(f"Not run: {what}, which needs {size / 1e9:.1f} GB, and {free / 1e9:.1f} GB are free.")
    return size <= free


def libraries():
    """The files of linear algebra libraries that this process has loaded."""
    with open("/proc/self/maps") as file:
        loaded = {line.split(maxsplit=5)[5].strip() for line in file if line.count("/")}
    pattern = re.compile(r"lib[^/]*(blas|blis|mkl_(rt|core)|armpl)[^/]*\.so[^/]*$")
    return {path for path in loaded if pattern.search(path)}


def described(paths):
    """Names of libraries, those of OpenBLAS with the kernels that it chose for this processor."""
    names = []
    for path in sorted(paths):
        name = os.path.basename(os.path.realpath(path))
        library = ctypes.CDLL(path)
        for symbol in ("openblas_get_corename", "openblas_get_corename64_", "scipy_openblas_get_corename64_"):
            if hasattr(library, symbol):
                core = getattr(library, symbol)
                core.restype = ctypes.c_char_p
                name = f"{name} {core().decode()}"
                break
        names.append(name)
    return " + ".join(names) or "no BLAS"


numpy = module("numpy", "numpy")
numpy_libraries = libraries()
faiss = module("faiss", "FAISS")
# FAISS brings its own BLAS, or shares that of numpy.
faiss_libraries = libraries() - numpy_libraries or numpy_libraries


def own(index, rows, kind, size):
    """Lets an index have rows, and returns its memory, so that nothing is held twice."""
    index.codes.resize(rows * size)
    index.ntotal = rows
    codes = faiss.rev_swig_ptr(index.codes.data(), rows * size)
    return codes.view(kind).reshape(rows, -1)


def repeat(memory, rows):
    for first in range(0, len(memory), len(rows)):
        part = memory[first : first + len(rows)]
        part[:] = rows[: len(part)]


def flat(index, queries, q):
    # One query takes FAISS's own kernel, several its matrix product.
    faiss.cvar.distance_compute_blas_threshold = 20 if q == 1 else 1
    return float(index.search(queries[:q], 10)[0][-1][0])


def scan(file, scales_offset, distinct, n, dimension, queries):
    distinct, n, dimension = int(distinct), int(n), int(dimension)
    queries = numpy.fromfile(queries, numpy.float32).reshape(-1, dimension)
    halves = numpy.fromfile(file, numpy.float16, distinct * dimension).reshape(distinct, dimension)
    scales = numpy.fromfile(file, numpy.float32, distinct, offset=int(scales_offset))
    floats = halves.astype(numpy.float32) * scales[:, None]
    if not fits(f"numpy and FAISS IndexFlatIP with {n} rows", 4 * n * dimension):
        return
    if faiss:
        index = faiss.IndexFlatIP(dimension)
        rows = own(index, n, numpy.float32, 4 * dimension)
    else:
        rows = numpy.empty((n, dimension), numpy.float32)
    repeat(rows, floats)
    half = faiss and fits(f"FAISS with float16 and {n} rows", 2 * n * dimension)
    if half:
        kind = faiss.ScalarQuantizer.QT_fp16
        quantized = faiss.IndexScalarQuantizer(dimension, kind, faiss.METRIC_INNER_PRODUCT)
        repeat(own(quantized, n, numpy.float16, 2 * dimension), floats.astype(numpy.float16))
        quantized.is_trained = True
    numpy_name = f"numpy ({described(numpy_libraries)})"
    flat_name = f"FAISS IndexFlatIP ({described(faiss_libraries)})"
    for q in (1, 8, 16):
        ways[f"{numpy_name} q={q}"] = lambda q=q: float((rows @ queries[:q].T)[:, q - 1].max())
        if faiss:
            ways[f"{flat_name} q={q}"] = lambda q=q: flat(index, queries, q)
        if half:
            ways[f"FAISS float16 q={q}"] = lambda q=q: float(quantized.search(queries[:q], 10)[0][-1][0])


def candidates(signs, distinct, n, dimension, query_signs, rows, query, chosen):
    if not faiss:
        return
    distinct, n, dimension, chosen = int(distinct), int(n), int(dimension), int(chosen)
    codes = numpy.fromfile(signs, numpy.uint8).reshape(distinct, -1)
    queries = numpy.fromfile(query_signs, numpy.uint8).reshape(-1, codes.shape[1])
    query = numpy.fromfile(query, numpy.float32, dimension)
    rows = numpy.memmap(rows, numpy.float16, "r", shape=(n, dimension))
    few = faiss.IndexBinaryFlat(dimension)
    few.add(codes)
    graph = faiss.IndexBinaryHNSW(dimension, 32)
    graph.hnsw.efSearch = 2 * chosen
    graph.add(codes)
    many = faiss.IndexBinaryFlat(dimension)
    for first in range(0, n, distinct):
        many.add(codes[: n - first])

    def rescored():
        ids = numpy.sort(many.search(queries[:1], chosen)[1][0])
        return float((rows[ids].astype(numpy.float32) @ query).max())

    ways["recall of IndexBinaryFlat"] = lambda: few.search(queries, chosen)[1].tolist()
    ways["recall of IndexBinaryHNSW"] = lambda: graph.search(queries, chosen)[1].tolist()
    ways["IndexBinaryFlat"] = rescored


class Anything(types.ModuleType):
    """The package imports model libraries that its compression does not use."""

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return type(name, (), {})


def compress(checkout, folder, dimension, threads, *lengths):
    torch = module("torch", "PyTorch")
    if not torch:
        return
    for name in ("transformers", "peft", "tqdm"):
        sys.modules[name] = Anything(name)
    sys.path.insert(0, checkout)
    import RapidIn.RapidGrad as paper

    paper.tqdm = lambda values: values
    torch.set_num_threads(int(threads))
    for length in map(int, lengths):
        options = types.SimpleNamespace(
            influence=types.SimpleNamespace(
                grads_path=folder, RapidGrad=types.SimpleNamespace(shuffle_lambda=20)
            )
        )
        sketch = paper.RapidGrad(options, "cpu")
        sketch.save = lambda: None
        torch.manual_seed(0)
        gradient = torch.randn(length)
        sketch.init(length)
        ways[f"RapidGrad {length}"] = lambda s=sketch, g=gradient: float(s(g, int(dimension))[0])


def versions():
    for name in ("numpy", "faiss", "torch"):
        if name in sys.modules and hasattr(sys.modules[name], "__version__"):
            yield f"{name} {sys.modules[name].__version__}"


def main(job, *arguments):
    if numpy:
        {"scan": scan, "candidates": candidates, "compress": compress}[job](*arguments)
        notes.append(f"Peers: Python {sys.version.split()[0]}, {', '.join(versions())}.")
    print(json.dumps({"ways": list(ways), "notes": notes}), file=answers, flush=True)
    for line in sys.stdin:
        cpu, wall = time.process_time(), time.perf_counter()
        result = ways[line.strip()]()
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        answer = {"wall_ms": 1e3 * wall, "cpu_ms": 1e3 * cpu, "result": result}
        print(json.dumps(answer), file=answers, flush=True)


main(*sys.argv[1:])
