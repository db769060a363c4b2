"""The ablation: every stage is evaluated on the same questions, and the last one is the engine itself."""

from rag.ablate import STAGES, ablate
from rag.config import CHECKOUT
from rag.evaluate import evaluate, read_gold


def test_stages_answer_the_same_questions_and_the_last_is_the_whole(demo):
    gold = read_gold([CHECKOUT / "store" / "gold" / "demo.jsonl"])[:4]
    steps = []
    reports = ablate(demo, gold, progress=lambda done, total: steps.append((done, total)))
    assert tuple(reports) == STAGES and steps[-1] == (len(STAGES) * len(gold), len(STAGES) * len(gold))
    for name in ("similarity", "reranked"):
        assert all(r.answer.answered for r in reports[name].results), "similarity never refuses"
    assert all(not r.answer.conflicts for r in reports["merging"].results)
    whole = evaluate(demo, gold)
    assert [r.answer.text for r in reports["conflicts"].results] == [r.answer.text for r in whole.results]
