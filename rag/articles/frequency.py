"""How probable characters are in English and Chinese news: enough to tell a right decoding from a wrong one."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import lru_cache

# The commonest characters of Chinese news, simplified and traditional: about three in five of all that are printed.
_COMMON = frozenset(
    "的一是不了在人有我他这中大来上国个到说们为子和你地出道也时年得就那要下以生会自着去之过家学对可她里后小么心多天"
    "而能好都然没日于起还发成事只作当想看文无开手十用主行方又如前所本见经头面公同三已老从动两长知民样现分将外但身些"
    "与高意进把法此实回二理美点月明其种声全工己话儿者向情部正名定女问力机给等几很业最间新什打便位因重被走电四第门相"
    "次东政海口使教西再平真听世气信北少关并内加化由却代军产入先山五太水万市眼体别处总才场师书比住员九笑性通目华报立"
    "马命张活难神数件安表原车白应路期叫死常提感金何更反合放做系计或司利受光王果亲界及今京务制解各任至清物台象记边共"
    "风战干接它许八特觉望直服毛林题建南度统色字请交爱让认算论百吃义科怎元社术结六功指思非流每青管夫连远资队跟带花快"
    "条院变联言权往展该领传近留红治决周保达办运武半候七必城父强步完革深区即求品士转量空甚众技轻程告江语英基派满式李"
    "息写呢识极令黄德收脸钱党倒未持取设始版双历越史商千片容研像找友孩站广改议形委早房音火际则首单据导影失拿网香斯类"
    "称美元企增投资罢港船东协码票亿经济贸易易购股银行总统选举议员警调查示续宣布"
    "這來國個說們為時會對後麼過還發沒於當無開見經頭動兩長樣現與進實點種聲兒問機給幾業間電門東氣關並內產萬體處總場師"
    "書員報馬張難應車親務計記邊風戰幹許覺題統請愛讓認論義術結資隊帶條變聯權領傳紅運強轉輕語滿極寫識臉錢黨設雙歷議"
    "際單據導類稱億濟貿購銀選舉調續宣佈協碼罷灣將從該達辦區衛歐據華陸學聞導廣號開員環線"
)
_PUNCTUATION = frozenset("，。、：；？！“”‘’《》（）「」『』【】—…·　％〈〉–•")
_KINDS = {  # probability of one such character
    "ascii": 1e-2,
    "punctuation": 5e-3,
    "common": 1e-3,
    "hanzi": 3e-5,
    "accented": 3e-4,
    "letter": 2e-6,  # other alphabets, kana, full-width forms: possible, rarely the point
    "symbol": 1e-6,
    "rare": 2.5e-7,
    "lost": 1e-9,
}
_WEIGHT = {"punctuation": 1.0, "common": 1.0, "hanzi": 0.35, "accented": 0.8, "letter": 0.2, "symbol": 0.2}
GARBLED = 0.2  # text whose Chinese characters are less plausible than this is hardly Chinese
_FEW = 20  # and so many are needed to say so


@lru_cache(maxsize=65536)
def kind(char: str) -> str:
    """Which kind of character it is: see `_KINDS`."""
    if char.isascii():
        return "ascii"
    if char in _COMMON:
        return "common"
    if char in _PUNCTUATION:
        return "punctuation"
    if char == "\ufffd" or "\ue000" <= char <= "\uf8ff" or "\x80" <= char <= "\x9f":
        return "lost"
    if "\u3400" <= char <= "\u9fff" or "\uf900" <= char <= "\ufaff" or char >= "\U00020000":
        return "hanzi" if _everyday(char) else "rare"
    if "\u00df" <= char <= "\u00ff" and char not in "÷":
        return "accented"
    return "letter" if char.isalnum() else "symbol"


def _everyday(char: str) -> bool:
    """Whether it stands in the first, everyday level of GB 2312 (3,755 characters) or Big5 (5,401)."""
    for codec, first, last in (("gb2312", 0xB0, 0xD7), ("big5", 0xA4, 0xC6)):
        try:
            if first <= char.encode(codec)[0] <= last:
                return True
        except UnicodeEncodeError:
            continue
    return False


def likelihood(counts: Mapping[str, int]) -> float:
    """Logarithm of the probability of a text with these characters."""
    return sum(math.log(_KINDS[kind(char)]) * count for char, count in counts.items())


def plausibility(counts: Mapping[str, int], *, hanzi_only: bool = False) -> float:
    """How much a text looks like English or Chinese, 0–1: about 0.8 where it is, below 0.4 where bytes were misread.

    Args:
        counts: the text's characters.
        hanzi_only: judge Chinese characters alone, and only where there are enough of them.
    """
    total = weight = 0.0
    plain = sum(count for char, count in counts.items() if char.isascii() and char.isalpha())
    accented = sum(count for char, count in counts.items() if kind(char) == "accented")
    for char, count in counts.items():
        what = kind(char)
        if what == "accented" and accented > plain / 4:
            what = "symbol"  # no language of ours has so many: it is another alphabet, misread
        if what == "ascii" or (hanzi_only and what not in ("common", "hanzi", "rare")):
            continue
        total += count
        weight += count * _WEIGHT.get(what, 0.0)
    if not total or (hanzi_only and total < _FEW):
        return 1.0
    return weight / total
