"""Judging, averaging, comparing and guarding: worked out by hand on made answers, and laws on the demo corpus."""

import copy
import dataclasses
import json

import pytest

from rag.cite import cite
from rag.config import CHECKOUT
from rag.engine import load
from rag.errors import GoldError
from rag.evaluate import FIGURES, Case, Report, Result, cases_of, evaluate, read_gold
from rag.evaluate.compare import compare, read_run
from rag.evaluate.judge import judge_answer, judge_ranking, short_answers
from rag.evaluate.opinion import llm_judge
from rag.evaluate.results import BEGIN, END, gate, provenance, readme_table, results_file, save
from rag.evaluate.summary import summarise
from rag.gold import Gold, default_gold
from rag.types import Claim, Conflict

GOLD = CHECKOUT / "store" / "gold"


@pytest.fixture(scope="module")
def cases(demo):
    return cases_of(read_gold([GOLD / "demo.jsonl"]), demo.articles())


@pytest.fixture(scope="module")
def report(demo, cases):
    return evaluate(demo, cases[::18], name="demo")


@pytest.fixture(scope="module")
def answered(demo, cases):
    """A case of one fact, and an answer to be changed by the tests: nothing of it is right yet."""
    case = next(c for c in cases if c.gold.answerable and len(c.needs) == 1 and len(c.gold.answer_all) == 1)
    answer = demo.ask(case.gold.question)
    return case, dataclasses.replace(answer, answered=True, text="**nothing** [1]", citations=(), conflicts=())


def by_id(demo):
    return {article.id: article for article in demo.articles()}


def judged(demo, case, answer):
    return judge_answer(case, answer, by_id(demo))


# ── one answer ─────────────────────────────────────────────────────────────────────────────────


def test_a_perfect_answer_is_perfect(demo, answered):
    case, answer = answered
    article_id, start, end = case.needs[0][0]
    wording = case.gold.answer_all[0][0]
    proof = cite(demo.article(article_id), start, end, 1)
    figures, verdict = judged(demo, case, dataclasses.replace(answer, text=f"**{wording}** [1]", citations=(proof,)))
    assert verdict == "right"
    perfect = ("accuracy", "f1", "exact match", "citation precision", "citation recall", "span exactness", "coverage")
    assert {name: figures[name] for name in perfect} == dict.fromkeys(perfect, 1.0)
    assert "abstention recall" not in figures and "abstention precision" not in figures


def test_a_wrong_answer_with_a_foreign_proof_is_wrong(demo, answered):
    case, answer = answered
    home = case.needs[0][0][0]
    other = next(a for a in demo.articles() if a.id not in {place[0] for place in case.needs[0]} and a.id != home)
    figures, verdict = judged(demo, case, dataclasses.replace(answer, citations=(cite(other, 0, 10, 1),)))
    assert verdict == "wrong"
    assert figures["accuracy"] == figures["citation precision"] == figures["citation recall"] == figures["f1"] == 0


def test_offsets_that_lie_show_as_inexact(demo, answered):
    case, answer = answered
    article_id, start, end = case.needs[0][0]
    honest = cite(demo.article(article_id), start, end, 1)
    for lie in ({"start": start + 1}, {"raw_start": honest.raw_start + 2}):
        figures, _ = judged(demo, case, dataclasses.replace(answer, citations=(dataclasses.replace(honest, **lie),)))
        assert figures["span exactness"] == 0


def test_refusals_are_judged_by_whether_there_was_an_answer(demo, answered):
    case, answer = answered
    refused = dataclasses.replace(answer, answered=False, citations=(), text="The articles don't say.")
    figures, verdict = judged(demo, case, refused)
    assert verdict == "refused"
    assert (figures["accuracy"], figures["false refusal"], figures["abstention precision"]) == (0, 1, 0)
    none = Case(Gold(id="u", lang="en", type="unanswerable", question="Who?"), ())
    figures, verdict = judged(demo, none, refused)
    assert verdict == "right" and figures["abstention recall"] == figures["abstention precision"] == 1
    figures, verdict = judged(demo, none, answer)
    assert verdict == "not refused" and figures["abstention recall"] == figures["accuracy"] == 0


