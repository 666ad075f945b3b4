"""Every setting of the console, read from the environment once, at start."""

import os
import re
from pathlib import Path
from typing import Any

import dj_database_url
from django.core.exceptions import ImproperlyConfigured

BASE_DIR = Path(__file__).resolve().parent.parent


def env_secret(name: str, default: str | None = None) -> str:
    """Return the text of a variable; without a default an unset or empty one stops the start."""
    value = os.environ.get(name, "") or default
    if value is None:
        raise ImproperlyConfigured(
            f"{name} is not set. Start the console with `make run`, or set {name} yourself"
            " (docs/settings.md says how)."
        )
    return value


def env_bool(name: str, *, default: bool) -> bool:
    """Return a yes/no variable; anything but 1, 0, true, false, yes, no, on, off stops the start."""
    value = os.environ.get(name, "").strip().lower()
    if not value:
        return default
    if value in {"1", "true", "yes", "on"}:
        return True
    if value in {"0", "false", "no", "off"}:
        return False
    raise ImproperlyConfigured(f"{name} is {value!r}. Set it to true or false.")


def env_int(name: str, default: int, *, minimum: int = 0) -> int:
    """Return a whole number; text that is none, or is below the minimum, stops the start."""
    value = os.environ.get(name, "").strip()
    if not value:
        return default
    if not value.isdigit() or int(value) < minimum:
        raise ImproperlyConfigured(
            f"{name} is {value!r}. Set it to a whole number of at least {minimum}."
        )
    return int(value)


def env_choice(name: str, default: str, choices: tuple[str, ...]) -> str:
    """Return one of the choices; any other text stops the start."""
    value = os.environ.get(name, "").strip().lower() or default
    if value not in choices:
        raise ImproperlyConfigured(f"{name} is {value!r}. Set it to {', '.join(choices)}.")
    return value


def urls_in(name: str, text: str) -> list[str]:
    """Return the URLs of a variable, which blanks or commas divide; other text stops the start.

    A comma inside of a URL belongs to it. The sentence quotes nothing: such URLs hold secrets.
    """
    urls = re.split(r"[\s,]+(?=[A-Za-z][A-Za-z0-9+.-]*://)", text.strip(" \t\r\n,"))
    for number, url in enumerate(urls, start=1):
        if url and not re.fullmatch(r"[A-Za-z][A-Za-z0-9+.-]*://\S+", url):
            raise ImproperlyConfigured(f"Address {number} in {name} is no URL (scheme://...).")
    return [url for url in urls if url]


# Where data that is no code lives: embedded services, workspaces, generated secrets.
VAR_DIR = Path(env_secret("MGE_VAR_DIR", str(BASE_DIR / "var")))

SECRET_KEY = env_secret("SECRET_KEY")
DEBUG = env_bool("DEBUG", default=False)
ALLOWED_HOSTS = env_secret("ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]").split(",")
CSRF_TRUSTED_ORIGINS = [
    origin for origin in env_secret("CSRF_TRUSTED_ORIGINS", " ").strip().split(",") if origin
]

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django_htmx",
    "channels",
    "ninja",
    "mgeconsole",
    "apps.common",
    "apps.accounts",
    "apps.masterplans",
    "apps.traceability",
    "apps.llm",
    "apps.acceptance",
    "apps.budgets",
    "apps.dependencies",
    "apps.validation",
    "apps.execution",
    "apps.dashboard",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "servestatic.middleware.ServeStaticMiddleware",
    "django.middleware.gzip.GZipMiddleware",  # inside: static files are compressed already
    "apps.common.web.SecurityHeadersMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "apps.common.api_answers.ApiAnswersMiddleware",  # outside of Common, which sets lengths
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "apps.common.web.RefusalMiddleware",
]

ROOT_URLCONF = "mgeconsole.urls"
ASGI_APPLICATION = "mgeconsole.asgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "apps.dashboard.context.shell",
            ],
        },
    }
]

