"""Encoders by name; a new one is a file here and a line below."""

from model.encoders import (
    attention_only,
    base,
    convolutional,
    hybrid,
    recurrent,
    synthesizer,
    transformer,
)
from util import registry

BOTH, LEFT, HALVES, SIGHTS = base.BOTH, base.LEFT, base.HALVES, base.SIGHTS

ENCODERS: "registry.Registry[base.Encoder]" = registry.Registry("encoder")
ENCODERS.register("transformer", transformer.TRANSFORMER)
ENCODERS.register("gpt", transformer.GPT)
ENCODERS.register("attn", attention_only.ATTENTION_ONLY)
ENCODERS.register("synt", synthesizer.SYNTHESIZER)
ENCODERS.register("lstm", recurrent.LSTM)
ENCODERS.register("gru", recurrent.GRU)
ENCODERS.register("bilstm", recurrent.BILSTM)
ENCODERS.register("cnn", convolutional.CNN)
ENCODERS.register("gatedcnn", convolutional.GATED_CNN)
ENCODERS.register("rcnn", hybrid.RCNN)
ENCODERS.register("crnn", hybrid.CRNN)
