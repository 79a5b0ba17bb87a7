"""Words that make lyrics explicit, by language: short lists, made by hand, of what can hardly mean anything else.

Words that are innocent too ("cock", "ass", Swedish "slut", German "dick") are left out: a missed song is put right by a
stated `explicit`, a wrong accusation is worse.
"""

from __future__ import annotations

# Taken for what they are in songs of any language.
ANYWHERE = (
    "fuck", "fucka", "fuckas", "fucked", "fucker", "fuckers", "fuckin", "fucking", "fucks", "fuckboy", "fuckup",
    "motherfuck", "motherfucka", "motherfuckas", "motherfucker", "motherfuckers", "motherfuckin", "motherfucking",
    "muthafucka", "muthafuckas", "bullshit", "nigga", "niggas", "niggaz", "nigger", "niggers", "bitch", "bitches",
    "shit", "shits", "shitty",
)  # fmt: skip

BY_LANGUAGE: dict[str, tuple[str, ...]] = {
    "de": (
        "arschloch", "arschlöcher", "fick", "ficke", "ficken", "fickt", "fickst", "ficker", "fotze", "fotzen", "gefickt",
        "hure", "huren", "hurensohn", "hurensöhne", "missgeburt", "muschi", "nutte", "nutten", "scheiss", "scheiß",
        "scheisse", "scheiße", "schlampe", "schlampen", "schwuchtel", "verfickt", "verfickte", "wichser",
    ),
    "en": (
        "asshole", "assholes", "blowjob", "bullshitting", "cocksucker", "cocksuckers", "cunt", "cunts", "cum", "cumming",
        "dickhead", "dickheads", "faggot", "faggots", "hoes", "pussies", "pussy",
        "shitting", "slut", "sluts", "slutty", "thot", "thots", "twat", "wank", "wanker", "whore", "whores",
    ),
    "es": (
        "cabrón", "cabrones", "cabrona", "chinga", "chingada", "chingado", "chingar", "cojones", "coño", "culero",
        "hijueputa", "hijoputa", "jodan", "joder", "jodete", "jódete", "jodido", "jodida", "malparido", "maricón",
        "mierda", "mierdas", "pendeja", "pendejo", "pendejos", "puta", "putas", "puto", "putos", "verga",
    ),
    "fr": (
        "branler", "connard", "connards", "connasse", "couille", "couilles",
        "enculé", "enculés", "enculer", "foutre", "merde", "merdes", "nique", "niquer", "niqué", "pétasse", "putain",
        "putains", "pute", "putes", "salope", "salopes",
    ),
    "it": (
        "cazzi", "cazzo", "coglione", "coglioni", "fanculo", "figa", "fottere", "fottuta", "fottuto", "merda",
        "merde", "minchia", "puttana", "puttane", "scopare", "stronza", "stronzi", "stronzo",
        "vaffanculo", "zoccola",
    ),
    "pt": (
        "arrombado", "boceta", "buceta", "caralho", "caralhos", "foda", "fodas", "foder", "fodida",
        "fodido", "merda", "merdas", "piroca", "porra", "puta", "putaria", "putas", "viado", "xoxota",
    ),
    "sv": (
        "fitta", "fittor", "hora", "horor", "horunge", "horungar",
        "knulla", "knullar", "kuk", "kukar",
    ),
}  # fmt: skip
