"""A sentence is English, and is said in another language with the sentences in it."""

from __future__ import annotations

from sync.central.processes.sentences import ProcessSentence

CHINESE = {"it lags%(behind)s (%(name)s)": "滞后%(behind)s（%(name)s）", ", %(size)s MB": "，%(size)s MB"}


def test_a_sentence_is_spoken_with_those_in_it_and_values_stay() -> None:
    behind = ProcessSentence(", %(size)s MB", size="0.4")
    said = ProcessSentence("it lags%(behind)s (%(name)s)", behind=behind, name="100%s")
    assert said == "it lags, 0.4 MB (100%s)"
    assert said.spoken(lambda text: CHINESE[text]) == "滞后，0.4 MB（100%s）"
