"""What an encoder says of one sequence, without batches, padding or kernels."""

import numpy as np
import tensorflow.compat.v1 as tf

from model import modeling, tokenization


def layers(pretrained, texts):
    """Returns the layers of each text or pair of texts, [layers, T, H]."""
    tokenizer = tokenization.build(pretrained.tokenizer)
    with tf.Graph().as_default(), tf.Session() as session:
        fed = modeling.Inputs(*(tf.placeholder(tf.int32, [1, None]) for _ in range(3)))
        encoded = modeling.encode(fed, pretrained.encoder, is_training=False)
        tf.train.Saver(tf.trainable_variables()).restore(session, pretrained.checkpoint)
        return [
            np.concatenate(session.run(encoded.layers, _feeds(fed, text, tokenizer)))
            for text in texts
        ]


def last_layer(pretrained, *texts):
    """Returns the last layer of one text or pair, [T, H]."""
    (found,) = layers(pretrained, [texts])
    return found[-1]


def _feeds(fed, text, tokenizer):
    ids, segments = [tokenizer.cls_id], [0]
    for number, part in enumerate([text] if isinstance(text, str) else text):
        tokens = [*tokenizer.encode(part), tokenizer.sep_id]
        ids += tokens
        segments += [number] * len(tokens)
    return {fed.ids: [ids], fed.mask: [[1] * len(ids)], fed.segments: [segments]}
