"""Requirement sentences with the answers that a careful reader gives, written before any classifier ran.

TUNED may be looked at while rules are made; HELD_OUT may only be counted.
"""

from dataclasses import dataclass

from apps.acceptance.core.kinds import RequirementKind
from apps.masterplans.core.document import Priority


@dataclass(frozen=True, slots=True)
class Labelled:
    text: str
    priority: Priority
    kind: RequirementKind
    is_testable: bool = True
    heading: str = ""  # of the section it stands in


MUST, SHOULD, MAY = Priority.MUST, Priority.SHOULD, Priority.MAY
RETURNS, RAISES, VALIDATES = (
    RequirementKind.RETURNS,
    RequirementKind.RAISES,
    RequirementKind.VALIDATES,
)
HTTP, PERFORMANCE, UI = RequirementKind.HTTP, RequirementKind.PERFORMANCE, RequirementKind.UI
PROPERTY, FREE = RequirementKind.PROPERTY, RequirementKind.FREE

_STANDARDS = (
    # Sentences as standards write them: rules about data, duties of implementations, permissions.
    Labelled("A tag name MUST NOT start with a digit.", MUST, VALIDATES),
    Labelled("Segment labels MUST consist of ASCII letters and digits only.", MUST, VALIDATES),
    Labelled("Every record MUST end with a line feed.", MUST, VALIDATES),
    Labelled("The checksum field MUST be exactly eight hexadecimal digits.", MUST, VALIDATES),
    Labelled("A container MUST have at least one entry.", MUST, VALIDATES),
    Labelled("Member names SHOULD be unique inside one group.", SHOULD, VALIDATES),
    Labelled("A comment must not appear inside a quoted value.", MUST, VALIDATES),
    Labelled("Dates must be written as YYYY-MM-DD.", MUST, VALIDATES),
    Labelled("Bare words may only contain letters, digits and dashes.", MUST, VALIDATES),
    Labelled("A decimal point must be followed by at least one digit.", MUST, VALIDATES),
    Labelled("Empty keys are not allowed.", MUST, VALIDATES),
    Labelled("Trailing commas are forbidden in a list.", MUST, VALIDATES),
    Labelled('The member "version" MUST be exactly "3.1".', MUST, VALIDATES),
    Labelled("The colour value is one of red, green or blue.", MUST, VALIDATES),
    Labelled("Declaring the same table twice is invalid.", MUST, RAISES),
    Labelled("It is an error to close a stream twice.", MUST, RAISES),
    Labelled("A missing closing quote must be reported as an error.", MUST, RAISES),
    Labelled("Parsers MUST reject input that holds a byte outside the alphabet.", MUST, RAISES),
    Labelled("If the number cannot be represented, an error must be thrown.", MUST, RAISES),
    Labelled("Encoders MUST NOT write a byte order mark.", MUST, RETURNS),
    Labelled("Encoders MUST pad the last group with equals signs.", MUST, RETURNS),
    Labelled("Build tags MUST be ignored when two versions are compared.", MUST, RETURNS),
    Labelled("The minor counter MUST be reset to 0 when the major counter grows.", MUST, RETURNS),
    Labelled("A pre-release sorts before the release that it prepares.", MUST, RETURNS),
    Labelled("`subscribe` must return a token.", MUST, RETURNS),
    Labelled("If `onDone` is not a function, it must be ignored.", MUST, RETURNS),
    Labelled("Callbacks must be called in the order in which they were added.", MUST, RETURNS),
    Labelled("`close` may be called more than once.", MAY, RETURNS),
    Labelled("Writers MAY indent nested values.", MAY, RETURNS, is_testable=False),
    Labelled(
        "A parser MAY refuse documents that it finds too deep.", MAY, RAISES, is_testable=False
    ),
    Labelled("Implementations MAY offer a second transport.", MAY, FREE, is_testable=False),
    Labelled("Vendors MAY ship their own colour themes.", MAY, FREE, is_testable=False),
    Labelled("A build tag MAY be added behind a plus sign.", MAY, VALIDATES),
    Labelled("The format SHOULD be regarded as experimental.", SHOULD, FREE, is_testable=False),
    Labelled(
        "Authors SHOULD describe every extension in plain words.", SHOULD, FREE, is_testable=False
    ),
    Labelled(
        "Once published, a release MUST NOT be changed by its maintainers.",
        MUST,
        FREE,
        is_testable=False,
    ),
    Labelled(
        "The description SHOULD be complete and easy to understand.",
        SHOULD,
        FREE,
        is_testable=False,
    ),
    Labelled("Support for the old header is OPTIONAL.", MAY, FREE, is_testable=False),
    Labelled("Sorting keys before writing is RECOMMENDED.", SHOULD, RETURNS),
    Labelled("A `type` member is REQUIRED.", MUST, VALIDATES),
    Labelled("Clients SHALL NOT send a body with this request.", MUST, HTTP),
    Labelled("A server MUST answer an unknown resource with 404 Not Found.", MUST, HTTP),
    Labelled("Servers SHOULD include a `Retry-After` header in such a response.", SHOULD, HTTP),
    Labelled(
        "A server MAY respond with 202 while the job is waiting.", MAY, HTTP, is_testable=False
    ),
    Labelled("The response MUST NOT contain a body.", MUST, HTTP),
)