def test_a_corrected_premise_is_as_right_as_a_refusal(demo, answered):
    case, answer = answered
    article_id, start, end = case.needs[0][0]
    wrong = Gold(id="u", lang="en", type="unanswerable", question="Why did he pay 5?", correction=(("never paid",),))
    cited = dataclasses.replace(
        answer, text="He **never paid** [1]", citations=(cite(demo.article(article_id), start, end, 1),)
    )
    assert judged(demo, Case(wrong, case.needs), cited)[1] == "right"
    uncited = dataclasses.replace(cited, citations=())
    assert judged(demo, Case(wrong, case.needs), uncited)[1] == "not refused"


def test_a_part_of_what_is_wanted_is_incomplete(demo, answered):
    case, answer = answered
    gold = Gold.model_validate(case.gold.model_dump() | {"answer_all": (("Burgum",), ("Miller",))})
    figures, verdict = judged(demo, Case(gold, case.needs), dataclasses.replace(answer, text="**Doug Burgum** [1]"))
    assert verdict == "incomplete" and figures["accuracy"] == 0
    assert figures["f1"] == pytest.approx((2 / 3) / 2)


def test_a_conflict_must_show_every_side(demo, answered):
    case, answer = answered
    gold = Gold.model_validate(case.gold.model_dump() | {"type": "conflict", "answer_all": (("25",), ("40",))})
    sides = [Claim(value, (), "a", None) for value in ("25 minutes", "40 minutes")]
    for shown, recall in ((sides, 1.0), (sides[:1], 0.0), ([], 0.0)):
        conflicts = (Conflict("length", tuple(shown)),) if shown else ()
        figures, _ = judged(demo, Case(gold, case.needs), dataclasses.replace(answer, conflicts=conflicts))
        assert figures["conflict recall"] == recall and "false conflict" not in figures
    figures, _ = judged(demo, case, dataclasses.replace(answer, conflicts=(Conflict("x", tuple(sides)),)))
    assert figures["false conflict"] == 1


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("**伯古姆 (Burgum)** [1]\n\n*Paper*: “…”", [["伯古姆", "Burgum"]]),
        (
            "**25分钟** [1]；另有报道称 **about 40 minutes（约40分钟）** [2]",
            [["25分钟"], ["about 40 minutes", "约40分钟"]],
        ),
        ("Burgum introduced them [1].\n\nMore.", [["Burgum introduced them ."]]),
        ("**US\\$500** [1]", [["US$500"]]),
    ],
)
def test_the_short_answers_of_a_text(answered, text, expected):
    assert short_answers(dataclasses.replace(answered[1], text=text)) == expected


def test_a_passage_counts_when_it_covers_the_evidence_and_each_piece_counts_once(demo, cases):
    case = next(c for c in cases if len(c.needs) == 2 and c.needs[0][0][0] != c.needs[1][0][0])
    passages = demo.store.passages(list(range(demo.store.count()[1])))
    holding = [next(p for p in passages if p.article_id == a and p.start <= s and e <= p.end)
               for a, s, e in (places[0] for places in case.needs)]  # fmt: skip
    other = next(p for p in passages if not judge_ranking(case, [p])["hit@1"])
    first = judge_ranking(case, holding)
    assert first["ndcg@10"] == pytest.approx(1) and first["recall@10"] == first["hit@1"] == 1
    half = judge_ranking(case, [other, holding[0]])
    assert (half["hit@1"], half["hit@5"], half["mrr"], half["recall@10"]) == (0, 1, 0.5, 0.5)
    assert judge_ranking(Case(Gold(id="u", lang="en", type="unanswerable", question="Q?"), ()), passages) == {}


# ── a whole run ────────────────────────────────────────────────────────────────────────────────


