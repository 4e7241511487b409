"""What we say to a customer, in his language.

A table rather than catalogues of gettext: a few sentences, which a text message must keep short, and
which stay within the GSM alphabet where the language allows it (3GPP TS 23.038).
"""

from __future__ import annotations

from dataclasses import dataclass

ENGLISH = "en"


@dataclass(frozen=True)
class Words:
    """The sentences of one language; `{...}` is filled in."""

    wrote: str
    sent: str
    topic: str
    business: str
    new: str
    new_with: str
    other: str
    pick: str
    unknown: str
    waits: str
    heading: str
    hint: str
    written: str
    code: str
    choose: str
    unclear: str
    nothing: str
    passed_on: str
    nudge: str


WORDS = {
    ENGLISH: Words(
        wrote="You wrote {said}.",
        sent="You sent a picture or a file{more}.",
        topic="Is this about {options}? Please answer with the number.",
        business="For whom is it: {options}? Please answer with the number.",
        new="something new",
        new_with="something new with {business}",
        other="somebody else",
        pick="Choose",
        unknown="Several businesses use this number. Please say here which one you mean: {url}",
        waits="Your message waits: we do not know for whom it is. Please choose here: {url}",
        heading="For whom is your message?",
        hint="Several businesses use the number that you wrote to. Your message waits until you choose.",
        written="Your message of",
        code="Or write the code of the offer (such as #K7PQ42) or the email address of the business:",
        choose="Send it there",
        unclear="We do not know this one. Look at it again, please.",
        nothing="Nothing waits here any more.",
        passed_on="Your message was passed on to {business}.",
        nudge="{business} has answered you. Read it here: {url}",
    ),
    "de": Words(
        wrote="Sie schrieben {said}.",
        sent="Sie schickten ein Bild oder eine Datei{more}.",
        topic="Geht es um {options}? Bitte antworten Sie mit der Zahl.",
        business="Für wen ist es: {options}? Bitte antworten Sie mit der Zahl.",
        new="etwas Neues",
        new_with="etwas Neues bei {business}",
        other="jemand anderes",
        pick="Auswählen",
        unknown="Mehrere Firmen nutzen diese Nummer. Bitte sagen Sie hier, welche Sie meinen: {url}",
        waits="Ihre Nachricht wartet: Wir wissen nicht, für wen sie ist. Bitte wählen Sie hier: {url}",
        heading="Für wen ist Ihre Nachricht?",
        hint="Mehrere Firmen nutzen die Nummer, an die Sie schrieben. Ihre Nachricht wartet auf Ihre Wahl.",
        written="Ihre Nachricht vom",
        code="Oder schreiben Sie den Code des Angebots (etwa #K7PQ42) oder die E-Mail-Adresse der Firma:",
        choose="Dorthin senden",
        unclear="Das kennen wir nicht. Bitte sehen Sie noch einmal nach.",
        nothing="Hier wartet nichts mehr.",
        passed_on="Ihre Nachricht ging an {business}.",
        nudge="{business} hat Ihnen geantwortet. Hier lesen: {url}",
    ),
    "es": Words(
        wrote="Usted escribió {said}.",
        sent="Usted envió una imagen o un archivo{more}.",
        topic="¿Se trata de {options}? Responda con el número, por favor.",
        business="¿Para quién es: {options}? Responda con el número, por favor.",
        new="algo nuevo",
        new_with="algo nuevo con {business}",
        other="otra persona",
        pick="Elegir",
        unknown="Varios negocios usan este número. Indique aquí a cuál se refiere, por favor: {url}",
        waits="Su mensaje espera: no sabemos para quién es. Elija aquí, por favor: {url}",
        heading="¿Para quién es su mensaje?",
        hint="Varios negocios usan el número al que escribió. Su mensaje espera hasta que usted elija.",
        written="Su mensaje del",
        code="O escriba el código del anuncio (como #K7PQ42) o la dirección de correo del negocio:",
        choose="Enviarlo allí",
        unclear="No lo conocemos. Revíselo, por favor.",
        nothing="Aquí ya no hay nada en espera.",
        passed_on="Su mensaje se entregó a {business}.",
        nudge="{business} le ha respondido. Léalo aquí: {url}",
    ),
    "fr": Words(
        wrote="Vous avez écrit {said}.",
        sent="Vous avez envoyé une image ou un fichier{more}.",
        topic="S'agit-il de {options} ? Répondez par le chiffre, s'il vous plaît.",
        business="Pour qui est-ce : {options} ? Répondez par le chiffre, s'il vous plaît.",
        new="autre chose",
        new_with="autre chose avec {business}",
        other="quelqu'un d'autre",
        pick="Choisir",
        unknown="Plusieurs entreprises utilisent ce numéro. Dites-nous ici laquelle vous cherchez : {url}",
        waits="Votre message attend : nous ne savons pas pour qui il est. Choisissez ici : {url}",
        heading="Pour qui est votre message ?",
        hint="Plusieurs entreprises utilisent le numéro auquel vous avez écrit. Il attend votre choix.",
        written="Votre message du",
        code="Ou écrivez le code de l'offre (par exemple #K7PQ42) ou l'adresse e-mail de l'entreprise :",
        choose="L'envoyer là",
        unclear="Nous ne le connaissons pas. Vérifiez, s'il vous plaît.",
        nothing="Plus rien n'attend ici.",
        passed_on="Votre message a été transmis à {business}.",
        nudge="{business} vous a répondu. Lisez-le ici : {url}",
    ),
}


def words_in(language: str) -> Words:
    """The words of a language (BCP 47), whatever its region; of any other: English."""
    return WORDS.get(known(language), WORDS[ENGLISH])


def known(language: str) -> str:
    """The part of a language's name that we have words for, or nothing."""
    base = language.lower().replace("_", "-").partition("-")[0]
    return base if base in WORDS else ""