DATABASE_URL = env_secret("DATABASE_URL")
DATABASES: dict[str, dict[str, Any]] = {"default": dict(dj_database_url.parse(DATABASE_URL))}
DATABASES["default"].setdefault("OPTIONS", {})
# One pool per process: worker threads come and go, connections stay.
DATABASES["default"]["OPTIONS"]["pool"] = {
    "min_size": 1,
    "max_size": env_int("DATABASE_POOL_SIZE", 40, minimum=4),
    "timeout": 20,
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = env_secret("REDIS_URL")
# The page and the engine go on without Valkey, so no caller waits long for it.
REDIS_TIMEOUT_S = 0.25
CHANNEL_LAYERS: dict[str, dict[str, Any]] = {
    "default": {
        "BACKEND": "channels_redis.core.RedisChannelLayer",
        "CONFIG": {"hosts": [REDIS_URL], "capacity": 500, "prefix": "mge"},
    }
}

AUTH_USER_MODEL = "accounts.User"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
LOGIN_URL = "accounts:sign_in"
LOGIN_REDIRECT_URL = "dashboard:plan_list"
LOGOUT_REDIRECT_URL = "accounts:sign_in"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "apps.common.web.csrf_failure"
# True behind TLS: cookies travel over https only, and plain requests are redirected.
HTTPS_ONLY = env_bool("HTTPS_ONLY", default=False)
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = HTTPS_ONLY
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS_ONLY else 0
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS_ONLY else None
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_500_000  # bytes; a masterplan of 1 MB grows when url-encoded

LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = False

STATIC_URL = "static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = VAR_DIR / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "servestatic.storage.CompressedManifestStaticFilesStorage"},
}
WORKSPACE_DIR = VAR_DIR / "workspaces"
# Users that exist only while untrusted code runs; see docs/sandbox.md.
SANDBOX_FIRST_UID = env_int("SANDBOX_FIRST_UID", 61_000, minimum=1000)
SANDBOX_USERS = env_int("SANDBOX_USERS", 100, minimum=2)
# Jobs that a worker of the queue `sandbox` takes at once; each runs the tests of two atoms at once.
SANDBOX_AT_ONCE = env_int("SANDBOX_AT_ONCE", 5, minimum=1)
# The password of the demo users; `manage.py up` makes one per installation.
DEMO_PASSWORD = env_secret("DEMO_PASSWORD", " ").strip()

CELERY_BROKER_URL = REDIS_URL
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_CONCURRENCY = SANDBOX_AT_ONCE  # the other workers name theirs by -c
CELERY_TASK_DEFAULT_QUEUE = "control"
CELERY_TASK_ROUTES = {
    "apps.accounts.tasks.*": {"queue": "control"},
    "apps.execution.tasks.run_attempt": {"queue": "attempts"},
    "apps.execution.tasks.generate_tests": {"queue": "sandbox"},
    "apps.execution.tasks.run_tests": {"queue": "sandbox"},
    "apps.execution.tasks.gather_evidence": {"queue": "sandbox"},
    "apps.execution.tasks.*": {"queue": "control"},
    "apps.budgets.tasks.*": {"queue": "control"},
}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None  # the worker waits for Valkey, however long it takes
CELERY_BROKER_TRANSPORT_OPTIONS = {
    # Longer than the longest attempt: a shorter one would start the same task again and again.
    "visibility_timeout": 900,
    "socket_timeout": 10,
    "socket_connect_timeout": 2,
    "retry_on_timeout": True,
}
CELERY_TASK_PUBLISH_RETRY = False  # rows are the truth: the sweeper sends again what was lost
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = False
CELERY_BEAT_SCHEDULE = {
    "expire_holds": {
        "task": "apps.budgets.tasks.expire_holds",
        "schedule": 5.0,
        "options": {"expires": 5.0},
    },
    "watch_forecasts": {
        "task": "apps.budgets.tasks.watch_forecasts",
        "schedule": 10.0,
        "options": {"expires": 10.0},
    },
    "expire_overrides": {
        "task": "apps.budgets.tasks.expire_overrides",
        "schedule": 30.0,
        "options": {"expires": 30.0},
    },
    "sweep": {"task": "apps.execution.tasks.sweep", "schedule": 5.0, "options": {"expires": 5.0}},
    "notifications": {
        "task": "apps.accounts.tasks.send_notifications",
        "schedule": 10.0,
        "options": {"expires": 10.0},
    },
}

