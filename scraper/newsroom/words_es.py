"""Spanish vocabulary. Every place, person and institution is invented."""

from __future__ import annotations

from .lexicon import Lexicon
from .words_en import ENGLISH

# fmt: off
SPANISH = Lexicon(
    language="es",
    direction="ltr",
    sections={
        "politics": "Política",
        "economy": "Economía",
        "sports": "Deportes",
        "culture": "Cultura",
        "health": "Salud",
    },
    place_heads=ENGLISH.place_heads,
    place_ends=ENGLISH.place_ends,
    bodies=(
        "Concejo", "Senado", "Instituto", "Sindicato", "Museo", "Observatorio", "Ministerio", "Gremio",
        "Banco", "Puerto", "Hospital", "Teatro", "Tribunal", "Ateneo", "Club", "Parlamento",
    ),
    verbs=(
        "aprueba", "aplaza", "debate", "anuncia", "rechaza", "lanza", "revisa", "presenta",
        "estudia", "publica", "amplía", "respalda", "detiene", "reanuda", "modifica", "solicita",
    ),
    qualifiers=("nuevo", "conjunto", "revisado", "costoso"),
    nouns={
        "politics": (
            "tratado", "decreto", "estatuto", "acuerdo", "mandato", "referendo", "censo", "padrón",
        ),
        "economy": (
            "presupuesto", "arancel", "préstamo", "contrato", "impuesto", "subsidio", "mercado", "fondo",
        ),
        "sports": (
            "estadio", "relevo", "torneo", "fichaje", "maratón", "trofeo", "circuito", "campeonato",
        ),
        "culture": (
            "festival", "archivo", "museo", "mural", "concierto", "catálogo", "teatro", "documental",
        ),
        "health": (
            "fármaco", "consultorio", "sondeo", "protocolo",
            "laboratorio", "tratamiento", "examen", "pabellón",
        ),
    },
    title="{body} de {place} {verb} {noun} {qualifier} {closing}",
    closings=(
        "tras semanas de negociación",
        "mientras suben los costes en el valle",
        "pese a las “serias dudas” de {other}",
        "antes de la sesión de primavera",
        "en el barrio más antiguo de {other}",
        "después de una larga noche de recuento",
        "ante la mirada de {other}",
        "por segunda vez este año",
    ),
    given=("Elvira", "Tomás", "Nuria", "Darío", "Inés", "Ramiro", "Lucinda", "Efraín"),
    family=("Zandarte", "Velmorín", "Oskarra", "Brévano", "Pellisco", "Narquín", "Hescuero", "Ulvedo"),
    sources=("Agencias", "Hilo Korvadel", "La Redacción"),
    agencies=("KVW", "Hilo Korvadel", "Prensa Pellanta"),
    sentences=(
        "El {body} de {place} informó este {weekday} de que el {noun} entrará en vigor antes de {month}.",
        "{person}, portavoz del {body}, habló de “una respuesta justa a una pregunta larga”.",
        "Los vecinos de *{place}*, sin embargo, llevan {n} meses a la espera.",
        "En {other} calculan el coste en {n} millones de coronas, un {m}\u00a0% más de lo previsto.",
        "Un [informe de {other}] ya advertía de retrasos en {month}.",
        "«Nos pidieron paciencia y la tuvimos», dijo {person} a las puertas del {body}.",
        "_El Correo de {place}_, que dio a conocer el {noun}, cifra en {n} los hogares afectados.",
        "Los comerciantes de {other} dicen que apenas han recibido noticias y que no esperan más.",
        "Según el texto, {n} miembros del {body} deberán reunirse al menos {m} veces al año.",
        "{person} y {person2} no se ponen de acuerdo sobre quién debe pagar el {noun}.",
        "Las obras en {other}, a {n} kilómetros al norte, empezarán el {weekday}.",
        "La votación terminó *{n} a {m}*, con el resto ausente.",
        "Ninguna de las {n} alegaciones presentadas desde {month} fue admitida.",
        "En {other}, la [misma cuestión] se resolvió en una sola tarde.",
        "Los técnicos de Narquín & Hijos, con taller en {other}, revisaron dos veces las cifras.",
        "Quienes se oponen al {noun} piden en {other} una cuenta *completa* de los gastos.",
        "{person2} abandonó la sala el {weekday} sin decir palabra; ¿quién lo sustituirá?",
        "La lluvia dejó solo a {n} personas en la plaza de {place} el {weekday}.",
        "La segunda lectura está prevista para {month}; hasta entonces, el {noun} sigue como está.",
        "\"Nadie avisó a {other}\", lamentó {person2}, que sigue el {noun} desde hace {m} años.",
        "El {body} no respondió a las preguntas enviadas el {weekday}.",
    ),
    quotes=(
        "«Si en {other} pueden hacerlo en {n} días, nosotros también», dijo {person}.",
        "“Prefiero llegar tarde a equivocarme”, escribió {person} en una carta al {body}.",
    ),
    list_openings=(
        "El {body} fijó {m} condiciones el {weekday}:",
        "Según {person}, el {noun} descansa en estos puntos:",
    ),
    list_items=(
        "Una cuenta anual, abierta a todo {place}",
        "Al menos {n} puestos para *{other}*",
        "Una revisión a los {m} años",
        "Ningún cargo nuevo antes de {month}",
        "Una oficina en {other}, abierta el {weekday}",
    ),
    subheadings=(
        "Una disputa nacida en {other}",
        "Qué cambiaría el {noun}",
        "Dudas a la orilla del río",
        "«Poco y tarde»",
    ),
    captions=(
        "La sala principal del {body} de {place}, el {weekday}, antes de abrir las puertas. ({agency})",
        "{person} espera ante el {body} de {place}, {month} de 2026. ({agency})",
    ),
    alts=(
        "Sala principal vacía en {place}",
        "Una persona espera en las escaleras de {place}",
    ),
    tags=("Camino del norte", "Fondo real", "Pueblos del río", "Sesión de primavera", "Cuentas claras"),
    weekdays=("lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo"),
    months=("ene", "feb", "mar", "abr", "may", "jun", "jul", "ago", "sep", "oct", "nov", "dic"),
    long_months=(
        "enero", "febrero", "marzo", "abril", "mayo", "junio",
        "julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre",
    ),
    labels={
        "name": "La Redacción",
        "slogan": "Noticias de lugares que no existen",
        "news": "Noticias",
        "videos": "Vídeos",
        "pictures": "En imágenes",
        "live": "EN VIVO",
        "breaking": "ÚLTIMA HORA",
        "by": "Por",
        "source": "Fuente",
        "read": "{} min de lectura",
        "listen": "Escuchar",
        "related": "Noticias relacionadas",
        "read_more": "Leer más",
        "most_read": "Lo más leído",
        "coverage": "Cobertura",
        "all": "Todo",
        "five": "En cinco",
        "read_next": "Siga leyendo",
        "rights": "Todos los derechos reservados",
        "privacy": "Política de privacidad",
        "about": "Quiénes somos",
        "contact": "Contacto",
        "next": "Página siguiente",
        "update": "El texto se actualizó el {weekday}, cuando el {body} envió nuevas cifras a {other}.",
        "video": "{person} recorre {place} y explica el {noun} en {m} minutos, con vistas de {other}.",
    },
)
