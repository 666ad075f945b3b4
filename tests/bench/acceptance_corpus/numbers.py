"""Functions of numbers."""

from tests.bench.acceptance_corpus.case import Case, case, integer

CASES: tuple[Case, ...] = (
    case(
        "clamp(value: int, low: int, high: int) -> int",
        """
        `clamp(5, 0, 10)` returns 5, `clamp(-3, 0, 10)` returns 0 and `clamp(99, 0, 10)` returns 10.

        `clamp(10, 0, 10)` returns 10. `clamp(0, 3, 7)` returns 3.

        `clamp(1, 10, 0)` must raise `ValueError`. `clamp(4, 4, 4)` returns 4.
        """,
        right=(
            """
            def clamp(value, low, high):
                if low > high:
                    raise ValueError("low is above high")
                return max(low, min(value, high))
            """,
            """
            def clamp(value, low, high):
                if high < low:
                    raise ValueError
                if value < low:
                    return low
                if value > high:
                    return high
                return value
            """,
        ),
        wrong=(
            "def clamp(value, low, high):\n    return min(low, max(value, high))",
            "def clamp(value, low, high):\n    return max(low, min(value, high))",
        ),
        draw=lambda rng: (integer(rng, -9, 9), integer(rng, -9, 9), integer(rng, -9, 9)),
    ),
    case(
        "fizzbuzz(n: int) -> str",
        """
        `fizzbuzz(3)` returns `"Fizz"`, `fizzbuzz(5)` returns `"Buzz"`, `fizzbuzz(15)` returns `"FizzBuzz"`.

        `fizzbuzz(7)` returns `"7"`; `fizzbuzz(9)` returns `"Fizz"`; `fizzbuzz(30)` returns `"FizzBuzz"`;
        `fizzbuzz(20)` returns `"Buzz"`.
        """,
        right=(
            """
            def fizzbuzz(n):
                if n % 15 == 0:
                    return "FizzBuzz"
                if n % 3 == 0:
                    return "Fizz"
                if n % 5 == 0:
                    return "Buzz"
                return str(n)
            """,
            """
            def fizzbuzz(n):
                out = "Fizz" * (n % 3 == 0) + "Buzz" * (n % 5 == 0)
                return out or str(n)
            """,
        ),
        wrong=(
            "def fizzbuzz(n):\n    return 'Fizz' if n % 3 == 0 else 'Buzz' if n % 5 == 0 else str(n)",
        ),
        draw=lambda rng: (integer(rng, 1, 100),),
    ),
    case(
        "is_leap_year(year: int) -> bool",
        """
        `is_leap_year` must return these results:
          | year | result |
          |------|--------|
          | 2000 | True   |
          | 1900 | False  |
          | 2024 | True   |
          | 2023 | False  |
        """,
        right=(
            "def is_leap_year(year):\n    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)",
            """
            def is_leap_year(year):
                if year % 400 == 0:
                    return True
                if year % 100 == 0:
                    return False
                return year % 4 == 0
            """,
        ),
        wrong=(
            "def is_leap_year(year):\n    return year % 4 == 0",
            "def is_leap_year(year):\n    return year % 4 == 0 and year % 100 != 0",
        ),
        draw=lambda rng: (rng.choice([integer(rng, 1, 3000), 100 * integer(rng, 1, 30)]),),
    ),
    case(
        "to_roman(number: int) -> str",
        """
        `to_roman(4)` returns `"IV"`, `to_roman(9)` returns `"IX"`, `to_roman(1994)` returns `"MCMXCIV"`.

        `to_roman(3888)` returns `"MMMDCCCLXXXVIII"`, and `to_roman(444)` returns `"CDXLIV"`.

        `to_roman` rejects numbers below 1 and above 3999 with `ValueError`.
        """,
        right=(
            """
            NUMERALS = (
                (1000, "M"), (900, "CM"), (500, "D"), (400, "CD"), (100, "C"), (90, "XC"), (50, "L"),
                (40, "XL"), (10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I"),
            )

            def to_roman(number):
                if not 1 <= number <= 3999:
                    raise ValueError("out of range")
                out = ""
                for value, numeral in NUMERALS:
                    while number >= value:
                        out += numeral
                        number -= value
                return out
            """,
            """
            def to_roman(number):
                if number < 1 or number > 3999:
                    raise ValueError(number)
                ones = ["", "I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX"]
                tens = ["", "X", "XX", "XXX", "XL", "L", "LX", "LXX", "LXXX", "XC"]
                hundreds = ["", "C", "CC", "CCC", "CD", "D", "DC", "DCC", "DCCC", "CM"]
                return (
                    "M" * (number // 1000) + hundreds[number // 100 % 10]
                    + tens[number // 10 % 10] + ones[number % 10]
                )
            """,
        ),
        wrong=(
            """
            def to_roman(number):
                out = ""
                for value, numeral in ((1000, "M"), (500, "D"), (100, "C"), (50, "L"), (10, "X"), (5, "V"), (1, "I")):
                    out += numeral * (number // value)
                    number %= value
                return out
            """,
        ),
        draw=lambda rng: (integer(rng, -1, 4001),),
    ),
    case(
        "from_roman(numeral: str) -> int",
        """
        `from_roman("IV")` returns 4 and `from_roman("XLII")` returns 42.

        `from_roman("MCMXCIV")` returns 1994; `from_roman("DCLXVI")` returns 666.
        """,
        right=(
            """
            def from_roman(numeral):
                values = {"I": 1, "V": 5, "X": 10, "L": 50, "C": 100, "D": 500, "M": 1000}
                total = 0
                for place, char in enumerate(numeral):
                    value = values[char]
                    if place + 1 < len(numeral) and values[numeral[place + 1]] > value:
                        total -= value
                    else:
                        total += value
                return total
            """,
            """
            def from_roman(numeral):
                total, before = 0, 0
                for char in reversed(numeral):
                    value = dict(zip("IVXLCDM", (1, 5, 10, 50, 100, 500, 1000)))[char]
                    total += -value if value < before else value
                    before = value
                return total
            """,
        ),
        wrong=(
            "def from_roman(numeral):\n    v = dict(I=1, V=5, X=10, L=50, C=100, D=500, M=1000)\n"
            "    return sum(v[c] for c in numeral)",
        ),
        draw=lambda rng: (
            "".join(
                rng.choice(p)
                for p in (
                    ("", "M", "MM"),
                    ("C", "CM", "D", "DC"),
                    ("X", "XL", "LX"),
                    ("", "I", "IV", "VII"),
                )
            ),
        ),
    ),
    case(
        "gcd(a: int, b: int) -> int",
        """
        `gcd(12, 18)` returns 6. `gcd(7, 13)` returns 1.

        `gcd(0, 5)` returns 5, `gcd(8, 0)` returns 8, `gcd(-4, 6)` returns 2.
        """,
        right=(
            """
            def gcd(a, b):
                while b:
                    a, b = b, a % b
                return abs(a)
            """,
            "import math\n\ndef gcd(a, b):\n    return math.gcd(a, b)",
        ),
        wrong=("def gcd(a, b):\n    return min(a, b) if max(a, b) % (min(a, b) or 1) == 0 else 1",),
        draw=lambda rng: (integer(rng, -30, 60), integer(rng, -30, 60)),
    ),
    case(
        "factorial(n: int) -> int",
        """
        `factorial(0)` returns 1. `factorial(5)` returns 120, and `factorial(10)` returns 3628800.

        `factorial` must raise `ValueError` for negative numbers.
        """,
        right=(
            """
            def factorial(n):
                if n < 0:
                    raise ValueError("negative")
                result = 1
                for factor in range(2, n + 1):
                    result *= factor
                return result
            """,
            """
            def factorial(n):
                if n < 0:
                    raise ValueError(n)
                return 1 if n <= 1 else n * factorial(n - 1)
            """,
        ),
        wrong=("def factorial(n):\n    return n * (n + 1) // 2 if n else 1",),
        draw=lambda rng: (integer(rng, -3, 15),),
    ),
    case(
        "is_prime(n: int) -> bool",
        """
        `is_prime(2)` returns `True`, `is_prime(97)` returns `True`, `is_prime(9)` returns `False`.

        `is_prime(1)` and `is_prime(0)` return `False`. `is_prime(25)` returns `False`. `is_prime(3)` returns `True`.

        `is_prime(-7)` returns `False`, and `is_prime(91)` returns `False`.
        """,
        right=(
            """
            def is_prime(n):
                if n < 2:
                    return False
                divisor = 2
                while divisor * divisor <= n:
                    if n % divisor == 0:
                        return False
                    divisor += 1
                return True
            """,
            """
            def is_prime(n):
                if n == 2:
                    return True
                if n < 2 or n % 2 == 0:
                    return False
                return all(n % d for d in range(3, int(n ** 0.5) + 1, 2))
            """,
        ),
        wrong=(
            "def is_prime(n):\n    return n > 1 and n % 2 != 0",
            "def is_prime(n):\n    return n > 1 and all(n % d for d in (2, 3, 5) if d < n)",
        ),
        draw=lambda rng: (integer(rng, -5, 200),),
    ),
    case(
        "fibonacci(n: int) -> int",
        """
        `fibonacci` must return these results:
          | n | result |
          |---|--------|
          | 0 | 0 |
          | 1 | 1 |
          | 2 | 1 |
          | 10 | 55 |
          | 20 | 6765 |

        `fibonacci(-1)` raises `ValueError`.
        """,
        right=(
            """
            def fibonacci(n):
                if n < 0:
                    raise ValueError("negative")
                a, b = 0, 1
                for _ in range(n):
                    a, b = b, a + b
                return a
            """,
            """
            from functools import cache

            @cache
            def fibonacci(n):
                if n < 0:
                    raise ValueError
                if n < 2:
                    return n
                return fibonacci(n - 1) + fibonacci(n - 2)
            """,
        ),
        wrong=(
            "def fibonacci(n):\n    a, b = 1, 1\n    for _ in range(n):\n        a, b = b, a + b\n    return a",
        ),
        draw=lambda rng: (integer(rng, -2, 30),),
    ),
    case(
        "celsius_to_fahrenheit(celsius: float) -> float",
        """
        `celsius_to_fahrenheit(100)` returns `212.0`. `celsius_to_fahrenheit(0)` returns `32.0`.

        `celsius_to_fahrenheit(-40)` returns `-40.0`; `celsius_to_fahrenheit(36.6)` returns `97.88`.

        `celsius_to_fahrenheit` rejects values below -273.15 with `ValueError`.
        """,
        right=(
            """
            def celsius_to_fahrenheit(celsius):
                if celsius < -273.15:
                    raise ValueError("below absolute zero")
                return celsius * 9 / 5 + 32
            """,
            """
            def celsius_to_fahrenheit(celsius):
                if not celsius >= -273.15:
                    raise ValueError
                return round(1.8 * celsius + 32.0, 10)
            """,
        ),
        wrong=(
            "def celsius_to_fahrenheit(celsius):\n    return celsius * 2 + 30",
            "def celsius_to_fahrenheit(celsius):\n    return (celsius + 32) * 9 / 5",
        ),
        draw=lambda rng: (round(rng.uniform(-300, 200), 2),),
    ),
    case(
        "median(values: list[float]) -> float",
        """
        `median([3, 1, 2])` returns `2`. `median([4, 1, 3, 2])` returns `2.5`.

        `median([])` must raise `ValueError`.

        `median` must not modify its argument.
        """,
        right=(
            """
            def median(values):
                if not values:
                    raise ValueError("no values")
                ordered = sorted(values)
                middle = len(ordered) // 2
                if len(ordered) % 2:
                    return ordered[middle]
                return (ordered[middle - 1] + ordered[middle]) / 2
            """,
            """
            import statistics

            def median(values):
                if len(values) == 0:
                    raise ValueError
                return statistics.median(values)
            """,
        ),
        wrong=(
            "def median(values):\n    values.sort()\n    n = len(values)\n    if not n:\n"
            "        raise ValueError\n"
            "    return values[n // 2] if n % 2 else (values[n // 2 - 1] + values[n // 2]) / 2",
            "def median(values):\n    if not values:\n        raise ValueError\n    return sum(values) / len(values)",
        ),
        draw=lambda rng: ([rng.randint(-9, 9) for _ in range(rng.randint(0, 7))],),
    ),
    case(
        "digit_sum(number: int) -> int",
        """
        `digit_sum(1234)` returns 10, `digit_sum(-56)` returns 11, `digit_sum(0)` returns 0.

        `digit_sum(909)` returns 18.
        """,
        right=(
            "def digit_sum(number):\n    return sum(int(char) for char in str(abs(number)))",
            """
            def digit_sum(number):
                number, total = abs(number), 0
                while number:
                    number, digit = divmod(number, 10)
                    total += digit
                return total
            """,
        ),
        wrong=("def digit_sum(number):\n    return abs(number) % 9",),
        draw=lambda rng: (integer(rng, -9999, 9999),),
    ),
    case(
        "luhn_valid(number: str) -> bool",
        """
        `luhn_valid("4539578763621486")` returns `True`, `luhn_valid("4539578763621487")` returns `False`.

        `luhn_valid("79927398713")` returns `True` and `luhn_valid("79927398710")` returns `False`.

        `luhn_valid("0")` returns `True`; `luhn_valid("18")` returns `True`; `luhn_valid("81")` returns `False`.
        `luhn_valid("")` returns `False`. `luhn_valid("a8")` returns `False`.
        """,
        right=(
            """
            def luhn_valid(number):
                if not number.isdigit():
                    return False
                total = 0
                for place, char in enumerate(reversed(number)):
                    digit = int(char)
                    if place % 2:
                        digit *= 2
                        if digit > 9:
                            digit -= 9
                    total += digit
                return total % 10 == 0
            """,
            """
            def luhn_valid(number):
                if not number or not all(c in "0123456789" for c in number):
                    return False
                digits = [int(c) for c in number][::-1]
                doubled = [sum(divmod(2 * d, 10)) for d in digits[1::2]]
                return (sum(digits[::2]) + sum(doubled)) % 10 == 0
            """,
        ),
        wrong=(
            "def luhn_valid(number):\n    return number.isdigit() and sum(map(int, number)) % 10 == 0",
        ),
        draw=lambda rng: ("".join(rng.choice("0123456789") for _ in range(rng.randint(0, 6))),),
    ),
    case(
        "to_binary(number: int) -> str",
        """
        `to_binary(10)` returns `"1010"`; `to_binary(255)` returns `"11111111"`.

        `to_binary(0)` returns `"0"`. `to_binary(1)` returns `"1"`.

        `to_binary(-1)` must raise `ValueError`.
        """,
        right=(
            """
            def to_binary(number):
                if number < 0:
                    raise ValueError("negative")
                return f"{number:b}"
            """,
            """
            def to_binary(number):
                if number < 0:
                    raise ValueError
                if number == 0:
                    return "0"
                bits = ""
                while number > 0:
                    bits = str(number % 2) + bits
                    number //= 2
                return bits
            """,
        ),
        wrong=(
            "def to_binary(number):\n    if number < 0:\n        raise ValueError\n    return f'{number:o}'",
        ),
        draw=lambda rng: (integer(rng, -2, 300),),
    ),
    case(
        "round_half_even(value: float) -> int",
        """
        `round_half_even(2.5)` returns 2, `round_half_even(3.5)` returns 4 and `round_half_even(2.51)` returns 3.

        `round_half_even(-1.5)` returns -2. `round_half_even(7.2)` returns 7.
        """,
        right=(
            "def round_half_even(value):\n    return round(value)",
            """
            import math

            def round_half_even(value):
                below = math.floor(value)
                rest = value - below
                if rest == 0.5:
                    return below if below % 2 == 0 else below + 1
                return below + (rest > 0.5)
            """,
        ),
        wrong=("def round_half_even(value):\n    return int(value + 0.5)",),
        draw=lambda rng: (rng.randint(-20, 20) / 2 + rng.choice([0, 0.2]),),
    ),
    case(
        "grade(score: int) -> str",
        """
        `grade(90)` returns `"A"`, `grade(89)` returns `"B"`, `grade(80)` returns `"B"`,
        `grade(79)` returns `"C"`, `grade(70)` returns `"C"`, `grade(69)` returns `"F"`.

        `grade(100)` returns `"A"` and `grade(0)` returns `"F"`.

        `grade` rejects scores below 0 and above 100 with `ValueError`.
        """,
        right=(
            """
            def grade(score):
                if score < 0 or score > 100:
                    raise ValueError("no score")
                if score >= 90:
                    return "A"
                if score >= 80:
                    return "B"
                if score >= 70:
                    return "C"
                return "F"
            """,
            """
            def grade(score):
                if not 0 <= score <= 100:
                    raise ValueError(score)
                for limit, letter in ((90, "A"), (80, "B"), (70, "C")):
                    if score >= limit:
                        return letter
                return "F"
            """,
        ),
        wrong=(
            "def grade(score):\n    if not 0 <= score <= 100:\n        raise ValueError\n"
            "    return 'A' if score > 90 else 'B' if score > 80 else 'C' if score > 70 else 'F'",
        ),
        draw=lambda rng: (integer(rng, -5, 105),),
    ),
    case(
        "days_in_month(year: int, month: int) -> int",
        """
        `days_in_month(2023, 1)` returns 31, `days_in_month(2023, 4)` returns 30, `days_in_month(2023, 2)` returns 28.

        `days_in_month(2024, 2)` returns 29. `days_in_month(1900, 2)` returns 28. `days_in_month(2000, 2)` returns 29.

        `days_in_month(2023, 0)` and `days_in_month(2023, 13)` raise `ValueError`.
        `days_in_month(2023, 12)` returns 31. `days_in_month(2023, 9)` returns 30.
        """,
        right=(
            """
            def days_in_month(year, month):
                if month < 1 or month > 12:
                    raise ValueError("no month")
                if month == 2:
                    is_leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
                    return 29 if is_leap else 28
                return 30 if month in (4, 6, 9, 11) else 31
            """,
            """
            import calendar

            def days_in_month(year, month):
                if not 1 <= month <= 12:
                    raise ValueError(month)
                return calendar.monthrange(year, month)[1]
            """,
        ),
        wrong=(
            "def days_in_month(year, month):\n    if not 1 <= month <= 12:\n        raise ValueError\n"
            "    return [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1]",
        ),
        draw=lambda rng: (rng.choice([1900, 2000, 2023, 2024]), integer(rng, -1, 14)),
    ),
    case(
        "human_size(count: int) -> str",
        """
        `human_size(0)` returns `"0 B"`; `human_size(1023)` returns `"1023 B"`; `human_size(1024)` returns `"1.0 KB"`.

        `human_size(1536)` returns `"1.5 KB"`, `human_size(1048576)` returns `"1.0 MB"`,
        `human_size(5368709120)` returns `"5.0 GB"`.
        """,
        right=(
            """
            def human_size(count):
                if count < 1024:
                    return f"{count} B"
                size = float(count)
                for unit in ("KB", "MB", "GB"):
                    size /= 1024
                    if size < 1024 or unit == "GB":
                        break
                return f"{size:.1f} {unit}"
            """,
            """
            def human_size(count):
                units = ["B", "KB", "MB", "GB"]
                power = 0
                while power < 3 and count >= 1024 ** (power + 1):
                    power += 1
                if power == 0:
                    return str(count) + " B"
                return "%.1f %s" % (count / 1024 ** power, units[power])
            """,
        ),
        wrong=(
            "def human_size(count):\n    return f'{count / 1000:.1f} KB' if count > 999 else f'{count} B'",
        ),
        draw=lambda rng: (int(2 ** rng.uniform(0, 40)),),
    ),
    case(
        "parse_duration(text: str) -> int",
        """
        `parse_duration("1h30m")` returns 5400. `parse_duration("45s")` returns 45.

        `parse_duration("2h")` returns 7200, and `parse_duration("1m5s")` returns 65.
        `parse_duration("10h3m2s")` returns 36182.

        `parse_duration("abc")` must raise `ValueError`. `parse_duration("")` must raise `ValueError`.
        """,
        right=(
            """
            import re

            def parse_duration(text):
                match = re.fullmatch(r"(?:(\\d+)h)?(?:(\\d+)m)?(?:(\\d+)s)?", text)
                if not text or match is None:
                    raise ValueError("no duration")
                hours, minutes, seconds = (int(part or 0) for part in match.groups())
                return hours * 3600 + minutes * 60 + seconds
            """,
            """
            def parse_duration(text):
                total, digits, last = 0, "", None
                for char in text:
                    if char.isdigit():
                        digits += char
                    elif char in "hms" and digits and (last is None or "hms".index(char) > last):
                        last = "hms".index(char)
                        total += int(digits) * 60 ** (2 - last)
                        digits = ""
                    else:
                        raise ValueError(text)
                if digits or not text:
                    raise ValueError(text)
                return total
            """,
        ),
        wrong=(
            "import re\n\ndef parse_duration(text):\n    found = re.findall('([0-9]+)([hms])', text)\n"
            "    if not found:\n        raise ValueError\n"
            "    return sum(int(n) * {'h': 60, 'm': 60, 's': 1}[u] for n, u in found)",
        ),
        draw=lambda rng: (
            "".join(f"{rng.randint(0, 70)}{unit}" for unit in "hms" if rng.random() < 0.6),
        ),
    ),
    case(
        "format_duration(seconds: int) -> str",
        """
        `format_duration(3661)` returns `"1:01:01"`, `format_duration(59)` returns `"0:00:59"`.

        Dado `86399`, `format_duration` devuelve `"23:59:59"`. `format_duration(0)` devuelve `"0:00:00"`.

        `format_duration` rechaza valores menores que 0 con `ValueError`.
        """,
        right=(
            """
            def format_duration(seconds):
                if seconds < 0:
                    raise ValueError("negative")
                minutes, seconds = divmod(seconds, 60)
                hours, minutes = divmod(minutes, 60)
                return f"{hours}:{minutes:02}:{seconds:02}"
            """,
            """
            def format_duration(seconds):
                if seconds < 0:
                    raise ValueError
                return "%d:%02d:%02d" % (seconds // 3600, seconds // 60 % 60, seconds % 60)
            """,
        ),
        wrong=(
            "def format_duration(seconds):\n    return f'{seconds // 3600}:{seconds // 60}:{seconds % 60}'",
        ),
        draw=lambda rng: (integer(rng, -3, 90000),),
    ),
)
