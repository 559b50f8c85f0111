"""Tests for finetune.inputs."""

import tempfile
from unittest import mock

import numpy as np
import tensorflow.compat.v1 as tf

from finetune import cache, catalog, inputs
from finetune import task as task_lib
from finetune.classification import tables
from tests.finetune import fakes
from util import estimator

COLA = fakes.task("cola")
SPECS = inputs.specs_of([COLA])
TRAIN, DEV = COLA.splits[0], COLA.splits[1]


class InputsTestCase(tf.test.TestCase):
    def setUp(self):
        super().setUp()
        self.cache = tempfile.mkdtemp(dir=self.get_temp_dir())

    def prepare(self, examples, split=DEV, task=COLA):
        context = task_lib.FeatureContext(
            fakes.Tokenizer(), 16, is_training=split is TRAIN
        )
        dataset = task_lib.Dataset("x.tsv", examples)
        return cache.prepare(task, split, dataset, context, self.cache)

    def predict(self, records, batch_size, **plan):
        chosen = inputs.PredictPlan(batch_size, **plan)
        return self.batches(
            lambda: inputs.predict_dataset(records.path, records.count, SPECS, chosen)
        )

    def batches(self, dataset):
        with tf.Graph().as_default(), self.session() as session:
            tf.set_random_seed(1)
            batch = tf.data.make_one_shot_iterator(dataset()).get_next()
            found = []
            while True:
                try:
                    found.append(session.run(batch))
                except tf.errors.OutOfRangeError:
                    return found

    def order(self, records, num_steps, batch_size=4, **plan):
        shard = plan.pop("shard", None)
        chosen = inputs.TrainPlan(batch_size, num_steps, **dict(dict(seed=3), **plan))
        found = self.batches(
            lambda: inputs.train_dataset([records], SPECS, chosen, shard)
        )
        return [batch["index"].tolist() for batch in found]


class BatchTest(InputsTestCase):
    def test_batches_are_padded_to_their_longest_sequence(self):
        records = self.prepare(
            [tables.Example(str(n), "good " * n, None, 0) for n in (1, 3, 2)]
        )
        found = self.predict(records, 2)
        self.assertEqual(
            [batch["input_ids"].shape for batch in found], [(2, 5), (1, 4)]
        )
        good = fakes.Tokenizer().encode("good")[0]
        self.assertAllEqual(found[0]["input_ids"][0], [2, good, 3, 0, 0])
        self.assertAllEqual(found[0]["length"], [3, 5])

    def test_batches_can_have_one_length(self):
        records = self.prepare(fakes.examples(3))
        found = self.predict(records, 2, pad_to=16)
        self.assertEqual({batch["segment_ids"].shape[1] for batch in found}, {16})

    def test_one_length_is_known_before_the_graph_runs(self):
        records = self.prepare(fakes.examples(3))
        plan = inputs.PredictPlan(2, pad_to=16, fill_last=True)
        dataset = inputs.predict_dataset(records.path, records.count, SPECS, plan)
        shapes = tf.data.get_output_shapes(dataset)
        self.assertEqual(shapes["input_ids"].as_list(), [2, 16])

    def test_prediction_gives_every_example_once_whatever_the_batch(self):
        records = self.prepare(fakes.examples(7))
        for batch_size in (1, 2, 3, 7, 50):
            found = self.predict(records, batch_size)
            index = np.concatenate([batch["index"] for batch in found])
            self.assertAllEqual(index, np.arange(7))

    def test_full_batches_for_a_tpu_repeat_the_first_examples(self):
        records = self.prepare(fakes.examples(3))
        found = self.predict(records, 8, fill_last=True)
        index = [batch["index"].tolist() for batch in found]
        self.assertEqual(index, [[0, 1, 2, 0, 1, 2, 0, 1]])


