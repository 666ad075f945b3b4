"""Closed lists of words that tell what a requirement is about, in English and Spanish.

Verbs are given by their stems: `truncat` stands for truncate, truncates, truncated.
"""

import re

_VERB_END = r"(?:e|s|es|ed|d|ies|ied|y|ing|[aáeéoió]\w{0,5}|[一-鿿]+)?"

# What a piece of code does to its result or to its state.
DOING = (
    r"includ|return|produc|generat|output|emit|yield|comput|calculat|convert|transform|translat|truncat|trim+|cut"
    r"|skip+|ignor|sort|group|preserv|keep|kept|retain|appl|replac|strip+|remov|escap|normali[sz]|encod|decod"
    r"|pars|merg|join|add|append|prepend|insert|map+|set|reset|stor|sav|persist|creat|updat|delet|send|sent"
    r"|notif|log+|record|call|invok|trigger|retr|default|round|count|cop|clon|mark|pad+|split|fill|print"
    r"|read|load|select|pick|choos|compar|resolv|handl|treat|us|hid|start|stop|resum|paus|clos|open|releas"
    r"|wait|process|execut|evaluat|expir|export|import|filter|find|assign|track|schedul|increment|decrement"
    r"|increas|decreas|multipl|sum|subtract|divid|format|mutat|modif|chang|alter|transition|fulfil+|hold"
    r"|forget|fall|cach|writ|written|collaps|captur|propagat|unwrap|revers|swap|copy|indent|detect"
    r"|support|suppl|cancel"
    r"|give|lists?|serv|warn|refund|charg|recalculat|restor|report|attach|order|receiv|answer|look|search|flush"
    r"|devuelv|devolv|retorn|gener|calcul|convert|cre|guard|envi|env[íi]a|actualiz|elimin|borr|a[ñn]ad|agreg"
    r"|orden|ignor|registr|notific|sum|rest|descont|descuent|aplic|redonde|sustitu|mantien|conserv|indic"
    r"|返回"
)
# What tells good data from bad.
TELLING = (
    r"verif|validat|check|flag|ensur|enforc|limit|restrict|accept|allow|permit|prevent|block|disallow|forbid"
    r"|requir|contain|consist|compris|confirm|match|begin|end|hav|has|conform|compl|satisf|exceed|equal|hash"
    r"|encrypt|salt|nam|preced|follow|surround|appear|occur|tak|differ|refer|belong|fit|lie|span|compos|separat"
    r"|terminat|delimit|enclos|wrap+|quot|duplicat|repeat|reserv|defin|specif|express|represent|declar|identif"
    r"|valid|verific|compr[uo][eb]|acept|permit|conten|contien|tien|ten|cumpl|super|exced|empez|termin|imped|evit"
)
# What data must look like, where the subject is data.
FORMING = (
    r"includ|contain|start|begin|end|use|tak|hold|follow|hav|has|writ|written|given|taken|add|append"
    r"|denot|encod|express|represent|separat"
    r"|surround|plac|us|giv|omit+|repeat|nest|combin|indent|align|list|appear|occur|exist|depend|form"
    r"|referenc|refer|point|link|incluir|usar"
)
REFUSING = r"rais|throw|thrown|reject|refus|fail|abort|error|lanz|arroj|rechaz|falla"
SHOWING = (
    r"show|shown|display|highlight|render|animat|scroll|hover|navigat|click|tap+|swip|blink|fad|toggl|expand"
    r"|muestr|mostr|visualiz|verse|resalt|pint"
)
ANSWERING = r"respond|repl|answer|redirect|responder"
# What people do with a project. No program can be watched doing it.
WORKING = (
    r"document|review|announc|prefer|consider|discuss|coordinat|communicat|regard|describ|refactor|deprecat"
    r"|avoid|plan+|understand|encourag|advis|agre|train|adopt|decid|ship+|migrat|educat|consult|inform|mention"
    r"|maintain|publish|clarif|explain|justif|revis|preferi|prefier|consid[ei]r|seguir|comunic"
)


def stems(words: str) -> re.Pattern[str]:
    return re.compile(rf"(?:{words}){_VERB_END}", re.IGNORECASE)


