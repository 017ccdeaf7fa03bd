"""The network of the strong tier in PyTorch: an encoder with e5's weights, mean pooling, three classes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from e5_weights import E5
from torch import Tensor, nn

LABELS = 3
POSITIONS = 64


class Layer(nn.Module):
    """One transformer layer, attention written by hand: PyTorch's own is slow to train on a CPU."""

    def __init__(self, hidden: int, heads: int, inner: int, eps: float) -> None:
        super().__init__()
        self.heads = heads
        self.qkv, self.out = nn.Linear(hidden, 3 * hidden), nn.Linear(hidden, hidden)
        self.wide, self.narrow = nn.Linear(hidden, inner), nn.Linear(inner, hidden)
        self.norm1, self.norm2 = nn.LayerNorm(hidden, eps), nn.LayerNorm(hidden, eps)

    def forward(self, x: Tensor, mask: Tensor | None) -> Tensor:
        batch, length, hidden = x.shape
        q, k, v = self.qkv(x).view(batch, length, 3, self.heads, -1).permute(2, 0, 3, 1, 4)
        weight = q @ k.transpose(-1, -2) * (hidden // self.heads) ** -0.5
        if mask is not None:
            weight = weight + mask
        mixed = (weight.softmax(-1) @ v).transpose(1, 2).reshape(batch, length, hidden)
        x = self.norm1(x + self.out(mixed))
        return self.norm2(x + self.narrow(nn.functional.gelu(self.wide(x))))


class Body(nn.Module):
    """From embedded pieces [batch, length, hidden] to logits [batch, 3]."""

    def __init__(self, e5: E5, layers: int) -> None:
        super().__init__()
        self.layers = nn.ModuleList([Layer(e5.hidden, e5.heads, e5.inner, e5.eps) for _ in range(layers)])
        self.norm = nn.LayerNorm(e5.hidden, e5.eps)
        self.drop = nn.Dropout(0.1)
        self.head = nn.Linear(e5.hidden, LABELS)
        nn.init.normal_(self.head.weight, std=0.02)
        nn.init.zeros_(self.head.bias)

    def forward(self, x: Tensor, present: Tensor | None = None) -> Tensor:
        """present: [batch, length], True for pieces, False for padding; None: no padding."""
        x = self.norm(x)
        mask = None if present is None else torch.where(present, 0.0, -1e4)[:, None, None, :].to(x.dtype)
        for layer in self.layers:
            x = layer(x, mask)
        if present is None:
            pooled = x.mean(1)
        else:
            share = present.unsqueeze(-1).to(x.dtype)
            pooled = (x * share).sum(1) / share.sum(1)
        return self.head(self.drop(pooled))


class Net(nn.Module):
    """Embeddings and body."""

    def __init__(self, e5: E5, kept: np.ndarray, layers: Sequence[int]) -> None:
        super().__init__()
        t = e5.tensors
        self.words = nn.Embedding.from_pretrained(torch.tensor(t["emb.word"][kept]), freeze=False, sparse=True)
        self.places = nn.Parameter(torch.tensor(t["emb.pos"][:POSITIONS] + t["emb.type"][0]))
        self.body = Body(e5, len(layers))
        with torch.no_grad():
            _put(self.body.norm, t, "emb.ln")
            for place, number in enumerate(layers):
                layer, name = self.body.layers[place], f"l{number}"
                layer.qkv.weight.copy_(torch.tensor(np.concatenate([t[f"{name}.{part}.w"] for part in "qkv"])))
                layer.qkv.bias.copy_(torch.tensor(np.concatenate([t[f"{name}.{part}.b"] for part in "qkv"])))
                for ours, theirs in (("out", "ao"), ("wide", "fi"), ("narrow", "fo"), ("norm1", "aln"), ("norm2", "oln")):
                    _put(getattr(layer, ours), t, f"{name}.{theirs}")

    def forward(self, ids: Tensor, present: Tensor) -> Tensor:
        return self.body(self.words(ids) + self.places[: ids.shape[1]], present)


def _put(module: nn.Module, tensors: dict[str, np.ndarray], name: str) -> None:
    module.weight.copy_(torch.tensor(tensors[f"{name}.w"]))  # type: ignore[union-attr,operator]
    module.bias.copy_(torch.tensor(tensors[f"{name}.b"]))  # type: ignore[union-attr,operator]


def padded(rows: Sequence[Sequence[int]], pad: int) -> tuple[Tensor, Tensor]:
    """(ids, present), both [rows, longest]."""
    longest = max(map(len, rows))
    ids = torch.full((len(rows), longest), pad, dtype=torch.long)
    present = torch.zeros((len(rows), longest), dtype=torch.bool)
    for number, row in enumerate(rows):
        ids[number, : len(row)] = torch.tensor(row)
        present[number, : len(row)] = True
    return ids, present