_EARS = (
    Labelled("WHEN the input list is empty, THE Mean_Function SHALL return 0.", MUST, RETURNS),
    Labelled(
        "IF the discount is above 100, THEN THE Price_Service SHALL raise a ValueError.",
        MUST,
        RAISES,
    ),
    Labelled(
        "WHILE the queue is paused, THE Scheduler SHALL keep new jobs in order.", MUST, RETURNS
    ),
    Labelled(
        "WHERE a nickname is given, THE Greeter SHALL use the nickname instead of the name.",
        MUST,
        RETURNS,
    ),
    Labelled(
        "THE Validator SHALL verify that the beam width is between 0.3 and 2.5 metres",
        MUST,
        VALIDATES,
    ),
    Labelled("THE Validator SHALL check that COUNT is a positive even integer", MUST, VALIDATES),
    Labelled("THE Importer SHALL skip comment lines without failing", MUST, RETURNS),
    Labelled(
        "THE Importer SHALL load a file of 500 rows in less than 2 seconds", MUST, PERFORMANCE
    ),
    Labelled("THE Upload_Form SHALL limit attachments to maximum 5 MB", MUST, VALIDATES),
    Labelled("THE Project SHALL contain no more than 12 modules after the clean-up", MUST, FREE),
    Labelled(
        "WHEN `title` is called, THE Title_Function SHALL produce a text that is at most 70 characters long.",
        MUST,
        RETURNS,
    ),
    Labelled(
        "WHEN the name exceeds 80 characters, THE Namer SHALL cut it at the last space.",
        MUST,
        RETURNS,
    ),
    Labelled(
        "THE Clock SHALL be a pure function that does not change its argument.", MUST, RETURNS
    ),
    Labelled(
        "IF the argument is not a Map, THEN the function SHALL throw a TypeError without calling back.",
        MUST,
        RAISES,
    ),
    Labelled("WHEN a guest opens the basket THEN the system SHALL respond 401", MUST, HTTP),
    Labelled("WHEN an order is paid, the system shall mark it as paid.", MUST, RETURNS),
    Labelled("When fields are missing, the system shall raise KeyError.", MUST, RAISES),
    Labelled(
        "THE System SHALL store amounts through a repository layer inside one transaction",
        MUST,
        FREE,
        is_testable=False,
    ),
    Labelled("THE endpoint SHALL NOT reveal e-mail addresses of other customers", MUST, HTTP),
    Labelled("The service SHALL not show stack traces in error responses.", MUST, HTTP),
    Labelled("THE Search_Page SHALL show a hint when nothing is found", MUST, UI),
    Labelled("WHEN the user clicks Save, THE Form SHALL display a green check mark.", MUST, UI),
    Labelled("`connect` shall throw a RangeError if port is above 65535.", MUST, RAISES),
    Labelled("`connect` shall call its callback with null when all goes well.", MUST, RETURNS),
    Labelled("THE Parser SHALL NOT throw for any string.", MUST, RETURNS),
    Labelled("THE Formatter SHALL be idempotent.", MUST, PROPERTY),
    Labelled("Decoding SHALL be the inverse of encoding.", MUST, PROPERTY),
)