class TrainOrderTest(InputsTestCase):
    def test_every_epoch_has_every_example_once(self):
        records = self.prepare(fakes.examples(10), split=TRAIN)
        flat = np.concatenate(self.order(records, num_steps=5))  # Two epochs.
        self.assertAllEqual(np.sort(flat[:10]), np.arange(10))
        self.assertAllEqual(np.sort(flat[10:]), np.arange(10))
        self.assertNotAllEqual(flat[:10], flat[10:])

    def test_order_is_a_function_of_the_seed(self):
        records = self.prepare(fakes.examples(10), split=TRAIN)
        self.assertEqual(self.order(records, 5), self.order(records, 5))
        self.assertNotEqual(self.order(records, 5), self.order(records, 5, seed=4))

    def test_neighbouring_seeds_do_not_share_epochs(self):
        records = self.prepare(fakes.examples(12), split=TRAIN)
        second_epoch = self.order(records, 6, seed=3)[3:]
        self.assertNotEqual(second_epoch, self.order(records, 3, seed=4))

    def test_resumed_training_sees_what_is_left(self):
        records = self.prepare(fakes.examples(10), split=TRAIN)
        whole = self.order(records, num_steps=7)
        for start in (1, 4, 6):
            self.assertEqual(self.order(records, 7, start_step=start), whole[start:])

    def test_number_of_batches_is_the_number_of_steps(self):
        records = self.prepare(fakes.examples(10), split=TRAIN)
        self.assertLen(self.order(records, num_steps=4), 4)

    def test_shards_share_a_batch_out(self):
        records = self.prepare(fakes.examples(8), split=TRAIN)
        parts = [
            self.order(records, 2, shard=estimator.Shard(2, index, 2))
            for index in (0, 1)
        ]
        together = sorted(np.concatenate(parts[0] + parts[1]).tolist())
        self.assertEqual(together, list(range(8)))

    def test_replicas_of_one_pipeline_get_every_example(self):
        records = self.prepare(fakes.examples(8), split=TRAIN)
        halves = self.order(records, 2, shard=estimator.Shard(2, 0, 1))
        self.assertEqual([len(half) for half in halves], [2, 2, 2, 2])


class BucketsTest(InputsTestCase):
    def setUp(self):
        super().setUp()
        lengths = np.random.RandomState(0).permutation(24) % 12 + 1
        self.records = self.prepare(
            [tables.Example(str(n), "good " * n, None, 0) for n in lengths],
            split=TRAIN,
        )
        patch = mock.patch.object(inputs, "WINDOWS_PER_EPOCH", 2)  # Of 3 batches each.
        patch.start()
        self.addCleanup(patch.stop)

    def lengths(self, **plan):
        values = dict(batch_size=4, num_steps=12, seed=3, has_buckets=True)
        chosen = inputs.TrainPlan(**dict(values, **plan))
        found = self.batches(
            lambda: inputs.train_dataset([self.records], SPECS, chosen)
        )
        return [batch["length"].tolist() for batch in found]

    def test_batches_have_sequences_of_about_the_same_length(self):
        def mean_range(batches):
            return np.mean([max(batch) - min(batch) for batch in batches])

        self.assertLess(
            mean_range(self.lengths()),
            0.6 * mean_range(self.lengths(has_buckets=False)),
        )

    def test_windows_have_the_examples_that_would_be_there_anyway(self):
        plain = self.order(self.records, 12)
        for start in (0, 3, 6, 9):
            window = self.order(self.records, 12, has_buckets=True)[start : start + 3]
            self.assertCountEqual(sum(window, []), sum(plain[start : start + 3], []))

    def test_short_batches_do_not_come_first(self):
        firsts = [np.mean(batch) for batch in self.lengths()]
        self.assertNotAllClose(firsts[:3], sorted(firsts[:3]))

    def test_resumed_training_sees_what_is_left(self):
        whole = self.order(self.records, 11, has_buckets=True)
        self.assertLen(whole, 11)
        for start in (1, 3, 7, 10):
            left = self.order(self.records, 11, has_buckets=True, start_step=start)
            self.assertEqual(left, whole[start:])

    def test_replicas_share_a_batch(self):
        whole = self.order(self.records, 5, has_buckets=True)
        halves = self.order(
            self.records, 5, has_buckets=True, shard=estimator.Shard(2, 0, 1)
        )
        self.assertEqual(sum(halves, []), sum(whole, []))
        left = self.order(
            self.records,
            5,
            has_buckets=True,
            shard=estimator.Shard(2, 0, 1),
            start_step=4,
        )
        self.assertEqual(left, halves[8:])

    def test_prediction_goes_by_length(self):
        found = self.predict(self.records, 5, has_buckets=True)
        index = np.concatenate([batch["index"] for batch in found])
        self.assertAllEqual(np.sort(index), np.arange(24))
        lengths = np.concatenate([batch["length"] for batch in found])
        self.assertAllEqual(lengths, np.sort(lengths))
        for batch in found:
            self.assertEqual(batch["input_ids"].shape[1], max(batch["length"]))


