"""The signs by which the kind of a requirement is told: figures, codes, names, set phrases."""

import re

from apps.acceptance.core import lexicon


def _p(pattern: str, flags: int = re.IGNORECASE) -> re.Pattern[str]:
    return re.compile(pattern, flags)


UNIT = (
    r"(?:ms|msec|milli-?seconds?|milisegundos?|µs|us|microseconds?|s|secs?|seconds?|segundos?"
    r"|min|minutes?|minutos?)"
)
TIMER = _p(
    r"\b(?:expir\w*|time[ -]?outs?|ttl|valid\s+for|wait\w*|dela(?:y|ys|yed)|every|lasts?|older"
    r"|retr(?:y|ies)|caduc\w*"
    r"|sleep\w*|refresh\w*|lock\w*|poll\w*|after\s+\d)\b"
)
DURATION = _p(
    rf"(?:<|≤|<=|\bunder|\bbelow|\bwithin|\bin|\bless\s+than|\bfewer\s+than|\bno\s+more\s+than"
    rf"|\bat\s+most|\bthan|\bup\s+to"
    rf"|\bexceed|\bmenos\s+de|\bm[áa]ximo|\bmax(?:imum)?(?:\s+of)?|\ben)\s*~?\d[\d.,]*\s*{UNIT}\b"
)
SPEED = _p(
    r"\b(?:latenc(?:y|ies|ia)|throughput|response\s+times?|load(?:ing)?\s+times?|run\s*times?\s+of|start-?up\s+time"
    r"|p9[059]|requests?\s+(?:per|a)\s+second|(?:rps|qps|tps)|concurrent\s+(?:users|requests|connections|sessions)"
    r"|memory\s+(?:usage|use|consumption|footprint)|cpu\s+(?:usage|use|load)|tiempos?\s+de\s+(?:respuesta|carga)"
    r"|usuarios\s+concurrentes|lighthouse|first\s+contentful|performance|rendimiento|O\([^)]*\)|bundle\s+size)"
)
FAST = _p(
    r"\b(?:be|is|are|es|ser|son)\s+(?:very\s+|muy\s+)?(?:fast|quick|slow|performant|snappy"
    r"|r[áa]pid[oa]s?|lent[oa]s?)\b|\bquickly\b"
)
RATE_LIMIT = _p(
    r"\b(?:rate[ -]limit\w*|(?:requests|calls|peticiones)\s+(?:per|a|por)\s+(?:minute|hour|day|minuto|hora))\b"
)

ERROR_NAME = _p(r"\b(?:[A-Z]\w*(?:Error|Exception)|KeyboardInterrupt|StopIteration)\b", 0)
RAISE = _p(r"\b(?:rais|throw|thrown|lanz|arroj)\w*\b")
NO_RAISE = _p(
    r"\b(?:not|never|without|no|nunca|sin)\s+(?:\w+ly\s+|(?:ever\s+)|debe\s+|se\s+)?(?:rais|throw"
    r"|lanz|fail|crash|arroj)\w*"
)
REFUSAL_OF_BOUNDS = _p(
    r"\b(?:reject\w*|refus\w*|rechaz\w*)\b.*(?:\b(?:below|above|under|over|outside|less|greater|more"
    r"|shorter|longer|smaller"
    r"|larger|menor\w*|mayor\w*|between|exceed\w*|inferior\w*|superior\w*)\b[^.;]*?\d|negativ\w+|[<>≤≥])"
)
IS_ERROR = _p(
    r"\b(?:is|are)\s+(?:\w+ly\s+)?(?:an?\s+(?:\w+\s+)?error|errors|illegal)\b|\b(?:reported|treated"
    r"|regarded|signal+ed)\s+as\s+(?:an?\s+)?errors?\b"
    r"|\ban?\s+error\s+(?:must|shall|should|is|has\s+to)\b|\b(?:report|signal|produce|cause"
    r"|return)\w*\s+an?\s+(?:\w+\s+)?error\b"
    r"|\bcause\w*\b.{1,40}\bto\s+fail\b|\bes\s+un\s+error\b|\bby\s+(?:raising|throwing)\b"
    r"|\b(?:exception|excepci[óo]n)\b"
)
IS_INVALID = _p(
    r"\b(?:is|are|be|es|son)\s+(?:considered\s+)?(?:not?\s+valid|invalid|inv[áa]lid[oa]s?)\b"
)

