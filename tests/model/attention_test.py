"""Tests for model.attention."""

import dataclasses

from absl.testing import parameterized
import numpy as np
import tensorflow.compat.v1 as tf

from model import attention
from tests.testing import encoder as encoder_lib

BATCH_SIZE, LENGTH = 2, 9
MASK = np.array([[1] * 9, [1] * 6 + [0] * 3], np.int32)


def softmax(scores):
    exponentials = np.exp(scores - scores.max(-1, keepdims=True))
    return exponentials / exponentials.sum(-1, keepdims=True)


def config_of(**overrides):
    return encoder_lib.tiny_config(**overrides).without_dropout()


class AttentionTestCase(tf.test.TestCase, parameterized.TestCase):
    def run_graph(self, config, hidden, mask=MASK):
        """Returns (mixed [B, T, width], weights, {variable name: value})."""
        rows = hidden.reshape(-1, config.hidden_size).astype(np.float32)
        with tf.Graph().as_default(), tf.Session() as session:
            tf.set_random_seed(3)
            fed = tf.placeholder(tf.float32, [None, config.hidden_size])
            layout = attention.layout_of(
                tf.placeholder_with_default(mask, [None, None])
            )
            mixed, weights = attention.mixed_attention(fed, layout, config)
            self.assertEqual(mixed.shape.ndims, 2)
            session.run(tf.global_variables_initializer())
            variables = {v.op.name: v for v in tf.trainable_variables()}
            for name, variable in variables.items():
                if name.endswith("bias"):
                    wave = np.sin(np.arange(int(variable.shape[0])))
                    variable.load(wave.astype(np.float32), session)
            mixed, weights, values = session.run(
                [mixed, weights, variables], {fed: rows}
            )
        return mixed.reshape(mask.shape + (-1,)), weights, values

    def random_hidden(self, config):
        rng = np.random.RandomState(0)
        return rng.randn(BATCH_SIZE, LENGTH, config.hidden_size)


def dense(values, name, inputs):
    return inputs @ values[name + "/kernel"] + values[name + "/bias"]


def reference_attention(hidden, values, config):
    def heads(name):
        shape = (BATCH_SIZE, LENGTH, config.num_kept_heads, config.head_size)
        return dense(values, name, hidden).reshape(shape)

    query, key, value = heads("query"), heads("key"), heads("value")
    scores = np.einsum("bqnd,bknd->bnqk", query, key) / np.sqrt(config.head_size)
    weights = softmax(scores - 10000.0 * (1 - MASK[:, None, None, :]))
    attended = np.einsum("bnqk,bknd->bqnd", weights, value)
    return attended.reshape(BATCH_SIZE, LENGTH, -1), weights


def reference_convolution(hidden, values, config, is_token):
    """Section 3.2 of the paper, token by token."""
    size, num_heads = config.conv_kernel_size, config.num_kept_heads
    reach = size // 2
    query = dense(values, "query", hidden)
    if config.mask_convolution:
        seen = hidden * is_token[..., None]
        point = dense(values, "conv_attn_point", hidden) * is_token[..., None]
    else:
        seen, point = hidden, dense(values, "conv_attn_point", hidden)
    ends = [(0, 0), (reach, reach), (0, 0)]
    seen, point = np.pad(seen, ends, "constant"), np.pad(point, ends, "constant")
    outputs = np.zeros(query.shape)
    for token in range(LENGTH):
        span = slice(token, token + size)
        depthwise = values["conv_attn_key/depthwise_kernel"][:, :, 0]
        summary = (seen[:, span] * depthwise).sum(1)
        key = summary @ values["conv_attn_key/pointwise_kernel"][0]
        key += values["conv_attn_key/bias"]
        kernels = dense(values, "conv_attn_kernel", key * query[:, token])
        kernels = softmax(kernels.reshape(-1, num_heads, size))
        heads = point[:, span].reshape(-1, size, num_heads, config.head_size)
        outputs[:, token] = np.einsum("bnk,bknd->bnd", kernels, heads).reshape(
            BATCH_SIZE, -1
        )
    return outputs


