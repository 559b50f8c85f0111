"""The objectives by name; importing this package registers them all."""

from pretrain import objective
from pretrain.objectives import bilm, cls, electra, lm, mlm, sentence_pair, wso

for _objective in (
    electra.Electra,
    mlm.Mlm,
    wso.WordOrder,
    sentence_pair.NextSentence,
    sentence_pair.SentenceOrder,
    sentence_pair.SentenceStructure,
    lm.LanguageModel,
    bilm.BidirectionalLanguageModel,
    cls.Classification,
):
    objective.REGISTRY.register(_objective.name, _objective)