STATUS = r"(?:100|101|20[0-8]|226|30[0-8]|40\d|41[0-8]|42[1-689]|431|451|50[0-8]|51[01])"
CALL = _p(r"\s*`[\w.$]+\(")  # a call that returns 200 answers nobody
STATUS_ALONE = _p(rf"(?<![\w.]){STATUS}(?![\w.%])")
ANSWERS_STATUS = _p(
    r"(?:\b(?:status(?:es)?(?:\s+code)?s?|codes?|http|errors?|respond(?:s|ed|er)?|answer(?:s|ed)?"
    r"|repl(?:y|ies)|returns?|returned"
    r"|responses?(?:\s+(?:is|are))?|(?:answer|code|status)\s+is|c[óo]digo|estado|devuelv[ea]|retorn[ae]|responde|receives?|gets?"
    r"|recibe)|→|->|=>)"
    rf"\s*[:=]?\s*(?:(?:an?|with|un|con|the|status|code|http|el|c[óo]digo|error|by)\s+){{0,3}}[`\"'(]*{STATUS}\b"
    r"(?!\s*(?:%|ms\b|s\b|px|characters|chars|items|rows|bytes|kb|mb|entries|elements|digits|words"
    r"|lines|times|records"
    r"|files|users|values|caracteres|seconds|points|days|years|in\s+|\.\d))"
)
HTTP_WORDS = _p(
    rf"\b{STATUS}\s+(?:responses?|answers?)\b|(?<![\w/.])/(?:api|v\d)\b|"
    r"\bhttps?\b(?!://)|\bstatus\s+codes?\b|\bendpoints?\b|\b(?:GET|POST|PUT|PATCH|DELETE|HEAD"
    r"|OPTIONS)\s+(?:`?/|requests?\b)"
    r"|\b(?:GET|POST|PUT|PATCH|DELETE)\s+[`/]|\b(?:(?-i:REST)|CORS|CSRF|OpenAPI|Swagger|GraphQL)\b"
    r"|\bAPI\s+(?:docs|documentation|keys?"
    r"|responses?|routes?|calls?|clients?|errors?)\b|\b(?:request|response)\s+(?:body|bodies|headers?"
    r"|documents?)\b|\bcookies?\b|\bheader\s+fields?\b|(?-i:\b[A-Z][a-z]+(?:-[A-Z][a-z]+)+\s+header)"
    r"|\b(?:`?content-type`?|`?accept`?\s+header|`?location`?\s+header|`?authorization`?\s+header"
    r"|etag)|\bmedia\s+types?\b"
    r"|\bquery\s+parameters?\b|\b(?:error|http|server|api)\s+responses?\b|\b(?:JWT|OAuth2?"
    r"|bearer\s+tokens?)\b|\bcabeceras?\b|\bpeticiones\b"
)
REQUESTS = _p(
    r"(?<!pull )\brequests?\b|\b(?:the|a|any|every|each)\s+response\b|\bresponses\b|\brespuesta\s+http\b"
)
LEAK = _p(
    r"\b(?:expos|reveal|leak|disclos|return|show|includ)\w*\b.*\b(?:sensitive|internal"
    r"|error\s+messages?|stack\s+traces?|secrets?)\b"
)
HTTP_PARTY = _p(
    r"\b(?:servers?|clients?|endpoints?|user\s+agents?|proxy|proxies|gateways?|intermediar(?:y|ies)"
    r"|origin|servidor(?:es)?|health\s*check"
    r"|readiness\s+probe|webhooks?)\b"
)

