"""Functions that judge, and functions that refuse."""

from tests.bench.acceptance_corpus.case import Case, case, integer, text, word

CASES: tuple[Case, ...] = (
    case(
        "check_age(age: int) -> int",
        """
        `check_age` accepts ages between 0 and 150, and raises `ValueError` otherwise.

        `check_age(42)` returns 42. `check_age("x")` raises `TypeError`.
        """,
        right=(
            """
            def check_age(age):
                if not isinstance(age, int):
                    raise TypeError("age must be a whole number")
                if age < 0 or age > 150:
                    raise ValueError("age out of range")
                return age
            """,
            """
            def check_age(age):
                if type(age) != int:
                    raise TypeError(age)
                if age in range(0, 151):
                    return age
                raise ValueError(age)
            """,
        ),
        wrong=(
            "def check_age(age):\n    if not isinstance(age, int):\n        raise TypeError\n"
            "    if age <= 0 or age > 150:\n        raise ValueError\n    return age",
            "def check_age(age):\n    return int(age)",
        ),
        draw=lambda rng: (rng.choice([integer(rng, -3, 3), integer(rng, 147, 153), "x"]),),
    ),
    case(
        "is_valid_port(port: int) -> bool",
        """
        `is_valid_port` must return `True` for ports between 1 and 65535 and `False` otherwise.

        `is_valid_port(8080)` returns `True`; `is_valid_port(0)` returns `False`; `is_valid_port(65536)` returns
        `False`; `is_valid_port(1)` and `is_valid_port(65535)` return `True`.
        """,
        right=(
            "def is_valid_port(port):\n    return 1 <= port <= 65535",
            "def is_valid_port(port):\n    if port < 1:\n        return False\n    return port < 2 ** 16",
        ),
        wrong=(
            "def is_valid_port(port):\n    return 0 <= port <= 65535",
            "def is_valid_port(port):\n    return 1 <= port < 65535",
        ),
        draw=lambda rng: (rng.choice([integer(rng, -2, 4), integer(rng, 65530, 65540)]),),
    ),
    case(
        "is_hex_colour(text: str) -> bool",
        """
        `is_hex_colour("#ff00AA")` returns `True`, `is_hex_colour("#fff")` returns `True`.

        `is_hex_colour("ff00aa")` returns `False`, `is_hex_colour("#ggg")` returns `False`,
        `is_hex_colour("#ffff")` returns `False`, `is_hex_colour("#")` returns `False`.
        `is_hex_colour("#0099ff")` returns `True`. `is_hex_colour("")` returns `False`.
        `is_hex_colour("x#fff")` returns `False`. `is_hex_colour("#ffff00a")` returns `False`.
        """,
        right=(
            """
            import re

            def is_hex_colour(text):
                return re.fullmatch(r"#(?:[0-9a-fA-F]{3}){1,2}", text) is not None
            """,
            """
            def is_hex_colour(text):
                if text[:1] != "#" or len(text) not in (4, 7):
                    return False
                return all(char in "0123456789abcdef" for char in text[1:].lower())
            """,
        ),
        wrong=(
            "def is_hex_colour(text):\n    return text.startswith('#') and len(text) in (4, 7)",
        ),
        draw=lambda rng: (
            rng.choice(["#", "", "x#"])
            + "".join(rng.choice("0189afAFg") for _ in range(rng.choice([2, 3, 4, 6, 7]))),
        ),
    ),
    case(
        "is_email(address: str) -> bool",
        """
        `is_email` must return these results:
          | address | result |
          |---------|--------|
          | "ann@example.org" | True |
          | "ann.lee+x@mail.example.org" | True |
          | "ann@example" | False |
          | "@example.org" | False |
          | "ann@@example.org" | False |
          | "ann example.org" | False |
          | "a n@example.org" | False |
          | "ann@.org" | False |
          | "ann@b." | False |
        """,
        right=(
            """
            import re

            def is_email(address):
                return bool(re.fullmatch(r"[^@\\s]+@[^@\\s.]+(\\.[^@\\s.]+)+", address))
            """,
            """
            def is_email(address):
                if any(char.isspace() for char in address) or address.count("@") != 1:
                    return False
                name, _, host = address.partition("@")
                parts = host.split(".")
                return bool(name) and len(parts) > 1 and all(parts)
            """,
        ),
        wrong=(
            "def is_email(address):\n    return '@' in address and '.' in address",
            "def is_email(address):\n    name, _, host = address.partition('@')\n    return bool(name) and '.' in host",
        ),
        draw=lambda rng: (text(rng, "ab@@..x"),),
    ),
    case(
        "isbn10_valid(isbn: str) -> bool",
        """
        `isbn10_valid("0306406152")` returns `True` and `isbn10_valid("0306406153")` returns `False`.

        `isbn10_valid("080442957X")` returns `True`. `isbn10_valid("08044X9570")` returns `False`.
        `isbn10_valid("030640615")` returns `False`. `isbn10_valid("03064061524")` returns `False`.
        `isbn10_valid("1234567890")` returns `False`.
        """,
        right=(
            """
            import re

            def isbn10_valid(isbn):
                if not re.fullmatch(r"[0-9]{9}[0-9X]", isbn):
                    return False
                total = 0
                for weight, char in zip(range(10, 0, -1), isbn):
                    total += weight * (10 if char == "X" else int(char))
                return total % 11 == 0
            """,
            """
            def isbn10_valid(isbn):
                if len(isbn) != 10 or not isbn[:9].isdigit():
                    return False
                if isbn[9] != "X" and not isbn[9].isdigit():
                    return False
                last = 10 if isbn[9] == "X" else int(isbn[9])
                return (sum((i + 1) * int(c) for i, c in enumerate(isbn[:9])) + 10 * last) % 11 == 0
            """,
        ),
        wrong=("def isbn10_valid(isbn):\n    return len(isbn) == 10 and isbn[:9].isdigit()",),
        draw=lambda rng: (
            "".join(rng.choice("0123456789") for _ in range(9)) + rng.choice("0123456789X"),
        ),
    ),
    case(
        "password_ok(password: str) -> bool",
        """
        `password_ok("Passw0rdX")` returns `True`. `password_ok("short1A")` returns `False`.

        `password_ok("alllower1")` returns `False`; `password_ok("ALLUPPER1")` returns `False`;
        `password_ok("NoDigitsHere")` returns `False`. `password_ok("Abcdefg1")` returns `True`.
        """,
        right=(
            """
            def password_ok(password):
                return (
                    len(password) >= 8
                    and any(char.isdigit() for char in password)
                    and any(char.isupper() for char in password)
                    and any(char.islower() for char in password)
                )
            """,
            """
            import re

            def password_ok(password):
                rules = ("[0-9]", "[A-Z]", "[a-z]", ".{8}")
                return all(re.search(rule, password) for rule in rules)
            """,
        ),
        wrong=("def password_ok(password):\n    return len(password) > 8",),
        draw=lambda rng: ("".join(rng.choice("aA1") for _ in range(rng.randint(5, 11))),),
    ),
    case(
        "parse_bool(text: str) -> bool",
        """
        `parse_bool("yes")`, `parse_bool("TRUE")` and `parse_bool("1")` return `True`.

        `parse_bool("no")`, `parse_bool("False")` and `parse_bool("0")` return `False`.
        `parse_bool(" true ")` returns `True`. `parse_bool("false")` returns `False`. `parse_bool("true")` returns
        `True`.

        `parse_bool("maybe")` must raise `ValueError`.
        """,
        right=(
            """
            def parse_bool(text):
                word = text.strip().lower()
                if word in ("yes", "true", "1"):
                    return True
                if word in ("no", "false", "0"):
                    return False
                raise ValueError("neither true nor false")
            """,
            """
            WORDS = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}

            def parse_bool(text):
                try:
                    return WORDS[text.strip().lower()]
                except KeyError:
                    raise ValueError(text) from None
            """,
        ),
        wrong=("def parse_bool(text):\n    return text.strip().lower() in ('yes', 'true', '1')",),
        draw=lambda rng: (
            rng.choice(["yes", "No", " TRUE", "false", "0", "1", "maybe", "", "on"]),
        ),
    ),
    case(
        "parse_version(text: str) -> tuple[int, int, int]",
        """
        `parse_version("1.2.3")` returns `(1, 2, 3)`; `parse_version("10.0.27")` returns `(10, 0, 27)`.

        `parse_version("1.2")` raises `ValueError`, `parse_version("1.x.3")` raises `ValueError`,
        `parse_version("1.2.3.4")` raises `ValueError`.
        """,
        right=(
            """
            def parse_version(text):
                parts = text.split(".")
                if len(parts) != 3:
                    raise ValueError("three parts")
                return tuple(int(part) for part in parts)
            """,
            """
            import re

            def parse_version(text):
                match = re.fullmatch(r"(\\d+)\\.(\\d+)\\.(\\d+)", text)
                if not match:
                    raise ValueError(text)
                major, minor, patch = map(int, match.groups())
                return major, minor, patch
            """,
        ),
        wrong=("def parse_version(text):\n    return tuple(map(int, text.split('.')))",),
        draw=lambda rng: (
            ".".join(rng.choice(["0", "7", "12", "x"]) for _ in range(rng.choice([2, 3, 3, 3, 4]))),
        ),
    ),
    case(
        "safe_divide(a: float, b: float) -> float",
        """
        `safe_divide(6, 3)` returns `2.0`. `safe_divide(1, 4)` returns `0.25`, `safe_divide(-9, 2)` returns `-4.5`.

        `safe_divide(1, 0)` must raise `ZeroDivisionError`.
        """,
        right=(
            "def safe_divide(a, b):\n    return a / b",
            """
            def safe_divide(a, b):
                if b == 0:
                    raise ZeroDivisionError("division by zero")
                return float(a) / b
            """,
        ),
        wrong=("def safe_divide(a, b):\n    return a // b",),
        draw=lambda rng: (integer(rng), integer(rng, -3, 9)),
    ),
    case(
        "shipping_cost(weight: float) -> int",
        """
        `shipping_cost(1)` returns 5, `shipping_cost(1.01)` returns 9, `shipping_cost(5)` returns 9 and
        `shipping_cost(5.01)` returns 20.

        `shipping_cost` must raise `ValueError` for a weight of 0 or less: `shipping_cost(0)` raises `ValueError`,
        `shipping_cost(-2)` raises `ValueError`.

        `shipping_cost(30)` returns 20, and `shipping_cost(0.2)` returns 5.
        """,
        right=(
            """
            def shipping_cost(weight):
                if weight <= 0:
                    raise ValueError("no weight")
                if weight <= 1:
                    return 5
                if weight <= 5:
                    return 9
                return 20
            """,
            """
            def shipping_cost(weight):
                if not weight > 0:
                    raise ValueError
                return 5 if weight <= 1 else 9 if weight <= 5 else 20
            """,
        ),
        wrong=(
            "def shipping_cost(weight):\n    if weight <= 0:\n        raise ValueError\n"
            "    return 5 if weight < 1 else 9 if weight < 5 else 20",
        ),
        draw=lambda rng: (rng.choice([1, 5, 1.01, 5.01, 0, -1, 0.5, 3, 8, 100]),),
    ),
    case(
        "next_light(light: str) -> str",
        """
        `next_light("red")` returns `"green"`, `next_light("green")` returns `"yellow"`,
        `next_light("yellow")` returns `"red"`.

        `next_light("blue")` must raise `ValueError`.
        """,
        right=(
            """
            def next_light(light):
                order = ["red", "green", "yellow"]
                return order[(order.index(light) + 1) % 3]
            """,
            """
            NEXT = {"red": "green", "green": "yellow", "yellow": "red"}

            def next_light(light):
                if light not in NEXT:
                    raise ValueError(light)
                return NEXT[light]
            """,
        ),
        wrong=(
            "def next_light(light):\n    return {'red': 'green', 'green': 'red', 'yellow': 'red'}[light]",
        ),
        draw=lambda rng: (rng.choice(["red", "green", "yellow", "blue"]),),
    ),
    case(
        "weekday_name(number: int) -> str",
        """
        `weekday_name(0)` returns `"Monday"`, `weekday_name(6)` returns `"Sunday"`,
        `weekday_name(2)` returns `"Wednesday"`, `weekday_name(4)` returns `"Friday"`,
        `weekday_name(1)` returns `"Tuesday"`, `weekday_name(3)` returns `"Thursday"`,
        `weekday_name(5)` returns `"Saturday"`.

        `weekday_name` rejects numbers below 0 and above 6 with `ValueError`.
        """,
        right=(
            """
            NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")

            def weekday_name(number):
                if number < 0 or number > 6:
                    raise ValueError("no weekday")
                return NAMES[number]
            """,
            """
            import calendar

            def weekday_name(number):
                if not 0 <= number <= 6:
                    raise ValueError
                return calendar.day_name[number]
            """,
        ),
        wrong=(
            "import calendar\n\ndef weekday_name(number):\n    return calendar.day_name[number]",
        ),
        draw=lambda rng: (integer(rng, -8, 8),),
    ),
    case(
        "encode_pairs(text: str) -> str",
        """
        `encode_pairs("abcd")` returns `"badc"`; `encode_pairs("abc")` returns `"bac"`.

        `encode_pairs(encode_pairs(x)) == x` for every text `x`.

        `encode_pairs("")` returns `""`.
        """,
        right=(
            """
            def encode_pairs(text):
                out = ""
                for start in range(0, len(text), 2):
                    out += text[start:start + 2][::-1]
                return out
            """,
            """
            def encode_pairs(text):
                chars = list(text)
                chars[0:len(text) // 2 * 2:2], chars[1::2] = chars[1::2], chars[0:len(text) // 2 * 2:2]
                return "".join(chars)
            """,
        ),
        wrong=("def encode_pairs(text):\n    return text[::-1]",),
        draw=lambda rng: (text(rng),),
    ),
    case(
        "normalise_phone(phone: str) -> str",
        """
        `normalise_phone("+34 600-123-456")` returns `"+34600123456"`;
        `normalise_phone("(020) 7946 0958")` returns `"02079460958"`.

        `normalise_phone("call me")` must raise `ValueError`. `normalise_phone("")` must raise `ValueError`.

        `normalise_phone("12+3")` must raise `ValueError`.
        """,
        right=(
            """
            import re

            def normalise_phone(phone):
                bare = re.sub(r"[ ()-]", "", phone)
                if not re.fullmatch(r"\\+?[0-9]+", bare):
                    raise ValueError("no phone number")
                return bare
            """,
            """
            def normalise_phone(phone):
                bare = phone
                for char in " ()-":
                    bare = bare.replace(char, "")
                digits = bare[1:] if bare.startswith("+") else bare
                if not (digits.isascii() and digits.isdigit()):
                    raise ValueError(phone)
                return bare
            """,
        ),
        wrong=(
            "def normalise_phone(phone):\n    return ''.join(c for c in phone if c.isdigit() or c == '+')",
        ),
        draw=lambda rng: (text(rng, "0123456789 ()-+"),),
    ),
    case(
        "username_ok(name: str) -> bool",
        """
        `username_ok` accepts names between 3 and 20 characters long and returns `True`, else `False`.

        `username_ok("ann_1")` returns `True`. `username_ok("an n1")` returns `False`.
        `username_ok("1ann")` returns `False`. `username_ok("Annab")` returns `False`.
        """,
        right=(
            """
            import re

            def username_ok(name):
                return bool(re.fullmatch(r"[a-z][a-z0-9_]{2,19}", name))
            """,
            """
            def username_ok(name):
                if not 3 <= len(name) <= 20:
                    return False
                allowed = "abcdefghijklmnopqrstuvwxyz0123456789_"
                return all(char in allowed for char in name) and name[0] not in "0123456789_"
            """,
        ),
        wrong=(
            "def username_ok(name):\n    return 3 <= len(name) < 20 and name.isidentifier() and name.islower()",
        ),
        draw=lambda rng: (word(rng, "ab1_A") * rng.randint(1, 4),),
    ),
)
