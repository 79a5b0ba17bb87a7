"""What people write differently and mean the same, in tags and genres: the tables, made by hand, behind `tag_key`.

A key is lower-case, without accents, signs or spaces ("Post-Punk" is "postpunk"). Only what is certain stands here:
electronica and electronic, beat and beats, british and england are different words.
"""

from __future__ import annotations

import re

DECADE = re.compile(r"(?:19)?([3-9]0)(?:s|ies|er|ers)|(?:20)?([01]0)(?:s|er|ers)")

WORDS = {
    "fav": "favorite", "favs": "favorite", "fave": "favorite", "faves": "favorite", "gangsta": "gangster",
    "prog": "progressive", "psych": "psychedelic", "rythm": "rhythm", "skool": "school", "xmas": "christmas",
    "thirties": "30s", "forties": "40s", "fifties": "50s", "sixties": "60s", "seventies": "70s", "eighties": "80s",
    "nineties": "90s", "noughties": "00s",
}  # fmt: skip

# Read in words, before spaces go.
PHRASES = (
    (re.compile(r"\br and b\b|\brhythm and blues\b"), "rnb"),
    (re.compile(r"\bd and b\b|\bdrum (?:and )?bass\b"), "drum and bass"),
    (re.compile(r"\balt (?=rock\b|country\b|metal\b|pop\b|indie\b|folk\b|hip ?hop\b|rnb\b)"), "alternative "),
    (re.compile(r"\bgoth (?=rock\b|metal\b)"), "gothic "),
    (re.compile(r"\bpsy (?=trance\b|rock\b|pop\b|folk\b)"), "psychedelic "),
    (re.compile(r"\blow fi\b"), "lo fi"),
    (re.compile(r"\b(?:anos|anni|annees) ([3-9]0)s?\b"), r"\1s"),
)

# Parts of what is left when spaces have gone: British and American, and plurals of what tags are made of.
PARTS = (
    (re.compile(r"(?<=favo)u(?=rite)|(?<=colo)u(?=r)|(?<=humo)u(?=r)|(?<=flavo)u(?=r)"), ""),
    (re.compile(r"theatre"), "theater"),
    (re.compile(r"(?<=mesmeri)s(?=e|ing)|(?<=hypnoti)s(?=e|ing)|(?<=energi)s(?=e|ing)"), "z"),
    (re.compile(
        r"(album|anthem|artist|ballad|band|classic|composer|cover|drum|duet|favorite|film|game|guitar|hit|instrumental|"
        r"lyric|movie|musical|oldie|pleasure|single|singer|song|songwriter|soundtrack|track|tune|vocal|vocalist)s$"
    ), r"\1"),
    (re.compile(r"remixes$"), "remix"),
    (re.compile(r"(lullab|melod|memor)ies$"), r"\1y"),
    (re.compile(r"(?<=female|..male)(?:vocal|singer|voice|vox)s?$"), "vocalist"),
    (re.compile(r"acap+el+a"), "acappella"),
    # "Rock music" is rock; "good music" and "film music" are not good or film.
    (re.compile(
        r"^(acoustic|alternative|ambient|blues|celtic|chillout|christian|classical|country|dance|disco|drumandbass|"
        r"electro|electronic|experimental|folk|funk|gospel|gothic|hiphop|house|indie|industrial|instrumental|jazz|latin|"
        r"lounge|metal|minimal|newage|noise|pop|progressive|psychedelic|punk|rap|reggae|rnb|rock|ska|soul|techno|trance|"
        r"urban|world|80s|90s)music$"
    ), r"\1"),
)  # fmt: skip

WHOLE = {
    "brasil": "brazil", "dnb": "drumandbass", "drumnbass": "drumandbass", "electronicbodymusic": "ebm",
    "electronicdancemusic": "edm", "intelligentdancemusic": "idm", "japanesepop": "jpop", "japaneserock": "jrock",
    "koreanpop": "kpop", "lowfi": "lofi", "melodeath": "melodicdeathmetal", "melodicdeath": "melodicdeathmetal",
    "musicapopularbrasileira": "mpb", "newromantics": "newromantic", "newwaveofbritishheavymetal": "nwobhm",
    "nusoul": "neosoul", "originalsoundtrack": "soundtrack", "ost": "soundtrack", "psytrance": "psychedelictrance",
    "randb": "rnb", "rhythmandblues": "rnb", "rocknroll": "rockandroll", "thebest": "best",
    "unitedkingdom": "uk", "unitedstates": "usa", "unitedstatesofamerica": "usa",
}  # fmt: skip
