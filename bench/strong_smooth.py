"""Makes the network easier to round to int8: what a few channels have too much of goes from the activations into the weights (as SmoothQuant does).

One scale spans all channels of an activation, and a few channels are ten times as large as the rest: these cost the rest their precision.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from strong_net import Net, padded
from torch import Tensor, nn

PARTS = ("qkv", "out", "wide", "narrow")
SHARE = 0.7  # of a channel's size that goes into the weights


class Smoothed(nn.Module):
    """A linear layer that divides its input channel by channel and has weights that make up for it."""

    def __init__(self, linear: nn.Linear, largest: Tensor) -> None:
        super().__init__()
        size = largest.clamp(min=1e-4) ** SHARE / linear.weight.detach().abs().amax(0).clamp(min=1e-4) ** (1 - SHARE)
        size = size / size.log().mean().exp()
        self.shrink = nn.Parameter(1 / size)
        self.linear = nn.Linear(linear.in_features, linear.out_features)
        with torch.no_grad():
            self.linear.weight.copy_(linear.weight * size)
            self.linear.bias.copy_(linear.bias)

    def forward(self, x: Tensor) -> Tensor:
        return self.linear(x * self.shrink)


def smooth(net: Net, rows: Sequence[Sequence[int]], pad: int) -> None:
    """Change the layers in place; rows: pieces of texts that show how large each channel gets."""
    largest: dict[nn.Module, Tensor] = {}

    def look(module: nn.Module, given: tuple[Tensor, ...]) -> None:
        seen = given[0].detach()[present].abs().amax(0)
        largest[module] = torch.maximum(largest.get(module, seen), seen)

    linears = [getattr(layer, part) for layer in net.body.layers for part in PARTS]
    hooks = [linear.register_forward_pre_hook(look) for linear in linears]
    net.eval()
    order = sorted(rows, key=len)
    with torch.no_grad():
        for start in range(0, len(order), 32):
            ids, present = padded(order[start : start + 32], pad)
            net(ids, present)
    for hook in hooks:
        hook.remove()
    for layer in net.body.layers:
        for part in PARTS:
            setattr(layer, part, Smoothed(getattr(layer, part), largest[getattr(layer, part)]))
