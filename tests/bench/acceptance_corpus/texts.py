"""Functions of texts."""

from tests.bench.acceptance_corpus.case import Case, case, integer, text, word

CASES: tuple[Case, ...] = (
    case(
        "slugify(text: str) -> str",
        """
        `slugify("Hello, World!")` returns `"hello-world"`. `slugify("  A  B ")` returns `"a-b"`.

        `slugify("x2 -- y3")` must return `"x2-y3"`, and `slugify("")` must return `""`.

        `slugify` must be idempotent.

        `slugify(None)` raises `TypeError`.
        """,
        right=(
            """
            import re

            def slugify(text):
                if not isinstance(text, str):
                    raise TypeError("text must be a string")
                return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")
            """,
            """
            def slugify(text: str) -> str:
                if type(text) is not str:
                    raise TypeError(text)
                parts, current = [], ""
                for char in text.lower():
                    if char in "abcdefghijklmnopqrstuvwxyz0123456789":
                        current += char
                    elif current:
                        parts.append(current)
                        current = ""
                if current:
                    parts.append(current)
                return "-".join(parts)
            """,
        ),
        wrong=(
            "def slugify(text):\n    return text.lower().replace(' ', '-')",
            "import re\n\ndef slugify(text):\n    return re.sub('[^a-zA-Z0-9]+', '-', text).strip('-')",
        ),
        draw=lambda rng: (text(rng),),
    ),
    case(
        "title_case(text: str) -> str",
        """
        `title_case("the quick fox")` returns `"The Quick Fox"`.

        `title_case("hELLO wORLD")` returns `"Hello World"`, and `title_case("it's ok")` returns `"It's Ok"`.

        Given `""`, `title_case` returns `""`.
        """,
        right=(
            """
            def title_case(text):
                return " ".join(word[:1].upper() + word[1:].lower() for word in text.split(" "))
            """,
            """
            def title_case(text):
                out = []
                start = True
                for char in text:
                    out.append(char.upper() if start else char.lower())
                    start = char == " "
                return "".join(out)
            """,
        ),
        wrong=(
            "def title_case(text):\n    return text.title()",
            "def title_case(text):\n    return text.capitalize()",
        ),
        draw=lambda rng: (text(rng, "abcAB  '"),),
    ),
    case(
        "is_palindrome(text: str) -> bool",
        """
        `is_palindrome("A man, a plan, a canal: Panama")` returns `True`.

        `is_palindrome("hello")` returns `False` and `is_palindrome("ab a")` returns `True`.

        `is_palindrome("1a2")` must return `False`. `is_palindrome("")` must return `True`.
        """,
        right=(
            """
            def is_palindrome(text):
                kept = [char.lower() for char in text if char.isalnum()]
                return kept == kept[::-1]
            """,
            """
            def is_palindrome(text):
                low, high = 0, len(text) - 1
                while low < high:
                    if not text[low].isalnum():
                        low += 1
                    elif not text[high].isalnum():
                        high -= 1
                    elif text[low].lower() != text[high].lower():
                        return False
                    else:
                        low, high = low + 1, high - 1
                return True
            """,
        ),
        wrong=(
            "def is_palindrome(text):\n    return text == text[::-1]",
            "def is_palindrome(text):\n    return text[:1].lower() == text[-1:].lower()",
        ),
        draw=lambda rng: (text(rng, "abA, "),),
    ),
    case(
        "caesar(text: str, shift: int) -> str",
        """
        `caesar("abc", 1)` returns `"bcd"`; `caesar("xyz", 3)` returns `"abc"`.

        `caesar("Hello, World!", 13)` returns `"Uryyb, Jbeyq!"`.

        A negative shift goes back: `caesar("Bcd A", -1)` returns `"Abc Z"`.
        """,
        right=(
            """
            def caesar(text, shift):
                out = []
                for char in text:
                    if "a" <= char <= "z":
                        out.append(chr((ord(char) - 97 + shift) % 26 + 97))
                    elif "A" <= char <= "Z":
                        out.append(chr((ord(char) - 65 + shift) % 26 + 65))
                    else:
                        out.append(char)
                return "".join(out)
            """,
            """
            import string

            def caesar(text, shift):
                by = shift % 26
                low, up = string.ascii_lowercase, string.ascii_uppercase
                return text.translate(str.maketrans(low + up, low[by:] + low[:by] + up[by:] + up[:by]))
            """,
        ),
        wrong=(
            "def caesar(text, shift):\n    return ''.join(chr(ord(c) + shift) if c.isalpha() else c for c in text)",
        ),
        draw=lambda rng: (text(rng, "abcxyzABCXYZ ,!"), integer(rng, -30, 30)),
    ),
    case(
        "run_length(text: str) -> str",
        """
        `run_length("aaabcc")` returns `"3a1b2c"`.

        `run_length("")` returns `""`, and `run_length("zz")` returns `"2z"`.
        """,
        right=(
            """
            from itertools import groupby

            def run_length(text):
                return "".join(f"{len(list(group))}{char}" for char, group in groupby(text))
            """,
            """
            def run_length(text):
                if not text:
                    return ""
                out, count = "", 1
                for before, char in zip(text, text[1:]):
                    if before == char:
                        count += 1
                    else:
                        out += str(count) + before
                        count = 1
                return out + str(count) + text[-1]
            """,
        ),
        wrong=(
            "def run_length(text):\n    return ''.join(f'{text.count(c)}{c}' for c in sorted(set(text)))",
        ),
        draw=lambda rng: (text(rng, "aab"),),
    ),
    case(
        "run_length_decode(text: str) -> str",
        """
        `run_length_decode("3a1b2c")` returns `"aaabcc"`.

        `run_length_decode("12x")` returns `"xxxxxxxxxxxx"`; `run_length_decode("")` returns `""`.
        """,
        right=(
            """
            import re

            def run_length_decode(text):
                return "".join(char * int(count) for count, char in re.findall(r"(\\d+)(\\D)", text))
            """,
            """
            def run_length_decode(text):
                out, digits = [], ""
                for char in text:
                    if char.isdigit():
                        digits += char
                    else:
                        out.append(char * int(digits))
                        digits = ""
                return "".join(out)
            """,
        ),
        wrong=(
            "def run_length_decode(text):\n"
            "    return ''.join(text[i + 1] * int(text[i]) for i in range(0, len(text), 2))",
        ),
        draw=lambda rng: (
            "".join(f"{rng.randint(1, 14)}{rng.choice('abc')}" for _ in range(rng.randint(0, 4))),
        ),
    ),
    case(
        "count_vowels(text: str) -> int",
        """
        `count_vowels("education")` returns 5. `count_vowels("AEI rhythm")` returns 3.

        `count_vowels("")` and `count_vowels("xyz")` return 0.
        """,
        right=(
            "def count_vowels(text):\n    return sum(char in 'aeiou' for char in text.lower())",
            """
            def count_vowels(text):
                total = 0
                for char in text:
                    if char in set("aeiouAEIOU"):
                        total += 1
                return total
            """,
        ),
        wrong=(
            "def count_vowels(text):\n    return sum(text.count(v) for v in 'aeiou')",
            "def count_vowels(text):\n    return len(set(text.lower()) & set('aeiou'))",
        ),
        draw=lambda rng: (text(rng, "aeiouAEIOUxyz "),),
    ),
    case(
        "word_count(text: str) -> dict[str, int]",
        """
        `word_count("the cat the dog")` returns `{"the": 2, "cat": 1, "dog": 1}`.

        `word_count("A a")` returns `{"a": 2}`.

        For an empty text `word_count("")` returns `{}`.
        """,
        right=(
            """
            from collections import Counter

            def word_count(text):
                return dict(Counter(text.lower().split()))
            """,
            """
            def word_count(text):
                counts = {}
                for word in text.split():
                    key = word.lower()
                    counts[key] = counts.get(key, 0) + 1
                return counts
            """,
        ),
        wrong=(
            "def word_count(text):\n    return {w: text.count(w) for w in text.split()}",
            "def word_count(text):\n    return {w.lower(): 1 for w in text.split()}",
        ),
        draw=lambda rng: (text(rng, "abA  "),),
    ),
    case(
        "truncate(text: str, limit: int) -> str",
        """
        `truncate("Hello World", 8)` returns `"Hello..."`, and `truncate("Hello", 5)` returns `"Hello"`.

        `truncate("Hello", 4)` must return `"H..."`.

        `truncate("abc", 2)` must raise `ValueError`.
        """,
        right=(
            """
            def truncate(text, limit):
                if limit < 3:
                    raise ValueError("too short")
                if len(text) <= limit:
                    return text
                return text[: limit - 3] + "..."
            """,
            """
            def truncate(text, limit):
                if limit <= 2:
                    raise ValueError(limit)
                return text if len(text) <= limit else f"{text[:limit - 3]}..."
            """,
        ),
        wrong=("def truncate(text, limit):\n    return text[:limit] + '...'",),
        draw=lambda rng: (text(rng), integer(rng, 0, 15)),
    ),
    case(
        "initials(name: str) -> str",
        """
        `initials("ada lovelace")` returns `"A.L."`.

        `initials("John Ronald Reuel Tolkien")` devuelve `"J.R.R.T."`.

        `initials("")` returns `""`.
        """,
        right=(
            "def initials(name):\n    return ''.join(f'{part[0].upper()}.' for part in name.split())",
            """
            def initials(name):
                result = ""
                for part in name.split():
                    result += part[0].upper() + "."
                return result
            """,
        ),
        wrong=("def initials(name):\n    return ''.join(c + '.' for c in name if c.isupper())",),
        draw=lambda rng: (text(rng, "abAB  "),),
    ),
    case(
        "camel_to_snake(name: str) -> str",
        """
        `camel_to_snake` must return these results:
          | name | result |
          |------|--------|
          | "camelCase" | "camel_case" |
          | "PascalCaseName" | "pascal_case_name" |
          | "simple" | "simple" |

        `camel_to_snake` returns a string in lower case.
        """,
        right=(
            """
            import re

            def camel_to_snake(name):
                return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()
            """,
            """
            def camel_to_snake(name):
                out = ""
                for place, char in enumerate(name):
                    if char.isupper() and place:
                        out += "_"
                    out += char.lower()
                return out
            """,
        ),
        wrong=(
            "def camel_to_snake(name):\n    return name.lower()",
            "def camel_to_snake(name):\n    return ''.join('_' + c.lower() if c.isupper() else c for c in name)",
        ),
        draw=lambda rng: (word(rng, "abcABC"),),
    ),
    case(
        "snake_to_camel(name: str) -> str",
        """
        `snake_to_camel("snake_case")` returns `"snakeCase"`; `snake_to_camel("a_b_c")` returns `"aBC"`.

        `snake_to_camel("word")` returns `"word"`.
        """,
        right=(
            """
            def snake_to_camel(name):
                head, *rest = name.split("_")
                return head + "".join(part[:1].upper() + part[1:] for part in rest)
            """,
            """
            import re

            def snake_to_camel(name):
                return re.sub("_(.?)", lambda match: match[1].upper(), name)
            """,
        ),
        wrong=("def snake_to_camel(name):\n    return name.title().replace('_', '')",),
        draw=lambda rng: ("_".join(word(rng, "abc") for _ in range(rng.randint(1, 3))),),
    ),
    case(
        "are_anagrams(one: str, two: str) -> bool",
        """
        `are_anagrams("Listen", "Silent")` returns `True`.

        `are_anagrams("apple", "pale")` returns `False`. `are_anagrams("aab", "abb")` returns `False`.

        Spaces do not count: `are_anagrams("dormitory", "dirty room")` returns `True`.
        """,
        right=(
            """
            def are_anagrams(one, two):
                def key(text):
                    return sorted(text.lower().replace(" ", ""))
                return key(one) == key(two)
            """,
            """
            from collections import Counter

            def are_anagrams(one, two):
                return Counter(one.lower().replace(" ", "")) == Counter(two.lower().replace(" ", ""))
            """,
        ),
        wrong=(
            "def are_anagrams(one, two):\n    return set(one.lower()) == set(two.lower())",
            "def are_anagrams(one, two):\n    return sorted(one) == sorted(two)",
        ),
        draw=lambda rng: (text(rng, "abA "), text(rng, "abA ")),
    ),
    case(
        "reverse_words(sentence: str) -> str",
        """
        `reverse_words("one two three")` returns `"three two one"`.

        `reverse_words("  hi  there ")` returns `"there hi"`.
        """,
        right=(
            "def reverse_words(sentence):\n    return ' '.join(reversed(sentence.split()))",
            """
            def reverse_words(sentence):
                result = []
                for word in sentence.split():
                    result.insert(0, word)
                return " ".join(result)
            """,
        ),
        wrong=("def reverse_words(sentence):\n    return sentence[::-1]",),
        draw=lambda rng: (text(rng, "ab  c"),),
    ),
    case(
        "mask_card(number: str) -> str",
        """
        `mask_card("4111111111111234")` returns `"************1234"`, and `mask_card("12345")` returns `"*2345"`.

        `mask_card` rejects texts shorter than 4 characters with `ValueError`.
        """,
        right=(
            """
            def mask_card(number):
                if len(number) < 4:
                    raise ValueError("too short")
                return "*" * (len(number) - 4) + number[-4:]
            """,
            """
            def mask_card(number):
                if len(number) <= 3:
                    raise ValueError
                return number[-4:].rjust(len(number), "*")
            """,
        ),
        wrong=("def mask_card(number):\n    return '************' + number[-4:]",),
        draw=lambda rng: ("".join(rng.choice("0123456789") for _ in range(rng.randint(0, 16))),),
    ),
    case(
        "expand_tabs(line: str, width: int) -> str",
        """
        `expand_tabs("\\tx", 4)` returns `"    x"`. `expand_tabs("ab\\tc", 4)` returns `"ab  c"`.

        `expand_tabs("abc", 8)` returns `"abc"`. `expand_tabs("abcd\\te", 2)` returns `"abcd  e"`.
        """,
        right=(
            "def expand_tabs(line, width):\n    return line.expandtabs(width)",
            """
            def expand_tabs(line, width):
                out = ""
                for char in line:
                    if char == "\\t":
                        out += " " * (width - len(out) % width)
                    else:
                        out += char
                return out
            """,
        ),
        wrong=("def expand_tabs(line, width):\n    return line.replace('\\t', ' ' * width)",),
        draw=lambda rng: (text(rng, "ab\t"), integer(rng, 1, 6)),
    ),
    case(
        "parse_query(query: str) -> dict[str, str]",
        """
        `parse_query("a=1&b=two")` returns `{"a": "1", "b": "two"}`.

        `parse_query("flag")` returns `{"flag": ""}` and `parse_query("")` returns `{}`.

        The last one wins: `parse_query("x=1&x=2")` returns `{"x": "2"}`. `parse_query("e=a=b")` returns `{"e": "a=b"}`.
        """,
        right=(
            """
            def parse_query(query):
                found = {}
                for part in query.split("&"):
                    if part:
                        key, _, value = part.partition("=")
                        found[key] = value
                return found
            """,
            """
            def parse_query(query):
                pairs = [part.split("=", 1) for part in query.split("&") if part]
                return {pair[0]: pair[1] if len(pair) == 2 else "" for pair in pairs}
            """,
        ),
        wrong=(
            "def parse_query(query):\n    return dict(part.split('=') for part in query.split('&'))",
        ),
        draw=lambda rng: (text(rng, "ab=&"),),
    ),
    case(
        "hamming(one: str, two: str) -> int",
        """
        `hamming("karolin", "kathrin")` returns 3. `hamming("", "")` returns 0.

        `hamming("abcd", "abcd")` returns 0, and `hamming("10111", "01001")` returns 4.

        `hamming("ab", "abc")` must raise `ValueError`. `hamming("abc", "ab")` must raise `ValueError`.
        """,
        right=(
            """
            def hamming(one, two):
                if len(one) != len(two):
                    raise ValueError("lengths differ")
                return sum(a != b for a, b in zip(one, two))
            """,
            """
            def hamming(one, two):
                if len(one) != len(two):
                    raise ValueError
                count = 0
                for place in range(len(one)):
                    if one[place] != two[place]:
                        count += 1
                return count
            """,
        ),
        wrong=("def hamming(one, two):\n    return sum(a != b for a, b in zip(one, two))",),
        draw=lambda rng: (text(rng, "ab")[:3], text(rng, "ab")[:3]),
    ),
    case(
        "normalise_spaces(texto: str) -> str",
        """
        `normalise_spaces("  hola   mundo ")` devuelve `"hola mundo"`.

        `normalise_spaces` debe ser idempotente.

        `normalise_spaces(5)` debe lanzar `TypeError`.
        """,
        right=(
            """
            def normalise_spaces(texto):
                if not isinstance(texto, str):
                    raise TypeError("not a string")
                return " ".join(texto.split())
            """,
            """
            import re

            def normalise_spaces(texto):
                return re.sub(r"\\s+", " ", texto).strip()
            """,
        ),
        wrong=("def normalise_spaces(texto):\n    return texto.strip()",),
        draw=lambda rng: (text(rng),),
    ),
    case(
        "longest_word(text: str) -> str",
        """
        `longest_word("a quick fox")` returns `"quick"`. On a tie the first wins:
        `longest_word("one two")` returns `"one"`.

        `longest_word("")` returns `""`.
        """,
        right=(
            "def longest_word(text):\n    return max(text.split(), key=len, default='')",
            """
            def longest_word(text):
                best = ""
                for word in text.split():
                    if len(word) > len(best):
                        best = word
                return best
            """,
        ),
        wrong=("def longest_word(text):\n    return max(text.split() or [''])",),
        draw=lambda rng: (text(rng, "abc  "),),
    ),
)