def test_the_same_store_and_gold_give_the_same_figures(demo_store, embedder, cases):
    """Two engines that remember nothing; one that has read a passage before may differ in the last digits."""

    def timeless(found):
        plain = found.to_dict()
        for part in (plain["overall"], *(row for rows in plain["tables"].values() for row in rows.values())):
            part.pop("latency")
        for question in plain["questions"]:
            question["answer"].pop("timings")
        return plain

    one, other = (evaluate(load(demo_store, embedder=embedder), cases[::29], name="demo") for _ in range(2))
    assert timeless(one) == timeless(other) and len(one.results) == 5


def test_every_figure_is_explained_and_lies_between_0_and_1(report):
    for result in report.results:
        assert set(result.figures) <= set(FIGURES)
        assert all(0 <= value <= 1 for value in result.figures.values())
    overall = report.overall.figures
    assert all(e.low - 1e-4 <= e.mean <= e.high + 1e-4 for e in overall.values())
    assert overall["accuracy"].n == len(report.results) == 8
    assert overall["accuracy"].mean == sum(r.right for r in report.results) / 8


def test_slices_divide_the_questions(report):
    for name in ("language", "type", "answerable", "verdict"):
        assert sum(row.n for row in report.tables[name].values()) == 8
    for rows in report.tables.values():
        assert len(rows) > 1


def test_without_texts_no_word_of_an_article_is_kept(report):
    plain = json.dumps(report.to_dict(texts=False), ensure_ascii=False)
    for result in report.results:
        assert result.gold.question not in plain
        for citation in result.answer.citations:
            assert citation.quote not in plain and citation.title not in plain
        assert not any(p.text[:20] in plain for p in result.retrieved)


def test_gold_of_other_articles_is_refused_before_anything_is_asked(demo):
    with pytest.raises(GoldError, match="names 0 of the articles"):
        evaluate(demo, read_gold([GOLD / "five.jsonl"]))


def test_the_gold_of_a_store_is_found(demo):
    assert default_gold(demo.articles()) == [GOLD / "demo.jsonl", GOLD / "followups.jsonl"]
    with pytest.raises(GoldError, match="--gold"):
        default_gold(demo.articles()[:1])


# ── two runs ───────────────────────────────────────────────────────────────────────────────────


def spoiled(run, ids, figure="accuracy"):
    """A run in which these questions fail."""
    run = copy.deepcopy(run)
    for question in run["questions"]:
        if question["id"] in ids:
            question["figures"][figure] = 0.0
            question["verdict"] = "wrong"
    return run


def made_run(right, total=20):
    """A report of made results: so many right ones, the rest wrong."""
    results = []
    for n in range(total):
        gold = Gold(id=f"q{n}", lang="en", type="fact", question=f"Q{n}?", answer_all=(("a",),))
        figures = {"accuracy": float(n < right), "mrr": 1.0}
        results.append(Result(Case(gold, ()), None, (), (), figures, "right" if n < right else "wrong", {}))
    return Report.of("made", results)


def test_a_comparison_names_what_changed(report):
    run = report.to_dict(texts=False)
    right = [q["id"] for q in run["questions"] if q["verdict"] == "right"]
    comparison = compare(run, spoiled(run, right[:1]))
    assert comparison.verdicts == {right[0]: ("right", "wrong")}
    change = next(c for c in comparison.changes if c.figure == "accuracy")
    assert change.worse == (right[0],) and change.better == () and not change.significant
    assert change.new == pytest.approx(change.old - 1 / 8)
    same = compare(run, run)
    assert all(c.old == c.new and c.p == 1 for c in same.changes) and not same.verdicts


def test_a_difference_is_significant_when_chance_would_hardly_do(report):
    for right, significant in ((20, False), (17, False), (12, True)):
        changes = compare(made_run(20).to_dict(texts=False), made_run(right).to_dict(texts=False)).changes
        assert next(c for c in changes if c.figure == "accuracy").significant == significant


