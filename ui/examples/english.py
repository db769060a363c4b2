"""English sentences → English questions, by the order of their words: subject, verb in the past, what follows."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rag.dictionary import dictionary
from rag.names import NameIndex
from rag.text import dates, stem
from ui.examples.draft import Kind, named

# Past forms that the rule of -ed doesn't reach; verbs of saying are left out, since what is said is a clause.
IRREGULAR = dict(
    pair.split(":")
    for pair in "became:become began:begin bought:buy brought:bring built:build caught:catch chose:choose cost:cost "
    "cut:cut drew:draw drove:drive fell:fall found:find fought:fight gave:give got:get grew:grow held:hold hit:hit "
    "kept:keep laid:lay led:lead left:leave lent:lend lost:lose made:make met:meet paid:pay put:put ran:run "
    "rose:rise saw:see sent:send set:set shot:shoot sold:sell spent:spend spoke:speak stole:steal struck:strike "
    "swore:swear took:take taught:teach won:win wrote:write".split()
)
_SPEECH = frozenset("say tell add argue claim note write ask answer reply believe think suggest insist warn".split())
_PRONOUN = re.compile(
    r"\b(?:he|she|it|they|we|you|i|him|her|his|hers|its|their|them|our|us|my|me|your|this|that|these|those|there|here|"
    r"himself|herself|itself|themselves|who|which|whose|later|then|also|same|other|others|former|latter|so|such)\b",
    re.IGNORECASE,
)
_CUT = re.compile(
    r"[,;:—–\"“”()]| (?:after|as|while|when|because|before|since|although|though|but|where|until|if|saying|adding)\b"
    r"|\.$"
)
_LINKS = frozenset("the of for and & de van von bin al".split())  # inside a name
_ARTICLES = frozenset("the a an".split())
LONGEST_SUBJECT = 7  # words
_FIGURE = re.compile(
    r"^(?:(?:about|around|nearly|almost|some|roughly|more than|over|at least|up to|only) )?"
    r"(?P<money>(?:US|HK|A|C|NT)?[$€£¥])?(?P<digits>\d[\d,.]*\d|\d)(?P<scale> (?:thousand|million|billion|trillion))?"
    r"(?P<unit> percent\b|%)?(?P<noun>(?: [a-z][a-z-]+){0,3}?)"
    r"(?= (?:in|on|of|for|to|from|at|by|with|into|over|per)\b|$)"
)
_WHEN = re.compile(r" (?:on|in|by|since|during) $| $")


def base_form(past: str) -> str | None:
    """The base form of a past form: announced → announce; None where it is none that the dictionary knows.

    The dictionary explains Chinese words with English verbs in their base form, so the way there leads over Chinese.
    """
    if past in IRREGULAR:
        return IRREGULAR[past]
    if not past.endswith("ed") or len(past) < 5:
        return None
    for lookup in dictionary().chinese(past)[:1]:
        for chinese in sorted(lookup.translations, key=lambda zh: (-lookup.translations[zh], zh)):
            for known in dictionary().english(chinese)[:1]:
                for base in known.translations:
                    if stem(base) == stem(past) and past in {
                        base + "ed", base + "d", base[:-1] + "ied", base + base[-1] + "ed",
                    }:  # fmt: skip
                        return base
    return None


def asked(sentence: str, names: NameIndex, published: str | None) -> Iterator[tuple[Kind, str, str]]:
    """Questions that a sentence answers: kind, question, and words of the answer."""
    lead, body = _apart(sentence, published)
    told = _told(body)
    if told is None:
        return
    who, verb, base, after = told
    rest = _CUT.split(after)[0].strip()
    if base in _SPEECH or not rest or _PRONOUN.search(rest) or not re.search("[A-Z]", f"{who[1:]} {rest}"):
        return
    if _names_something(rest) and any(n.end == len(who) for n in named(body, names) if n.person):
        yield "who", f"Who {verb} {_dateless(rest, published)[0]}?", who
    subject_there = who[0].lower() + who[1:] if who.split()[0].lower() in _ARTICLES else who
    plain, when = _dateless(rest, published)
    figure = _FIGURE.match(plain)
    if figure and not re.fullmatch(r"(?:19|20)\d\d", figure["digits"]):
        gone, words = plain[figure.end() :], figure.group().strip()
        digits = words[words.index(figure["digits"]) :]
        if figure["money"] and not figure["noun"]:
            yield "number", f"How much did {subject_there} {base}{gone}?", digits
        elif figure["noun"] and not figure["money"] and not figure["unit"]:
            yield "number", f"How many{figure['noun']} did {subject_there} {base}{gone}?", figure["digits"]
    day = lead or when
    if day and re.search(r"\d", day) and _names_something(plain):
        yield "when", f"When did {subject_there} {base} {plain}?", day


def _told(sentence: str) -> tuple[str, str, str, str] | None:
    """Subject, verb, its base form, and what follows, where a sentence begins with the first two."""
    words = sentence.split(" ")
    common = words[0].lower() in _ARTICLES  # "The town of X": its noun may be a common one
    for at, word in enumerate(words[: LONGEST_SUBJECT + 1]):
        base = base_form(word) if at > common and word.islower() else None
        if base is not None:
            who = " ".join(words[:at])
            return None if _PRONOUN.search(who) else (who, word, base, " ".join(words[at + 1 :]))
        if not re.fullmatch(r"[\w.'’&-]+", word) or (word.islower() and word not in _LINKS and not common):
            return None
    return None


def _apart(sentence: str, published: str | None) -> tuple[str, str]:
    """A date that opens a sentence ("On June 16, "), and the rest; "" and the sentence where there is none."""
    opened = re.match(r"(?:On|In) ([^,]{3,24}(?:, \d{4})?), ", sentence)
    if opened and any(d.end - d.start >= len(opened[1]) - 5 for d in dates(opened[1], published)):
        return opened[1], sentence[opened.end() :]
    return "", sentence


def _dateless(rest: str, published: str | None) -> tuple[str, str]:
    """What follows a verb without its last date, and that date."""
    found = dates(rest, published)
    if not found or found[-1].end < len(rest):
        return rest, ""
    day = found[-1]
    before = _WHEN.sub("", rest[: day.start])
    return (before.strip(), rest[day.start : day.end]) if before.strip() else (rest, "")


def _names_something(words: str) -> bool:
    """Whether words can be understood alone: they name something, and are more than one."""
    return bool(re.search(r"[A-Z]", words)) and len(words.split()) >= 2