_PRODUCT = (
    Labelled("**FR-001**: System MUST round amounts half to even.", MUST, RETURNS),
    Labelled("FR-002: System MUST reject passwords shorter than 12 characters.", MUST, VALIDATES),
    Labelled(
        "FR-003: System MUST keep history for [NEEDS CLARIFICATION: how long?]",
        MUST,
        FREE,
        is_testable=False,
    ),
    Labelled(
        'FR-004: Users MUST be able to [what they do, e.g., "export a list"]',
        MUST,
        FREE,
        is_testable=False,
    ),
    Labelled("System MUST handle division by zero by raising an error.", MUST, RAISES),
    Labelled("The page must be user-friendly.", MUST, UI, is_testable=False),
    Labelled("The system should be fast.", SHOULD, PERFORMANCE, is_testable=False),
    Labelled("Search results should appear in under 300 ms.", SHOULD, PERFORMANCE),
    Labelled("Average latency < 150ms", SHOULD, PERFORMANCE, heading="Should have"),
    Labelled("The service handles 2,000 requests per second.", MUST, PERFORMANCE),
    Labelled("Stock warnings (< 5 pieces)", MUST, RETURNS),
    Labelled("Losing condition: no lives left", MUST, RETURNS, heading="Must Have"),
    Labelled("Login endpoint returns 200 and a token", MUST, HTTP, heading="Must Have (P0)"),
    Labelled("OpenAPI page is served", SHOULD, HTTP, heading="Should Have (P1)"),
    Labelled("All amount fields accept a comma and a point.", MUST, VALIDATES, heading="Must"),
    Labelled("Undo the last delete in one click.", SHOULD, UI, heading="Should"),
    Labelled("Dark theme", SHOULD, UI, heading="Nice to have"),
    Labelled("Contrast of text at least 7:1", MUST, UI, heading="Accessibility"),
    Labelled("Responsive layout for phones and tablets", MUST, UI, heading="Pages"),
    Labelled("Budget guard stops runs above the cap", MUST, VALIDATES, heading="MUST"),
    Labelled("Secrets must be encrypted at rest with AES-256", MUST, VALIDATES, heading="MUST"),
    Labelled(
        "The code base must follow the hexagonal architecture",
        MUST,
        FREE,
        is_testable=False,
        heading="MUST",
    ),
    Labelled("Transactions must be isolated and durable", MUST, FREE, is_testable=False),
    Labelled("Title: Required, 1-120 characters", MUST, VALIDATES),
    Labelled("Notes: Optional, max 500 characters", MUST, VALIDATES),
    Labelled("Email: Required", MUST, VALIDATES),
    Labelled("**Phone**: Optional", MUST, VALIDATES),
    Labelled("Export as PDF (optional)", MAY, RETURNS),
    Labelled("Quantity must be greater than zero.", MUST, VALIDATES),
    Labelled("Status must be one of: draft, sent, paid.", MUST, VALIDATES),
    Labelled("User names must be unique.", MUST, VALIDATES),
    Labelled("Age must be between 18 and 120.", MUST, VALIDATES),
    Labelled("The postcode must match `^[0-9]{5}$`.", MUST, VALIDATES),
    Labelled("A plan MUST include at least 3 milestones", MUST, VALIDATES),
    Labelled("A plan SHOULD NOT have circular dependencies", SHOULD, VALIDATES),
    Labelled("Deleting a customer returns 204 and hides the customer.", MUST, HTTP),
    Labelled("GET /items supports `limit` and `offset`.", MUST, HTTP),
    Labelled("Requests without a token are answered with 401.", MUST, HTTP),
    Labelled("The API allows at most 100 requests per minute and client, then 429.", MUST, HTTP),
    Labelled("Unit tests SHOULD be reviewed by a colleague.", SHOULD, FREE, is_testable=False),
    Labelled("Developers must document every decision.", MUST, FREE, is_testable=False),
    Labelled("The team should prefer small pull requests.", SHOULD, FREE, is_testable=False),
    Labelled(
        "SHOULD delete dead feature switches soon after the launch.",
        SHOULD,
        FREE,
        is_testable=False,
    ),
    Labelled("MUST keep functions short and readable.", MUST, FREE, is_testable=False),
    Labelled("Error handling should be robust.", SHOULD, FREE, is_testable=False),
    Labelled("Errors must be handled gracefully.", MUST, FREE, is_testable=False),
    Labelled("The solution must scale.", MUST, FREE, is_testable=False),
    Labelled("TBD", MUST, FREE, is_testable=False),
    Labelled("Sessions expire after 30 minutes.", MUST, RETURNS),
    Labelled("Calculate the tax with the rate of the country of delivery.", MUST, RETURNS),
    Labelled("Users can filter the list by date.", MUST, RETURNS),
    Labelled("Send a mail when the export is ready.", MUST, RETURNS),
)