SCREEN = _p(
    r"\b(?:buttons?|screens?|tooltips?|modals?|dialogs?|icons?|hover\w*|click\w*|taps?|swipes?"
    r"|one\s+tap|drag\w*|drop-?downs?"
    r"|menus?|sidebars?|banners?|layouts?|themes?|dark\s+mode|light\s+mode|fonts?|contrast|responsive"
    r"|mobile[ -](?:first|friendly|view)"
    r"|keyboard|screen\s*readers?|alt\s+text|aria|wcag|accessib\w+|animations?|viewport|breakpoints?"
    r"|user\s+interface|ui|ux|gui"
    r"|widgets?|charts?|user[ -]friendly|landing\s+page|hero|footer|navbar|checkboxes|check\s*box"
    r"|in\s+(?:bold|red|green)|star|toasts?"
    r"|botones|bot[óo]n|pantallas?|interfaz|interfaces\s+de\s+usuario|men[úu]s?|p[áa]ginas?\s+web"
    r"|temas?|modo\s+oscuro|colores|colou?rs|clics?|navigation|sticky|carousel)\b"
    r"|\bvisible(?=\s+(?:on|in|at|to)\b|\W*\Z)"
)
PAGE = _p(r"(?:\b|_)(?:pages?|p[áa]ginas?|views?|dashboards?|dialogs?|grids?|screens?)\b")
LAW = _p(
    r"\bidempoten\w*|\binvers[eao]s?\b|\bround[ -]?trips?\b|\bcommutativ\w*|\bassociativ\w*|\bconmutativ\w*"
    r"|\b(\w+)\(\s*\w+\(\s*(\w)\s*\)\s*\)\W{0,3}\s*(?:must\s+|should\s+|shall\s+"
    r"|always\s+)*(?:be\s+)?(?:equals?(?:\s+to)?|gives?\s+back|is|returns?|==?|===|yields?)\s*\W?\2\b"
)
BOUND = _p(
    r"[<>≤≥]=?\s*-?\d|\b(?:between|entre)\b.*\b(?:and|y|to)\b|\b(?:at\s+(?:least|most)|no\s+(?:more"
    r"|less|fewer|longer)\s+than"
    r"|(?:more|less|fewer|greater|larger|smaller|longer|shorter|higher|lower)\s+than|minimum|maximum"
    r"|max\.?|min\.?|m[íi]nim[oa]|m[áa]xim[oa]"
    r"|mayor(?:es)?\s+(?:a|que|de)|menor(?:es)?\s+(?:a|que|de)|superior(?:es)?\s+a"
    r"|inferior(?:es)?\s+a|al\s+menos|como\s+m[áa]ximo"
    r"|exactly|exactamente|up\s+to|hasta)\b\s*(?:one|zero|\w+)?"
)
FORMAT = _p(
    r"\b(?:one\s+of|un[oa]\s+de|unique|[úu]nic[oa]s?|positive|negative|non-?negative|positiv[oa]s?"
    r"|negativ[oa]s?|non-?empty|valid|v[áa]lid[oa]s?"
    r"|format|formato|regex|pattern|alphanumeric|hexadecimal|digits?|d[íi]gitos?|case[ -]sensitive"
    r"|utf-8|ascii|iso\s?\d+|integer|entero"
    r"|required|requerid[oa]|obligatori[oa]|mandatory|optional|opcional|not\s+(?:allowed|permitted)"
    r"|forbidden|prohibited|circular|duplicates?)\b"
)
FIELD = _p(
    r"\A[\w /().-]{1,40}:\s*(?:[\w /()-]{1,30},\s*){0,3}(?:required|optional|mandatory|requerid[oa]"
    r"|obligatori[oa]|opcional)\b"
)
ER_NOUNS = (  # nouns of data that end like those of actors
    r"(?:Number|Identifier|Order|Customer|Header|User|Letter|Character|Member|Parameter|Buffer|Folder|Pointer|Error"
    r"|Author|Vector|Operator|Separator|Marker|Layer|Integer|Offer|Paper|Color|Factor|Power|Answer|Owner|Cursor)"
)
ACTOR = _p(
    rf"\A\W*(?:the\s+)?X{{3,}}\W*\Z|\b(?:system|service|function|method|module|class|component"
    rf"|{lexicon.IMPLEMENTERS}|\w+_\w+)\b|(?-i:\b(?!{ER_NOUNS}s?\b)[A-Z][a-z]+(?:er|or)s?)\b"
)
STRUCTURE = _p(
    r"\b(?:system|project|code\s*base|codebase|repository|repo|package|solution"
    r"|proyecto)\b.*\|\s*(?:contain|have|has|consist|be)\b"
    r".*\d+\W+(?:\w+\s+){0,2}?(?:files?|modules?|lines|classes|packages|dependencies)\b"
    r"|\b(?:system|project|package|proyecto)\b.*\|.*\b(?:README|documentation|director(?:y|ies)"
    r"|folder\s+structure|source\s+files"
    r"|obsolete\s+files|duplicate\s+files|dead\s+code|test\s+files|root\s+folder)\b"
)
PROJECT_USE = _p(
    r"(?:\A\W*|\b(?:system|backend|frontend|project|code|apps?|application|service|sistema|functions?"
    r"|methods?)\b[^|]*)\|\s*"
    r"(?:use|be\s+(?:written\s+in|built\s+(?:with|on)|implemented\s+(?:in|with))"
    r"|usar)\s+(?:the\s+)?(?!X?(?:UTF|ISO|ASCII))(?:X{3,}|[A-Z][\w.+#]+)",
    0,
)
STATIC_USE = _p(r"使用\s*X{2,}")
PURE = _p(
    r"\bpure\s+function\b|\b(?:not|never|no)\s+(?:debe\s+)?(?:modif|mutat|chang|alter)\w*\s+(?:its"
    r"|the|any|la|el|su)\b|\bside\s+effects?\b"
)
STORY = _p(r"\W*(?:given|dad[oa]s?)\b.*\b(?:when|cuando)\b")
REASON_PHRASE = _p(
    rf"\b{STATUS}[`\"']?\s+(?:ok|created|accepted|no\s+content|bad\s+request|unauthori[sz]ed"
    rf"|forbidden|not\s+found|conflict"
    r"|gone|unprocessable|too\s+many|internal|not\s+implemented|bad\s+gateway|service\s+unavailable"
    r"|moved|see\s+other)\b"
)
VERDICT = _p(
    r":\s*(?:rechazad[oa]s?|aceptad[oa]s?|rejected|accepted|refused|invalid|inv[áa]lid[oa]s?)\b"
)
GATE = _p(
    r"\b(?:gates?|guard\w*|caps?|limits?|quotas?)\b[^|]*\|\s*(?:stop|block|paus|prevent|refus|clos)\w*"
)
PROHIBITION = _p(
    r"\A\W*only\s+(?:\w+\s+){1,3}(?:can|may)\b|\bs[oó]lo\s+se\s+pueden?\b|\bno\s+se\s+(?:puede|permite)n?\b|\bcannot\s+be\b|\b(?:is"
    r"|are)\s+not\s+(?:allowed|permitted)\b"
)
HEADING_RULE = _p(
    r"\A[^(]*[<>≤≥]=?\s*-?\d|:\s*\d+\s*[-–]\s*\d+\b|\A[^(]*\b(?:min\.?|max\.?|minimum|maximum|m[íi]nim[oa]|m[áa]xim[oa]"
    r"|at\s+least|at\s+most|between|unique|[úu]nic[oa]|\d+\s*[-–]\s*\d+\s+char\w*)(?:\b|\s)"
)

TOPIC_UI = _p(
    r"\b(?:wcag|accessib\w+|accesibilidad|ui|ux|user\s+interface|interfaz|layout|responsive)\b"
)
TOPIC_PERFORMANCE = _p(r"\b(?:performance|rendimiento|latency|speed)\b")
TOPIC_HTTP = _p(r"\b(?:endpoints?|rest\s+api|http)\b")
TOPIC_VALIDATES = _p(r"\b(?:validations?|validaci[óo]n(?:es)?|input\s+rules)\b")
API_ANSWERS = _p(
    r"\b(?-i:API)\s*\|\s*(?:return|respond|answer|repl|expos|pagina|support|reject|accept|serv|allow)\w*"
)