_THIRD_PERSON = rf"(?:{DOING}|{TELLING}|{REFUSING}|{SHOWING}|{ANSWERING})(?:s|es|ies)"
_PLURALS = (  # nouns that look like verbs
    r"(?:names|formats|orders|lists|records|results|outputs|logs|calls|sets|tests|updates|errors"
    r"|limits|checks|marks"
    r"|filters|counts|reports|searches|exports|imports|copies|matches|answers|inputs|requires?ments"
    r"|ends|times|values"
    r"|cases|ms|us|has|starts|reads|writes|loads|processes|groups|maps|pads|changes|releases|stores|uses|requests)"
)
_SPANISH_VERBS = (
    r"devuelven?|retornan?|generan?|calculan?|guardan?|env[íi]an?|crean?|actualizan?|eliminan?|a[ñn]aden?|agregan?"
    r"|ordenan?|ignoran?|lanzan?|rechazan?|muestran?|validan?|verifican?|aceptan?|permiten?"
    r"|contienen?|tienen?|responden?"
)
_BASE_FORMS = (  # of plural subjects; only verbs that are hardly ever nouns
    r"accept|return|reject|raise|throw|contain|allow|handle|produce|ignore|appear|become|remain|keep|send|receive"
)
FINITE_VERB = re.compile(
    rf"\b(?!{_PLURALS}\b)(?:{_THIRD_PERSON}|sends|has|holds|{_SPANISH_VERBS}|{_BASE_FORMS}"
    r"|is|are|isn['’]t|aren['’]t|es|son|est[áa]n?)\b"
    rf"|\A\s*(?!support\s+for\b)(?:{DOING}|{TELLING}|{REFUSING}|{SHOWING})(?:e|y|ar|er|ir|r)?\b"
    rf"|(?<=X\s)(?:{_THIRD_PERSON})\b",
    re.IGNORECASE,
)

PEOPLE = (
    r"(?:developers?|teams?|maintainers?|reviewers?|authors?|you|we|engineers?|contributors?|vendors?"
    r"|everyone|people"
    r"|programmers?|stakeholders?|designers?|testers?|owners?|leads?|organi[sz]ations?|colleagues?"
    r"|equipos?|desarrollador[ae]?s?|autor(?:es)?|mantenedores?|nosotros|companies|staff|deployments?|releases)"
)
# Things that people make and judge, as opposed to what a program takes and gives. "Code" is one of
# them unless a noun stands before it: a country code and a discount code are data.
WORKPIECES = (
    r"(?:(?<!\w )(?:(?:source|production|generated|backend|frontend|application|new|clean"
    r"|test)\s+)?code(?:\s+(?:base|quality|style))?"
    r"|(?<=the )code|(?<=all )code|codebase|architecture|design|documentation|docs|readme|changelog"
    r"|code\s+comments|commits?"
    r"|pull\s+requests?|branches|(?:unit\s+|integration\s+)?tests|unit\s+test\s+coverage"
    r"|test\s+coverage|specification|wording"
    r"|naming|public\s+api|abstractions?|feature\s+(?:flags?|switches)|error\s+handling"
    r"|c[óo]digo(?!\s+(?:postal|de|del|promocional|[úu]nico|http|qr))|documentaci[óo]n|arquitectura"
    r"|pruebas|dise[ñn]o)"
)
# Beside these, what a bare order is about: "MUST keep functions short".
OBJECTS_OF_WORK = (
    rf"(?:{WORKPIECES}|functions|modules|classes|flags|bridges|libraries|comments|(?:global"
    rf"|shared)\s+state|dependencies|secrets)"
)
# Events in the life of a project; a sentence about them orders work.
PROJECT_LIFE = (
    r"(?:bug\s*fix(?:es)?|(?:breaking|incompatible)\s+changes?|backwards?[ -]compatib\w+|(?:has"
    r"|have)\s+been\s+released"
    r"|(?:for|before|after|until|with)\s+(?:a|an|the|one|each|every|the\s+next|its)\s+(?:major\s+"
    r"|minor\s+)?(?:release|launch|deployment)s?"
    r"|passing\s+builds?|pull\s+requests?|code\s+reviews?|continuous\s+integration|stabili[sz]ation"
    r"|roll-?back\s+(?:steps|plans?)"
    r"|public\s+api|patch\s+level|committed\s+to|registered\s+with|working\s+group"
    r"|versions\s+of\s+this\s+(?:document|specification)"
    r"|deprecat\w+|sprints?|compatibility\s+shims?|technical\s+debt|code\s+style|(?:coding|naming)\s+(?:standards?|conventions?|guidelines?)|style\s+guide|code\s+style"
    r"|(?:coding|naming)\s+(?:standards?|conventions?|guidelines?))"
)
IMPLEMENTERS = (  # those whom a permission leaves free
    r"(?:implementations?|implementers?|(?:[\w-]*\s)?(?:servers?|clients?|parsers?|readers?|serializers?|renderers?|formatters?|encoders?"
    r"|decoders?|writers?|generators?"
    r"|consumers?|producers?|receivers?|senders?|validators?|compilers?|interpreters?|browsers?"
    r"|prox(?:y|ies)|gateways?"
    r"|processors?|agents?|recipients?|caches?|intermediar(?:y|ies)|vendors?|systems?|services?"
    r"|applications?|apps?|tools?"
    r"|librar(?:y|ies)|software|providers?|platforms?|engines?|endpoints?|runtimes?|environments?|deployments?|api)"
    r"|sistema|servidor|servicio|aplicaci[óo]n)"
)