_CALLS = (
    Labelled('`slugify("A B")` returns `"a-b"`.', MUST, RETURNS),
    Labelled("`slugify(None)` must raise `TypeError`.", MUST, RAISES),
    Labelled("`total([1, 2])` → 3", MUST, RETURNS),
    Labelled(
        "`parse_age` must reject values below 0 and above 150 with `ValueError`.", MUST, VALIDATES
    ),
    Labelled("`word_count` should handle 1 MB of text in under 200 ms.", SHOULD, PERFORMANCE),
    Labelled("`normalise` must be idempotent.", MUST, PROPERTY),
    Labelled("`unpack(pack(x))` equals `x` for every dictionary.", MUST, PROPERTY),
    Labelled("`sort_names` must return a sorted list.", MUST, RETURNS),
    Labelled("`find` returns `None` for an unknown key.", MUST, RETURNS),
    Labelled("`clean` must not modify its argument.", MUST, RETURNS),
    Labelled("`compare` ignores upper and lower case.", MUST, RETURNS),
    Labelled("`Stack.pop()` throws `EmptyError` on an empty stack.", MUST, RAISES),
)

_PRIORITY_TRAPS = (
    Labelled('The page shows "you MUST log in" in red.', MUST, UI),
    Labelled("The word `MUST` is printed in bold when it may be missed.", MAY, UI),
    Labelled(
        "The linter counts sentences with “SHALL” and should print the number.", SHOULD, RETURNS
    ),
    Labelled("The items of a must-have list are returned first.", MUST, RETURNS),
    Labelled("The report of May lists every sale.", MUST, RETURNS),
    Labelled("What may happen MUST be logged.", MUST, RETURNS),
    Labelled("The tool MUST check the date and MAY warn.", MUST, RETURNS),
    Labelled("The tool SHOULD warn and MAY stop.", SHOULD, RETURNS),
    Labelled("it MUST return a list", MUST, RETURNS, heading="Should have"),
    Labelled("It must return a list.", SHOULD, RETURNS, heading="Should have (P1)"),
    Labelled("The list is sorted by name.", MAY, RETURNS, heading="MAY"),
    Labelled("Users may not see drafts of others.", MUST, RETURNS),
    Labelled("The value need not be unique.", MAY, VALIDATES),
    Labelled("Required fields should be marked with a star.", SHOULD, UI),
    Labelled("Optional fields must default to None.", MUST, RETURNS),
    Labelled("It is recommended to return a copy.", SHOULD, RETURNS),
    Labelled("Mustard is returned with the other sauces.", MUST, RETURNS),
    Labelled("Dismay and mayhem are counted as nouns.", MUST, RETURNS),
    Labelled("The colour is optional.", MAY, VALIDATES),
    Labelled("The file has to end with `.csv`.", MUST, VALIDATES),
    Labelled("**SHOULD** 返回副本。", SHOULD, RETURNS),
    Labelled("函数MUST返回列表。", MUST, RETURNS),
)