def test_questions_that_were_edited_are_not_compared(report):
    run = report.to_dict(texts=False)
    edited = copy.deepcopy(run)
    edited["questions"][0]["digest"] = "other"
    edited["questions"].pop()
    comparison = compare(run, edited)
    assert comparison.edited == (run["questions"][0]["id"],) and comparison.only_old == (run["questions"][-1]["id"],)
    assert comparison.compared == 6
    with pytest.raises(GoldError, match="no question in common"):
        compare(run, run | {"questions": []})


@pytest.mark.parametrize("text", ["", "[]", '{"questions": [{"id": 1}]}', "{"])
def test_a_file_that_is_no_report_is_named(tmp_path, text):
    (tmp_path / "r.json").write_text(text, "utf-8")
    with pytest.raises(GoldError, match=r"r\.json is not a report"):
        read_run(tmp_path / "r.json")


# ── what is committed ──────────────────────────────────────────────────────────────────────────


def test_saved_results_hold_the_gate_until_they_fall_by_more_than_noise(demo, tmp_path):
    file = results_file(tmp_path / "gold.jsonl")
    with pytest.raises(GoldError, match="no results to hold this against"):
        gate(made_run(20), file)
    save(made_run(18), provenance(demo, None, "python -m rag eval --save"), file)
    assert read_run(file)["made"]["versions"]["rag-news"] and "T" not in read_run(file)["made"]["date"]
    assert len([line for line in file.read_text("utf-8").splitlines() if '"digest"' in line]) == 20
    assert gate(made_run(18), file) == [] and gate(made_run(20), file) == []
    assert gate(made_run(16), file) == [], "two questions of twenty are noise"
    (problem,) = gate(made_run(9), file)
    assert problem.startswith("accuracy fell from 0.900 to 0.450") and "q9" in problem
    with pytest.raises(GoldError, match="other questions"):
        gate(made_run(18, total=19), file)


def test_the_readme_shows_the_committed_results():
    kept = sorted((GOLD / "results").glob("*.json"))
    assert {file.stem for file in kept} == {"demo", "five", "followups"}
    readme = (CHECKOUT / "README.md").read_text("utf-8")
    shown = readme.split(BEGIN)[1].split(END)[0].strip()
    assert shown == readme_table(kept), "run: python -m rag eval --save"


@pytest.mark.parametrize("name", ["demo", "five", "followups"])
def test_committed_results_are_of_the_gold_as_it_is(name):
    run = read_run(GOLD / "results" / f"{name}.json")
    digests = {gold.id: gold.digest for gold in read_gold([GOLD / f"{name}.jsonl"])}
    assert {q["id"]: q["digest"] for q in run["questions"]} == digests, "run: python -m rag eval --save"
    assert not any({"answer", "gold", "passages"} & set(q) for q in run["questions"])


# ── a model's opinion ──────────────────────────────────────────────────────────────────────────


def test_a_judge_is_asked_only_where_it_is_wanted_and_says_yes_or_no(demo, cases, answered):
    from llama_index.core.llms import CompletionResponse, CustomLLM, LLMMetadata

    class Says(CustomLLM):
        reply: str

        @property
        def metadata(self):
            return LLMMetadata()

        def complete(self, prompt, **kwargs):
            assert "Accepted answers" in prompt and answered[0].gold.question in prompt
            return CompletionResponse(text=self.reply)

        def stream_complete(self, prompt, **kwargs):
            raise NotImplementedError

    case, answer = answered
    assert llm_judge(Says(reply="Yes, it does."))(case.gold, answer) == 1
    assert llm_judge(Says(reply=" no"))(case.gold, answer) == 0
    with pytest.raises(GoldError, match="neither yes nor no"):
        llm_judge(Says(reply="perhaps"))(case.gold, answer)
    with pytest.raises(GoldError, match="none is configured"):
        llm_judge(None)
    found = evaluate(demo, [case], judge=lambda gold, answer: 1.0)
    assert ("llm judge" in found.results[0].figures) == found.results[0].answer.answered
    assert "llm judge" not in summarise([]).figures