# Where messages to people go (docs/notifications.md), and how their links begin.
NOTIFY_URLS = urls_in("NOTIFY_URLS", env_secret("NOTIFY_URLS", " "))
PUBLIC_URL = urls_in("PUBLIC_URL", env_secret("PUBLIC_URL", "http://127.0.0.1:8000"))[0].rstrip("/")

# The engine: see apps/execution/core/tuning.py for what each of these means.
ENGINE_MAX_IN_FLIGHT = env_int("ENGINE_MAX_IN_FLIGHT", 24, minimum=1)
ENGINE_LEASE_S = env_int("ENGINE_LEASE_S", 15, minimum=2)
ENGINE_REDISPATCH_S = env_int("ENGINE_REDISPATCH_S", 20, minimum=1)

# What acceptance gates may do: enforce, observe (run and show, hold nothing up) or off.
ACCEPTANCE_GATE = env_choice("ACCEPTANCE_GATE", "enforce", ("enforce", "observe", "off"))
ACCEPTANCE_AT_ONCE = env_int("ACCEPTANCE_AT_ONCE", 10, minimum=1)  # atoms under test per worker
ACCEPTANCE_TEST_TIMEOUT_S = env_int("ACCEPTANCE_TEST_TIMEOUT_S", 30, minimum=1)

LLM_LAYERS = ["apps.llm.layers.TraceLayer", "apps.budgets.layers.HoldLayer"]
LLM_CALL_TRIES = env_int("LLM_CALL_TRIES", 3, minimum=1)
LLM_PROFILES: dict[str, dict[str, Any]] = {
    "default": {
        "provider": env_secret("LLM_PROVIDER", "openai_compatible"),
        "base_url": env_secret("LLM_BASE_URL", "http://127.0.0.1:8091/v1"),
        "model": env_secret("LLM_MODEL", "replay-1"),
        "api_key_variable": env_secret("LLM_API_KEY_VARIABLE", "LLM_API_KEY"),
        "max_output_tokens": env_int("LLM_MAX_OUTPUT_TOKENS", 2048, minimum=64),
        "timeout_s": env_int("LLM_TIMEOUT_S", 60, minimum=1),
        "vendor": env_secret("LLM_VENDOR", " ").strip(),
    }
}

# Requests for a higher hard cap, whole USD: what a team's approvers may grant at most.
BUDGET_CEILING_USD = env_int("BUDGET_CEILING_USD", 500, minimum=1)
ALLOW_SELF_APPROVAL = env_bool("ALLOW_SELF_APPROVAL", default=False)
METRICS_TOKEN = env_secret("METRICS_TOKEN", " ").strip()

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"()": "apps.common.logs.FactsFormatter"}},
    "handlers": {
        "console": {"class": "logging.StreamHandler", "formatter": "plain"},
        "nowhere": {"class": "logging.NullHandler"},
    },
    "root": {"handlers": ["console"], "level": env_secret("LOG_LEVEL", "INFO")},
    "loggers": {
        # One line per task would drown the rest; a failed task still shows.
        "celery.app.trace": {"level": "WARNING"},
        "uvicorn.error": {"level": "WARNING"},
        "celery.worker.strategy": {"level": "WARNING"},
        "httpx": {"level": "WARNING"},
        "httpx2": {"level": "WARNING"},
        "openai": {"level": "WARNING"},
        # Its lines can quote parts of a URL; ours say what failed, with the secrets taken out.
        "apprise": {"level": "WARNING", "handlers": ["nowhere"], "propagate": False},
        "django.request": {"level": "ERROR"},
    },
}