_SPANISH = (
    Labelled("El sistema DEBE calcular el total con impuestos.", MUST, RETURNS),
    Labelled("El sistema DEBERÍA devolver los productos ordenados por precio.", SHOULD, RETURNS),
    Labelled("El cliente PUEDE indicar un cupón.", MAY, RETURNS),
    Labelled("La función NO DEBE modificar la lista recibida.", MUST, RETURNS),
    Labelled("El servidor DEBERÁ responder 404 si el recurso no existe.", MUST, HTTP),
    Labelled("Se RECOMIENDA guardar una copia.", SHOULD, RETURNS),
    Labelled("El sistema TIENE QUE rechazar edades negativas.", MUST, VALIDATES),
    Labelled("El precio debe ser mayor que 0.", MUST, VALIDATES),
    Labelled("La cantidad debe ser un entero entre 1 y 99.", MUST, VALIDATES),
    Labelled("El correo debe tener un formato válido.", MUST, VALIDATES),
    Labelled("El nombre de usuario debe ser único.", MUST, VALIDATES),
    Labelled("**Descripción**: Opcional, máximo 300 caracteres", MUST, VALIDATES),
    Labelled("Nombre: Requerido", MUST, VALIDATES),
    Labelled("Si el pedido ya está pagado → Error 409", MUST, HTTP),
    Labelled("Si la sesión caducó → Error 401 (no autorizado)", MUST, HTTP),
    Labelled("Si la lista está vacía, devuelve 0.", MUST, RETURNS),
    Labelled("`dividir(1, 0)` debe lanzar `ZeroDivisionError`.", MUST, RAISES),
    Labelled("No se puede borrar un pedido enviado.", MUST, VALIDATES),
    Labelled("La respuesta debe tardar menos de 500 ms.", MUST, PERFORMANCE),
    Labelled("El botón de pago debería verse en verde.", SHOULD, UI),
    Labelled("La pantalla muestra el total del carrito.", MUST, UI),
    Labelled("El código debería ser limpio y mantenible.", SHOULD, FREE, is_testable=False),
    Labelled("La interfaz debe ser intuitiva.", MUST, UI, is_testable=False),
    Labelled("El equipo debe revisar los cambios cada semana.", MUST, FREE, is_testable=False),
    Labelled("Exportar a CSV (opcional)", MAY, RETURNS),
    Labelled("El estado es uno de: abierto, cerrado.", MUST, VALIDATES),
)

_SCENARIOS = (
    Labelled(
        "Given an empty cart, When a product is added, Then the cart holds 1 product", MUST, RETURNS
    ),
    Labelled("Given a locked account, When the user logs in, Then the response is 423", MUST, HTTP),
    Labelled(
        "Dado un carrito vacío, cuando se añade un producto, entonces el total es su precio.",
        MUST,
        RETURNS,
    ),
)

TUNED = (
    *_STANDARDS,
    *_EARS,
    *_PRODUCT,
    *_CALLS,
    *_PRIORITY_TRAPS,
    *_SPANISH,
    *_SCENARIOS,
)