class MixtureTest(InputsTestCase):
    def task(self, name, labels=None):
        surroundings = task_lib.Surroundings("nowhere", stored_labels=labels)
        return catalog.build(name, {}, surroundings)

    def test_classification_reading_and_tagging_feed_the_encoder_alike(self):
        tagging = self.task("chunk", ("O", "B-NP", "I-NP", "E-NP", "S-NP"))
        tasks = [COLA, self.task("sts"), self.task("squad"), tagging]
        specs = {spec.name: spec for spec in inputs.specs_of(tasks)}
        self.assertLen([name for name in specs if "/" not in name], 4)
        self.assertContainsSubset(["cola/label", "sts/label", "sts/is_mine"], specs)
        for spec in specs.values():
            self.assertEqual(spec.default or 0, 0, spec)
            self.assertIsNotNone(spec.default, spec)

    def test_multiple_choice_mixes_with_its_like_only(self):
        self.assertNotEmpty(inputs.specs_of([self.task("c3"), self.task("swag")]))
        with self.assertRaisesRegex(ValueError, "cola and c3 cannot .*'input_ids'"):
            inputs.specs_of([COLA, self.task("c3")])

    def test_records_of_other_tasks_have_zeros(self):
        rte = fakes.task("rte")
        files = [
            self.prepare(fakes.examples(3, label=1), TRAIN),
            self.prepare(fakes.examples(2, label=1, pair=True), TRAIN, rte),
        ]
        plan = inputs.TrainPlan(5, num_steps=1, seed=3, shares=(0.6, 0.4))
        specs = inputs.specs_of([COLA, rte])
        (batch,) = self.batches(lambda: inputs.train_dataset(files, specs, plan))
        self.assertAllEqual(batch["cola/label"], batch["cola/is_mine"])
        self.assertAllEqual(batch["rte/label"], batch["rte/is_mine"])
        self.assertAllEqual(batch["cola/is_mine"] + batch["rte/is_mine"], [1] * 5)
        self.assertEqual(batch["cola/is_mine"].sum(), 3)

    def test_resumed_mixture_sees_what_is_left(self):
        rte = fakes.task("rte")
        files = [
            self.prepare(fakes.examples(7), TRAIN),
            self.prepare(fakes.examples(5, pair=True), TRAIN, rte),
        ]
        specs = inputs.specs_of([COLA, rte])

        def seen(**changes):
            plan = inputs.TrainPlan(
                4, num_steps=8, seed=3, shares=(0.5, 0.5), **changes
            )
            found = self.batches(lambda: inputs.train_dataset(files, specs, plan))
            return [
                list(zip(batch["index"].tolist(), batch["rte/is_mine"].tolist()))
                for batch in found
            ]

        for has_buckets in (False, True):
            whole = seen(has_buckets=has_buckets)
            self.assertLen(whole, 8)
            for start in (1, 5):
                left = seen(has_buckets=has_buckets, start_step=start)
                self.assertEqual(left, whole[start:])


class WindowTest(tf.test.TestCase):
    def test_windows_are_small_parts_of_an_epoch(self):
        sizes = [inputs._window_size(count, 32) for count in (100, 500, 8551, 67349)]
        self.assertEqual(sizes, [1, 1, 33, 64])


class StepsTest(tf.test.TestCase):
    def test_whole_steps_of_all_epochs(self):
        self.assertEqual(inputs.num_train_steps(8551, 32, 3.0), 801)

    def test_part_of_an_epoch(self):
        self.assertEqual(inputs.num_train_steps(100, 10, 0.25), 2)

    def test_no_step_is_lost_to_rounding(self):
        for count, batch_size, epochs in ((115, 100, 100.0), (23, 10, 10.0)):
            exact = count * int(epochs) // batch_size
            self.assertEqual(inputs.num_train_steps(count, batch_size, epochs), exact)

    def test_no_step_is_refused(self):
        with self.assertRaisesRegex(
            ValueError, "10 training examples in batches of 32"
        ):
            inputs.num_train_steps(10, 32, 3.0)


if __name__ == "__main__":
    tf.test.main()
