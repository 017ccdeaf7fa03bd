"""The shipped strong tier as a PyTorch network again, to train it further: int8 weights times their scales (strong_smooth.py is undone)."""

from __future__ import annotations

import numpy as np
import onnx
import torch
from e5_weights import E5
from onnx import numpy_helper
from strong_net import Net
from strong_smooth import PARTS

from kentongan.scoring.strong import FILES, SHIPPED


def shipped_net(e5: E5) -> tuple[Net, np.ndarray]:
    """The network of the package, and the old ids of its pieces."""
    with np.load(SHIPPED / FILES[1]) as stored:
        rows = stored["words"].astype(np.float32) * stored["scales"][:, None]
        places, pieces = stored["places"].astype(np.float32), stored["pieces"].tobytes().decode().split("\n")
    number = {piece: old for old, piece in enumerate(e5.pieces)}
    kept = np.array([number[piece] for piece in pieces])
    net = Net(e5, kept, range(e5.layers))
    graph = onnx.load(SHIPPED / FILES[0]).graph
    arrays = {one.name: numpy_helper.to_array(one) for one in graph.initializer}
    matrices = []
    for node in graph.node:
        if node.op_type == "MatMulInteger" and node.input[1] in arrays:
            scale = arrays[node.input[1].replace("_quantized", "_scale")]
            whole = arrays[node.input[1]].astype(np.float32) - arrays[node.input[3]].astype(np.float32)
            matrices.append((whole * scale).T)
    linears = [f"layers.{layer}.{part}" for layer in range(e5.layers) for part in PARTS]
    found = {name.replace(".linear.", "."): array for name, array in arrays.items()}
    for name, matrix in zip(linears, matrices, strict=False):
        found[f"{name}.weight"] = matrix * arrays.get(f"{name}.shrink", 1)
    found.setdefault("head.weight", matrices[-1])
    with torch.no_grad():
        net.words.weight.copy_(torch.tensor(rows))
        net.places.copy_(torch.tensor(places))
        for name, parameter in net.body.named_parameters():
            parameter.copy_(torch.tensor(found[name].copy()))
    return net, kept


def widened(net: Net, kept: np.ndarray, e5: E5, wanted: np.ndarray) -> Net:
    """The same network over the pieces `wanted`, which hold all of `kept`; new ones have the base's embedding."""
    wide = Net(e5, wanted, range(e5.layers))
    state = net.state_dict()
    rows = wide.words.weight.detach().clone()
    rows[np.searchsorted(wanted, kept)] = state.pop("words.weight")
    wide.load_state_dict(state | {"words.weight": rows})
    return wide
