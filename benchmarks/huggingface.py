"""Trains Hugging Face's ConvBERT as ELECTRA does, and notes when each step ends.

    python -m benchmarks.huggingface FILE --model-size medium-small --batch-size 16 \
        --length 128 [--precision bfloat16]

Needs torch and transformers, and nothing of this repository's environment. The
library has no trainer for replaced-token detection, so this is what its users write:
its masked-language model as the generator, its encoder with two dense layers as the
discriminator, embeddings shared, AdamW, gradients clipped. Sizes, masking rate and
dropout are ours. FILE is that of `benchmarks.stamps`.
"""

import argparse
import resource
import time
from typing import Any, Dict, Tuple

import torch
from torch.nn import functional
import transformers

from model import config as config_lib

VOCAB_SIZE = 30522
MASK_ID = 4
MASKED_SHARE = 0.15
DISCRIMINATOR_WEIGHT = 50.0
DTYPES = {"float32": None, "bfloat16": torch.bfloat16}


def library_config(config: config_lib.EncoderConfig) -> Any:
    """Returns the library's settings for one of our encoders."""
    return transformers.ConvBertConfig(
        vocab_size=config.vocab_size,
        embedding_size=config.embedding_size,
        hidden_size=config.hidden_size,
        num_hidden_layers=config.num_hidden_layers,
        num_attention_heads=config.num_attention_heads,
        intermediate_size=config.intermediate_size,
        hidden_dropout_prob=config.hidden_dropout_prob,
        attention_probs_dropout_prob=config.attention_probs_dropout_prob,
        max_position_embeddings=config.max_position_embeddings,
        head_ratio=config.head_ratio,
        conv_kernel_size=config.conv_kernel_size,
        num_groups=config.linear_groups,
    )


class Electra(torch.nn.Module):
    """Generator and discriminator, sharing their embeddings."""

    def __init__(self, model_size: str):
        super().__init__()
        config = config_lib.encoder_config(model_size, VOCAB_SIZE)
        share = config_lib.size(model_size).generator_hidden_size
        small = config_lib.generator_config(config, share)
        self.generator = transformers.ConvBertForMaskedLM(library_config(small))
        self.encoder = transformers.ConvBertModel(library_config(config))
        self.encoder.embeddings = self.generator.convbert.embeddings
        self.dense = torch.nn.Linear(config.hidden_size, config.hidden_size)
        self.score = torch.nn.Linear(config.hidden_size, 1)

    def forward(self, ids: torch.Tensor, positions: torch.Tensor) -> torch.Tensor:
        """Returns the loss of a batch.

        Args:
          ids: int64 [B, T].
          positions: int64 [B, M], of the tokens to be masked.
        """
        original = torch.gather(ids, 1, positions)  # [B, M]
        masked = ids.scatter(1, positions, MASK_ID)
        hidden = self.generator.convbert(masked).last_hidden_state
        wide = positions[:, :, None].expand(-1, -1, hidden.shape[-1])
        chosen = self.generator.generator_predictions(torch.gather(hidden, 1, wide))
        logits = self.generator.generator_lm_head(chosen).float()  # [B, M, V]
        loss = functional.cross_entropy(logits.flatten(0, 1), original.flatten())
        with torch.no_grad():
            noise = -torch.log(-torch.log(torch.rand_like(logits)))
            sampled = torch.argmax(logits + noise, dim=-1)
        corrupted = ids.scatter(1, positions, sampled)
        hidden = self.encoder(corrupted).last_hidden_state
        scores = self.score(functional.gelu(self.dense(hidden)))[:, :, 0].float()
        is_fake = (corrupted != ids).float()
        detection = functional.binary_cross_entropy_with_logits(scores, is_fake)
        return loss + DISCRIMINATOR_WEIGHT * detection


def batch(size: int, length: int) -> Tuple[torch.Tensor, torch.Tensor]:
    """Returns random ids [B, T] and the positions to mask [B, M]."""
    ids = torch.randint(5, VOCAB_SIZE, (size, length))
    num_masked = int(length * MASKED_SHARE)
    return ids, torch.argsort(torch.rand(size, length), dim=1)[:, :num_masked]


def train(arguments: argparse.Namespace) -> None:
    """Trains until it is killed."""
    torch.manual_seed(0)
    model = Electra(arguments.model_size).train()
    decayed = [p for p in model.parameters() if p.ndim > 1]
    others = [p for p in model.parameters() if p.ndim <= 1]
    groups = [{"params": decayed}, {"params": others, "weight_decay": 0.0}]
    optimizer = torch.optim.AdamW(groups, lr=1e-4, eps=1e-6, weight_decay=0.01)
    dtype = DTYPES[arguments.precision]
    with open(arguments.stamps, "w", buffering=1, encoding="ascii") as stream:
        while True:
            inputs = batch(arguments.batch_size, arguments.length)
            with torch.autocast("cpu", dtype, enabled=dtype is not None):
                loss = model(*inputs)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
            megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            stream.write("%.6f %.1f\n" % (time.monotonic(), megabytes))


def main() -> None:
    """Runs the command."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    sizes: Dict[str, Any] = dict(type=int, required=True)
    parser.add_argument("stamps", metavar="FILE")
    parser.add_argument("--model-size", default="medium-small")
    parser.add_argument("--batch-size", **sizes)
    parser.add_argument("--length", **sizes)
    parser.add_argument("--precision", choices=sorted(DTYPES), default="float32")
    train(parser.parse_args())


if __name__ == "__main__":
    main()