HELD_OUT = (
    Labelled("Host labels MUST NOT exceed 63 octets.", MUST, VALIDATES),
    Labelled(
        "Escape sequences not listed above are reserved and must not be used.", MUST, VALIDATES
    ),
    Labelled("Two headers of the same name are invalid.", MUST, RAISES),
    Labelled("Decoders MUST ignore unknown members.", MUST, RETURNS),
    Labelled("Writers MUST NOT emit trailing white space.", MUST, RETURNS),
    Labelled("Implementations MAY limit the depth of nesting.", MAY, FREE, is_testable=False),
    Labelled("`next` may be called after the end.", MAY, RETURNS),
    Labelled("A client that receives 410 SHOULD forget the address.", SHOULD, HTTP),
    Labelled("The server MUST send an `ETag` with every page.", MUST, HTTP),
    Labelled(
        "Maintainers SHOULD announce breaking changes early.", SHOULD, FREE, is_testable=False
    ),
    Labelled("The wording SHOULD be clear.", SHOULD, FREE, is_testable=False),
    Labelled("WHEN two intervals touch, THE Merge_Function SHALL join them.", MUST, RETURNS),
    Labelled(
        "IF the file does not exist, THEN THE Reader SHALL raise FileNotFoundError.", MUST, RAISES
    ),
    Labelled(
        "THE Validator SHALL confirm that the span count is an integer from 1 to 20",
        MUST,
        VALIDATES,
    ),
    Labelled(
        "WHEN `hash` is called, THE Hasher SHALL produce a text of 64 lower-case hexadecimal digits.",
        MUST,
        RETURNS,
    ),
    Labelled(
        "THE Renderer SHALL finish a page of 100 rows within 50 milliseconds", MUST, PERFORMANCE
    ),
    Labelled("WHEN a reader deletes a comment THEN the system SHALL respond 403", MUST, HTTP),
    Labelled(
        "THE Service SHALL read prices through a cache with one query per request",
        MUST,
        FREE,
        is_testable=False,
    ),
    Labelled("THE Calendar_Widget SHALL highlight the current day", MUST, UI),
    Labelled(
        "**FR-010**: System MUST convert temperatures between Celsius and Fahrenheit.",
        MUST,
        RETURNS,
    ),
    Labelled(
        "FR-011: System MUST notify [NEEDS CLARIFICATION: whom?] about failures",
        MUST,
        FREE,
        is_testable=False,
    ),
    Labelled("Users should find the page pleasant.", SHOULD, UI, is_testable=False),
    Labelled("Bulk import of 10,000 rows < 5s", SHOULD, PERFORMANCE, heading="SHOULD"),
    Labelled("Readiness probe answers 200", MUST, HTTP, heading="Must Have (P0)"),
    Labelled("Keyboard navigation for all menus", SHOULD, UI, heading="Should Have (P1)"),
    Labelled("Street: Required, at most 80 characters", MUST, VALIDATES),
    Labelled("Coupon code: Optional", MUST, VALIDATES),
    Labelled("Share by mail (optional)", MAY, RETURNS),
    Labelled("Weight must be at least 0.1 kg.", MUST, VALIDATES),
    Labelled("A task MUST name at most one file", MUST, VALIDATES),
    Labelled("Reviewers must read the whole change.", MUST, FREE, is_testable=False),
    Labelled("Code should be self-explanatory.", SHOULD, FREE, is_testable=False),
    Labelled('`initials("Ada Lovelace")` returns `"AL"`.', MUST, RETURNS),
    Labelled("`at(-1)` must throw a `RangeError`.", MUST, RAISES),
    Labelled("`load(dump(x))` gives back `x`.", MUST, PROPERTY),
    Labelled('The text "SHOULD" is kept as it stands.', MUST, RETURNS),
    Labelled("The library must not be used in May.", MUST, FREE, is_testable=False),
    Labelled("The result MAY be cached but MUST be copied.", MUST, RETURNS),
    Labelled("El sistema DEBERÁ enviar un aviso por correo.", MUST, RETURNS),
    Labelled("El teléfono debe tener exactamente 9 dígitos.", MUST, VALIDATES),
    Labelled("Si el usuario no existe → 404", MUST, HTTP),
    Labelled("Ciudad: Opcional", MUST, VALIDATES),
    Labelled("El tema oscuro es opcional.", MAY, UI),
    Labelled("La documentación debería ser clara.", SHOULD, FREE, is_testable=False),
    Labelled("No se permite un descuento superior al 50 %.", MUST, VALIDATES),
)