class MixedAttentionTest(AttentionTestCase):
    @parameterized.product(
        heads_and_ratio=[(4, 2), (4, 4), (2, 2), (1, 1), (4, 1)],
        mask_convolution=[True, False],
    )
    def test_agrees_with_numpy(self, heads_and_ratio, mask_convolution):
        num_heads, head_ratio = heads_and_ratio
        config = config_of(
            num_attention_heads=num_heads,
            head_ratio=head_ratio,
            mask_convolution=mask_convolution,
        )
        hidden = self.random_hidden(config)
        mixed, weights, values = self.run_graph(config, hidden)
        attended, expected_weights = reference_attention(hidden, values, config)
        convolved = reference_convolution(hidden, values, config, MASK)
        self.assertAllClose(weights, expected_weights, rtol=1e-4, atol=1e-5)
        expected = np.concatenate([attended, convolved], axis=-1)
        self.assertAllClose(mixed, expected, rtol=1e-4, atol=1e-4)

    def test_without_convolution_only_attention_is_left(self):
        config = config_of(conv_type="noconv", head_ratio=1)
        hidden = self.random_hidden(config)
        mixed, _, values = self.run_graph(config, hidden)
        attended, _ = reference_attention(hidden, values, config)
        self.assertAllClose(mixed, attended, rtol=1e-4, atol=1e-4)
        self.assertLen(values, 6)

    def test_head_ratio_narrows_attention_without_convolution_as_published(self):
        config = config_of(conv_type="noconv", head_ratio=2)
        mixed, _, _ = self.run_graph(config, self.random_hidden(config))
        self.assertEqual(mixed.shape[-1], config.hidden_size // 2)

    def test_one_head_doubles_the_width_as_published(self):
        config = config_of(num_attention_heads=1, head_ratio=1)
        mixed, weights, _ = self.run_graph(config, self.random_hidden(config))
        self.assertEqual(mixed.shape[-1], 2 * config.hidden_size)
        self.assertEqual(weights.shape[1], 1)

    def test_weights_of_padding_are_zero(self):
        config = config_of()
        _, weights, _ = self.run_graph(config, self.random_hidden(config))
        self.assertAllEqual(weights[1, :, :, 6:], np.zeros_like(weights[1, :, :, 6:]))

    @parameterized.parameters((True, 0.0), (False, 1e-3))
    def test_mask_convolution_hides_padding(self, mask_convolution, least_change):
        config = config_of(mask_convolution=mask_convolution)
        hidden = self.random_hidden(config)
        changed = hidden.copy()
        changed[1, 6:] += 1.0
        before, _, _ = self.run_graph(config, hidden)
        after, _, _ = self.run_graph(config, changed)
        change = np.abs(before - after)[1, :6].max()
        if mask_convolution:
            self.assertEqual(change, 0.0)
        else:
            self.assertGreater(change, least_change)

    def test_plain_and_fast_convolution_agree(self):
        config = config_of()
        hidden = self.random_hidden(config)
        plain = dataclasses.replace(config, span_convolution="plain")
        self.assertAllClose(
            self.run_graph(config, hidden)[0], self.run_graph(plain, hidden)[0]
        )

    def test_depthwise_kernels_start_at_one_over_their_size(self):
        config = config_of(hidden_size=256, num_attention_heads=4, conv_kernel_size=9)
        _, _, values = self.run_graph(config, self.random_hidden(config))
        cut_normal_stddev = 0.8796  # Of a normal cut at two standard deviations.
        self.assertAllClose(
            values["conv_attn_key/depthwise_kernel"].std(),
            cut_normal_stddev / 9,
            rtol=0.05,
        )


if __name__ == "__main__":
    tf.test.main()
