"""How the second segment of an example is related to the first.

This says it once, without TensorFlow, for those who write records and who read them.
"""

FEATURE = "sentence_relation"  # Of a record, shape [1]: one of the values below.

RANDOM = 0  # The second segment is text of another document.
NEXT = 1  # It is the text that follows the first.
PREVIOUS = 2  # It is the text that precedes the first: they changed places.

NAMES = ("random", "next", "previous")  # By value.
