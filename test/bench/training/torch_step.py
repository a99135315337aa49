"""Takes training steps in PyTorch on request: the other side of train.bench.ts, which starts it.

Lines of JSON come in and go out. The first names the network and brings its weights and batches, as base64
of little-endian values, and is answered when all is ready:

    {"network": "mlp", "weights": {name: {dims, data}}, "batches": [{"x": {dtype, dims, data}, "targets": ...}]}
    {"version": "1.13.0", "gigaflops": 60}

Each further one asks for steps:

    {"steps": 20}
    {"milliseconds": [2.1, ...], "loss": 2.3}

The networks are those of models.ts. One thread. On Debian:

    apt-get install -y python3-torch python3-numpy libopenblas0-pthread

Without OpenBLAS, PyTorch multiplies matrices by the reference BLAS, ten times as slowly; `gigaflops` of the first
answer tells which it was.
"""

import base64
import json
import sys
import time

import numpy
import torch
from torch.nn import functional as F


def tensor_of(packed):
    kind = "<i8" if packed.get("dtype") == "int64" else "<f4"
    values = numpy.frombuffer(base64.b64decode(packed["data"]), kind)
    return torch.from_numpy(values.copy()).reshape(packed["dims"])


def mlp(w, x):
    x = F.relu(linear(w, "first", x))
    return linear(w, "head", F.relu(linear(w, "second", x)))


def cnn(w, x):
    for name in ("first", "second"):
        x = F.conv2d(x, w[f"{name}.weight"], w[f"{name}.bias"], padding=1)
        x = F.max_pool2d(F.relu(x), 2)
    return linear(w, "head", F.relu(linear(w, "third", x.flatten(1))))


def transformer(w, ids, heads=4):
    length = ids.shape[1]
    mask = torch.full((length, length), -1e9).triu(1)
    x = F.embedding(ids, w["embedding"]) + w["positions"]
    width = x.shape[-1]
    for layer in range(sum(name.endswith(".up.bias") for name in w)):
        block = f"block{layer}"
        y = norm(w, f"{block}.norm1", x)
        q, k, v = (
            linear(w, f"{block}.{part}", y).reshape(*y.shape[:2], heads, -1).transpose(1, 2)
            for part in ("query", "key", "value")
        )
        scores = q @ k.transpose(-2, -1) * (width // heads) ** -0.5 + mask
        mixed = (scores.softmax(-1) @ v).transpose(1, 2).reshape(x.shape)
        x = x + linear(w, f"{block}.out", mixed)
        y = F.gelu(linear(w, f"{block}.up", norm(w, f"{block}.norm2", x)))
        x = x + linear(w, f"{block}.down", y)
    return linear(w, "head", norm(w, "norm", x)).flatten(0, 1)


def linear(w, name, x):
    return F.linear(x, w[f"{name}.weight"], w[f"{name}.bias"])


def norm(w, name, x):
    return F.layer_norm(x, x.shape[-1:], w[f"{name}.weight"], w[f"{name}.bias"])


def is_linear(name, value):
    return name.endswith(".weight") and value.dim() == 2


def main():
    torch.set_num_threads(1)
    first = json.loads(sys.stdin.readline())
    network = {"mlp": mlp, "cnn": cnn, "transformer": transformer}[first["network"]]
    weights = {name: tensor_of(packed) for name, packed in first["weights"].items()}
    weights = {
        name: (value.t().contiguous() if is_linear(name, value) else value).requires_grad_()
        for name, value in weights.items()
    }
    # As arrays: the batch's way into PyTorch is part of a step.
    batches = [[tensor_of(batch[key]).numpy() for key in ("x", "targets")] for batch in first["batches"]]
    optimizer = torch.optim.Adam(weights.values(), lr=1e-3)
    answer({"version": torch.__version__, "gigaflops": gigaflops()})
    step = 0
    for line in sys.stdin:
        milliseconds = []
        for _ in range(json.loads(line)["steps"]):
            start = time.perf_counter()
            x, targets = (torch.from_numpy(values) for values in batches[step % len(batches)])
            optimizer.zero_grad(set_to_none=True)
            loss = F.cross_entropy(network(weights, x), targets)
            loss.backward()
            optimizer.step()
            value = loss.item()
            milliseconds.append((time.perf_counter() - start) * 1000)
            step += 1
        answer({"milliseconds": milliseconds, "loss": value})


def gigaflops(size=512):
    """How fast matrices are multiplied: the best of a few."""
    square = torch.randn(size, size)
    times = []
    for _ in range(10):
        start = time.perf_counter()
        square @ square
        times.append(time.perf_counter() - start)
    return 2 * size**3 / min(times) / 1e9


def answer(message):
    print(json.dumps(message), flush=True)


main()
