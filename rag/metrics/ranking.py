"""Measures of one ranking, computed by ir-measures (trec_eval underneath)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

# Our name → ir-measures' (MacAvaney et al. 2022, "Streamlining Evaluation with ir-measures").
RANKING = {
    "hit@1": "Success@1",
    "hit@5": "Success@5",
    "hit@10": "Success@10",
    "recall@10": "R@10",
    "mrr": "RR",
    "ndcg@10": "nDCG@10",
}


def rank_measures(
    ranked: Sequence[str], gains: Mapping[str, int], measures: Mapping[str, str] = RANKING
) -> dict[str, float]:
    """What a ranking is worth.

    Args:
        ranked: ids, best first, each once.
        gains: of every id that has one, also of those that were not found; larger is better.
        measures: name to report → name in ir-measures.

    Returns:
        One value a measure, 0–1; all 0 without gains.

    Raises:
        ValueError: an id is ranked twice.
    """
    import ir_measures

    if len(set(ranked)) != len(ranked):
        raise ValueError("an id is ranked twice")
    if not ranked or not any(gains.values()):
        return dict.fromkeys(measures, 0.0)
    parsed = {str(ir_measures.parse_measure(theirs)): ours for ours, theirs in measures.items()}
    # trec_eval orders by score and breaks ties by id, hence distinct scores.
    run = {"q": {name: float(len(ranked) - place) for place, name in enumerate(ranked)}}
    found = ir_measures.calc_aggregate(map(ir_measures.parse_measure, parsed), {"q": dict(gains)}, run)
    values = {parsed[str(measure)]: float(value) for measure, value in found.items()}
    return {name: values[name] for name in measures}
